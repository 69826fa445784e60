import { type Message, say } from '#foundation/language.ts';
import type { KubeObject } from '#kube/objects.ts';
import type { KeyValue } from '../snapshot/record.ts';
import type { RecordScan } from '../snapshot/record-scan.ts';
import { type DecryptionFailure, decryptValue } from './decryption.ts';
import type { EncryptionKeys } from './encryption-configuration.ts';
import { decodeHead, decodeObject, looksLikeObject } from './envelope.ts';
import type { Json, JsonObject } from './json.ts';
import { asServed } from './served-version.ts';
import { Undecodable } from './undecodable.ts';

/** What a key of a snapshot holds. */
export type StoredValue =
  /** As an API server would answer it, but for the defaults that one fills in as it reads. */
  | { readonly kind: 'object'; readonly path: string; readonly object: KubeObject }
  /** No object: what others keep in etcd. */
  | { readonly kind: 'other'; readonly path: string }
  | { readonly kind: 'unreadable'; readonly path: string; readonly reason: Message };

/** What is needed of a record. */
export type Stored = Pick<KeyValue, 'key' | 'value' | 'modRevision'>;

/** Views of a record's bytes, which hold as long as those do. */
export function storedIn({ bytes, key, keyEnd, value, valueEnd, modRevision }: RecordScan): Stored {
  const { buffer, byteOffset } = bytes;
  return {
    key: Buffer.from(buffer, byteOffset + key, keyEnd - key),
    value: Buffer.from(buffer, byteOffset + value, valueEnd - value),
    modRevision,
  };
}

/** Reads what a key holds. */
export function readStored(stored: Stored, keys: EncryptionKeys = []): StoredValue {
  return read(stored, keys, decodeObject);
}

/** {@link readStored}, but of an object only what {@link decodeHead} reads. */
export function readHead(stored: Stored, keys: EncryptionKeys = []): StoredValue {
  return read(stored, keys, decodeHead);
}

function read(
  { key, value, modRevision }: Stored,
  keys: EncryptionKeys,
  decode: (value: Buffer) => JsonObject,
): StoredValue {
  const path = key.toString();
  const plain = decryptValue(value, key, keys);
  if (typeof plain === 'string') return { kind: 'unreadable', path, reason: failures[plain] };
  if (!looksLikeObject(plain)) return { kind: 'other', path };
  try {
    const decoded = asServed(decode(plain));
    const metadata = decoded['metadata'];
    if (!isObject(metadata) || !isNamed(metadata)) return { kind: 'other', path };
    // The API server answers the revision of the last change; nothing is stored.
    const object = { ...decoded, metadata: { ...metadata, resourceVersion: String(modRevision) } };
    return { kind: 'object', path, object: object as unknown as KubeObject };
  } catch (thrown) {
    if (!(thrown instanceof Undecodable)) throw thrown;
    return { kind: 'unreadable', path, reason: thrown.reason };
  }
}

/** Whether what every object is shown by is text: any client of etcd can write anything. */
function isNamed({ name, namespace, creationTimestamp }: JsonObject): boolean {
  return (
    typeof name === 'string' && [namespace, creationTimestamp].every(each => typeof (each ?? '') === 'string')
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const failures: Readonly<Record<DecryptionFailure, Message>> = {
  'no-key': say(
    'it is encrypted with a key that was not given; give the cluster’s EncryptionConfiguration by --encryption-config',
    '指定されていないキーで暗号化されています。クラスターの EncryptionConfiguration を --encryption-config で指定してください',
  ),
  'wrong-key': say(
    'the key of that name does not decrypt it: it is another key, or the value was changed',
    '同名のキーで復号できません。別のキーであるか、値が変更されています',
  ),
  kms: say(
    'it is encrypted by a KMS, whose keys are not in the configuration: it cannot be read here',
    'KMS で暗号化されており、キーが設定に含まれないため、ここでは読み取れません',
  ),
};
