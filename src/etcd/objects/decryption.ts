import { createDecipheriv } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import type { EncryptionKey, EncryptionKeys, Provider } from './encryption-configuration.ts';

/** What a value that was encrypted at rest says before its bytes: `k8s:enc:aescbc:v1:KEY:`. */
export interface EncryptedAs {
  /** Also `kms`. */
  readonly provider: string;
  /** Of KMS: the plugin's. */
  readonly keyName: string;
  readonly payload: Buffer;
}

/** Why a value cannot be read: no key of that name was given, the key is another one, or only a KMS has it. */
export type DecryptionFailure = 'no-key' | 'wrong-key' | 'kms';

const prefix = Buffer.from('k8s:enc:');
/** Of the text before the bytes: names of keys are short. */
const longestHeader = 1024;

/** How a value is encrypted; `undefined` for one that is not. */
export function encryptedAs(value: Buffer): EncryptedAs | undefined {
  if (!value.subarray(0, prefix.length).equals(prefix)) return undefined;
  const text = value.subarray(0, longestHeader).toString('latin1');
  const [header = '', provider = '', keyName = ''] = /^k8s:enc:([^:]+):v\d+:([^:]*):/.exec(text) ?? [];
  return header === '' ? undefined : { provider, keyName, payload: value.subarray(header.length) };
}

/**
 * A stored value in plain text; the value itself where it is not encrypted. The formats are those of
 * `k8s.io/apiserver/pkg/storage/value/encrypt`.
 *
 * @param path the key in etcd, which AES-GCM authenticates
 */
export function decryptValue(value: Buffer, path: Buffer, keys: EncryptionKeys): Buffer | DecryptionFailure {
  const encrypted = encryptedAs(value);
  if (encrypted === undefined) return value;
  const { provider, keyName, payload } = encrypted;
  if (provider === 'kms') return 'kms';
  const candidates = keys.filter(key => key.provider === provider && key.name === keyName);
  for (const key of candidates) {
    const plain = opened(payload, key, path);
    if (plain !== undefined) return plain;
  }
  return candidates.length === 0 ? 'no-key' : 'wrong-key';
}

/** `undefined` where the key is not the one, or the bytes were changed. */
function opened(payload: Buffer, key: EncryptionKey, path: Buffer): Buffer | undefined {
  try {
    return openers[key.provider](payload, key.secret, path);
  } catch {
    return undefined; // the ciphers throw where the tag or the padding is not right
  }
}

type Opener = (payload: Buffer, secret: Buffer, path: Buffer) => Buffer | undefined;

const tagSize = 16;

const openers: Readonly<Record<Provider, Opener>> = {
  /** IV of 16 bytes, then AES-CBC with the padding of PKCS #7. Nothing authenticates it: what comes out must look like an object. */
  aescbc(payload, secret) {
    const cipher = createDecipheriv(`aes-${secret.length * 8}-cbc`, secret, payload.subarray(0, 16));
    const plain = Buffer.concat([cipher.update(payload.subarray(16)), cipher.final()]);
    return plain.subarray(0, 4).toString('latin1') === 'k8s\0' || plain[0] === 0x7b ? plain : undefined;
  },
  /** Nonce of 12 bytes, AES-GCM, tag of 16. */
  aesgcm(payload, secret, path) {
    const bits = String(secret.length * 8) as '128' | '192' | '256';
    const cipher = createDecipheriv(`aes-${bits}-gcm`, secret, payload.subarray(0, 12), {
      authTagLength: tagSize,
    });
    cipher.setAAD(path);
    cipher.setAuthTag(payload.subarray(payload.length - tagSize));
    return Buffer.concat([cipher.update(payload.subarray(12, payload.length - tagSize)), cipher.final()]);
  },
  /** Nonce of 24 bytes, then NaCl's secretbox: a tag of 16 bytes before what XSalsa20 encrypted. */
  secretbox(payload, secret) {
    return Buffer.from(xsalsa20poly1305(secret, payload.subarray(0, 24)).decrypt(payload.subarray(24)));
  },
};
