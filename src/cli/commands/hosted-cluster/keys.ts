import { readFile } from 'node:fs/promises';
import { raise } from '#hosted-clusters/key/errors.ts';
import type { EncryptionSecret } from '#hosted-clusters/key/match.ts';
import { keyInSecret, keysInFile } from '#hosted-clusters/key/read-key.ts';
import { formatKey, type ObjectKey } from '#kube/objects.ts';
import { secretType } from '#kube/secret-type.ts';
import { expandHome } from '../../config/path.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import type { FlagValues } from '../../spec.ts';
import type { keyFlags } from './match-key-spec.ts';

/**
 * The keys that the flags name, files first. Their bytes are nowhere but in memory.
 *
 * @throws `hosted-key.unreadable`, `hosted-key.secret-missing`, `cli.input-unreadable`
 */
export async function readKeys(
  { keyFile = [], secret = [] }: FlagValues<typeof keyFlags>,
  context: Context,
): Promise<readonly EncryptionSecret[]> {
  const wanted = secret.map(secretNamed);
  const keys: EncryptionSecret[] = [];
  for (const file of keyFile) keys.push(...(await keysOfFile(file, context)));
  for (const key of wanted) keys.push(await keyOfSecret(key, context));
  return keys;
}

/** `-` is stdin, so that a key can come out of a repository without lying on a disk. */
async function keysOfFile(file: string, context: Context): Promise<readonly EncryptionSecret[]> {
  const { env, signal, stdin } = context;
  if (file === '-') return keysInFile(await allOf(stdin as AsyncIterable<Buffer | string>), 'stdin');
  const path = expandHome(file, env);
  const content = await readFile(path, { signal }).catch((thrown: unknown) => {
    signal.throwIfAborted();
    throw cliErrors.raise['input-unreadable']({ source: path }, { cause: thrown });
  });
  return keysInFile(content, path);
}

/** More than a key and what is around it. Bytes. */
const largest = 4 * 1024 * 1024;

async function allOf(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Buffer);
    chunks.push(bytes);
    size += bytes.length;
    if (size > largest) break;
  }
  return Buffer.concat(chunks);
}

/** @throws `hosted-key.unreadable`, `hosted-key.secret-missing` */
export async function keyOfSecret(
  key: ObjectKey,
  { cluster, signal }: Pick<Context, 'cluster' | 'signal'>,
): Promise<EncryptionSecret> {
  const name = formatKey(key);
  const found = await (await cluster()).get(secretType, key, { signal });
  if (found === undefined) throw raise['secret-missing']({ secret: name });
  return { name, bytes: keyInSecret(found, name) };
}

function secretNamed(text: string): ObjectKey {
  const [namespace = '', name = '', ...rest] = text.split('/');
  if (namespace !== '' && name !== '' && rest.length === 0) return { namespace, name };
  throw cliErrors.raise['bad-value']({ flag: '--secret', given: text, expected: 'NAMESPACE/NAME' });
}
