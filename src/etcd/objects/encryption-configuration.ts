import { parse } from 'yaml';
import { raise } from '../errors.ts';

/** How values are encrypted at rest with a key that is in the configuration. */
export type Provider = 'aescbc' | 'aesgcm' | 'secretbox';

export interface EncryptionKey {
  readonly provider: Provider;
  readonly name: string;
  readonly secret: Buffer;
}

export type EncryptionKeys = readonly EncryptionKey[];

const keySizes: Readonly<Record<Provider, readonly number[]>> = {
  aescbc: [16, 24, 32],
  aesgcm: [16, 24, 32],
  secretbox: [32],
};

/**
 * The keys of an `EncryptionConfiguration` (`apiserver.config.k8s.io/v1`), YAML or JSON, of whatever resources: a value names the
 * key that it is encrypted with.
 *
 * @param file for messages
 * @throws `etcd.encryption-configuration`; its message has nothing of the keys
 */
export function readEncryptionConfiguration(text: string, file: string): EncryptionKeys {
  const document = parseDocument(text, file);
  if (field(document, 'kind') !== 'EncryptionConfiguration')
    throw raise['encryption-configuration']({ file });
  const keys: EncryptionKey[] = [];
  for (const resource of listOf(field(document, 'resources'))) {
    for (const provider of listOf(field(resource, 'providers'))) keys.push(...keysOf(provider, file));
  }
  return keys;
}

function parseDocument(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch {
    // The parser's own message shows the lines that it failed on.
    throw raise['encryption-configuration']({ file });
  }
}

function* keysOf(provider: unknown, file: string): Generator<EncryptionKey> {
  for (const name of ['aescbc', 'aesgcm', 'secretbox'] as const) {
    for (const key of listOf(field(field(provider, name), 'keys'))) {
      const [keyName, secret] = [field(key, 'name'), field(key, 'secret')];
      if (typeof keyName !== 'string' || typeof secret !== 'string') {
        throw raise['encryption-configuration']({ file });
      }
      const bytes = Buffer.from(secret, 'base64');
      if (!keySizes[name].includes(bytes.length)) throw raise['encryption-configuration']({ file });
      yield { provider: name, name: keyName, secret: bytes };
    }
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
