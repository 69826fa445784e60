import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import type { ReadingOptions } from '#etcd/bolt/paced.ts';
import { decryptValue, type EncryptedAs, encryptedAs } from '#etcd/objects/decryption.ts';
import type { EncryptionKeys } from '#etcd/objects/encryption-configuration.ts';
import { requireUnused } from '#etcd/snapshot/in-use.ts';
import { keysAt } from '#etcd/snapshot/key-values.ts';
import type { KeyValue } from '#etcd/snapshot/record.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { keyNameOf } from './fnv.ts';

/** A key as a Secret of a HostedCluster holds it. */
export interface EncryptionSecret {
  /** Of the Secret, or of the file: for messages. */
  readonly name: string;
  /** The raw key, not its base64. */
  readonly bytes: Uint8Array;
}

/** What stored values say they are encrypted with, and whether the given keys open them. */
export interface EncryptedGroup {
  /** `aescbc`, `aesgcm`, `secretbox`, `kms`. */
  readonly provider: string;
  /** The name of the key (of KMS: of the plugin) as the values carry it. */
  readonly keyName: string;
  /** The name of the given key that makes this key name; `undefined` for a key that was not given. */
  readonly secret: string | undefined;
  /** How many values name this key: every one of them is tried, where the key was given. */
  readonly values: number;
  readonly decrypted: number;
  /** One of the keys in etcd whose values were not decrypted. */
  readonly example: string | undefined;
}

/**
 * - `matched`: every encrypted value was decrypted with the given keys, and there was at least one
 * - `wrong-key`: no value under the name that a given key makes is decrypted by it
 * - `other-key`: no value names a given key
 * - `partly`: some values are decrypted, others are under a key that was not given (a rotation: give the backup key, too)
 * - `damaged-values`: values under a key that decrypts others are not decrypted by it
 * - `not-encrypted`: no value is encrypted
 * - `kms`, `other-provider`: what is encrypted, is encrypted in a way that such a key has nothing to do with
 */
export type KeyVerdict =
  | 'matched'
  | 'wrong-key'
  | 'other-key'
  | 'partly'
  | 'damaged-values'
  | 'not-encrypted'
  | 'kms'
  | 'other-provider';

export interface KeyMatch {
  readonly verdict: KeyVerdict;
  /** In the order in which they were met. */
  readonly groups: readonly EncryptedGroup[];
  /** Each given key with the name that it would have in the snapshot. */
  readonly keys: readonly { readonly name: string; readonly keyName: string }[];
  /** Secrets that are stored in plain text. */
  readonly plainSecrets: number;
  /** The revision that was looked at: the newest one of the file. */
  readonly revision: number;
}

/**
 * Matches keys to a snapshot without a cluster: the name that stored values carry is made of the key's bytes, and every value
 * under that name is decrypted. Only what is there at the newest revision counts, not history. Reads the whole file in bounded
 * memory (24 bytes for each key of etcd, and a page). Values, and what they decrypt to, are kept nowhere.
 *
 * @throws `etcd.snapshot-missing`, `etcd.snapshot-foreign`, `etcd.snapshot-damaged`, `etcd.snapshot-in-use`
 */
export async function matchKey(
  snapshot: string,
  keys: readonly EncryptionSecret[],
  options: ReadingOptions = {},
): Promise<KeyMatch> {
  await requireUnused(snapshot);
  using file = BoltFile.open(snapshot);
  const found = await keysAt(new Records(file), options);
  const tally = new Tally(keys);
  for await (const { keyValue } of found.all(options)) tally.add(keyValue);
  return { ...tally.result(), revision: found.revision };
}

interface Counted {
  readonly provider: string;
  readonly keyName: string;
  readonly secret: string | undefined;
  values: number;
  decrypted: number;
  example: string | undefined;
}

/** Names of keys that are told apart: a snapshot is untrusted, and a cluster has two or three. */
const mostGroups = 64;

class Tally {
  readonly #keys: readonly EncryptionSecret[];
  readonly #encryption: EncryptionKeys;
  readonly #groups = new Map<string, Counted>();
  #plainSecrets = 0;

  constructor(keys: readonly EncryptionSecret[]) {
    this.#keys = keys;
    this.#encryption = keys.map(({ bytes }) => ({
      provider: 'aescbc',
      name: keyNameOf(bytes),
      secret: Buffer.from(bytes),
    }));
  }

  add({ key, value }: KeyValue): void {
    const encrypted = encryptedAs(value);
    if (encrypted === undefined) {
      if (isSecret(key)) this.#plainSecrets++;
      return;
    }
    const group = this.#group(encrypted);
    group.values++;
    if (typeof decryptValue(value, key, this.#encryption) !== 'string') group.decrypted++;
    else group.example ??= key.toString();
  }

  #group(encrypted: EncryptedAs): Counted {
    const isOneTooMany = this.#groups.size >= mostGroups;
    const { provider, keyName } = isOneTooMany ? { provider: 'other', keyName: '…' } : encrypted;
    const id = `${provider} ${keyName}`;
    const known = this.#groups.get(id);
    if (known !== undefined) return known;
    const isOurs = provider === 'aescbc';
    const secret = this.#keys.find(({ bytes }) => isOurs && keyNameOf(bytes) === keyName)?.name;
    const group = { provider, keyName, secret, values: 0, decrypted: 0, example: undefined };
    this.#groups.set(id, group);
    return group;
  }

  result(): Omit<KeyMatch, 'revision'> {
    const groups = [...this.#groups.values()];
    const keys = this.#keys.map(({ name, bytes }) => ({ name, keyName: keyNameOf(bytes) }));
    return { verdict: verdictOf(groups), groups, keys, plainSecrets: this.#plainSecrets };
  }
}

/** Of both kinds of prefix: `/kubernetes.io/secrets/…`, `/registry/secrets/…`. */
function isSecret(key: Buffer): boolean {
  return /^\/[^/]+\/secrets\//.test(key.toString('latin1'));
}

function verdictOf(groups: readonly EncryptedGroup[]): KeyVerdict {
  if (groups.length === 0) return 'not-encrypted';
  const ours = groups.filter(({ secret }) => secret !== undefined);
  if (ours.some(({ decrypted }) => decrypted === 0)) return 'wrong-key';
  if (ours.some(({ decrypted, values }) => decrypted < values)) return 'damaged-values';
  if (ours.length === groups.length) return 'matched';
  if (ours.length > 0) return 'partly';
  if (groups.some(({ provider }) => provider === 'aescbc')) return 'other-key';
  return groups.some(({ provider }) => provider === 'kms') ? 'kms' : 'other-provider';
}
