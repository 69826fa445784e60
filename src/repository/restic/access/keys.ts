import { timingSafeEqual } from 'node:crypto';
import { type HozonError, isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { type KeyFile, openKeyFile } from '../format/key-file.ts';
import type { SealKey } from '../sealing/seal.ts';
import { idsIn, keyOf, naming } from './files.ts';
import { type NewKeyOptions, newKeyFile } from './new-key.ts';
import type { OpenRepository } from './open.ts';
import { readKeyFile } from './opened-keys.ts';
import { removeFiles, type Undeleted } from './remove-files.ts';

/** What a key file says of itself. Nobody has vouched for it: names and time are not sealed. */
export interface StoredKey extends Pick<KeyFile, 'created' | 'username' | 'hostname'> {
  readonly id: string;
  /** Whether it is the one that the repository was opened with. */
  readonly current: boolean;
}

export interface ListKeysOptions extends StoreOptions {
  /** Told of a key file that cannot be read and is left out; without it, the first one is thrown. */
  readonly onDamage?: ((file: string, thrown: HozonError) => void) | undefined;
}

/** The keys of a repository, the oldest first. @throws `repository.damaged` and what the store throws */
export async function listKeys(
  { store, keyId }: OpenRepository,
  options: ListKeysOptions = {},
): Promise<readonly StoredKey[]> {
  const keys: StoredKey[] = [];
  for await (const { id } of idsIn(store, 'keys', options)) {
    const file = keyOf('keys', id);
    try {
      const { created, username, hostname } = await naming(store, file, () =>
        readKeyFile(store, id, options),
      );
      keys.push({ id, current: id === keyId, created, username, hostname });
    } catch (thrown) {
      if (options.onDamage === undefined || !isHozonError(thrown, 'repository.damaged')) throw thrown;
      options.onDamage(file, thrown);
    }
  }
  return keys.sort((a, b) => (a.created < b.created ? -1 : 1));
}

export interface AddKeyOptions extends StoreOptions, NewKeyOptions {}

/**
 * Adds a key, so that the password opens the repository, too; its id. The key is read back and tried. To be called under a lock.
 *
 * @throws `repository.key-unusable`, `key-unusable-left` and what the store throws
 */
export async function addKey(repository: OpenRepository, options: AddKeyOptions): Promise<string> {
  const { store, key } = repository;
  const { signal } = options;
  const { id, bytes } = await newKeyFile(key, options);
  const file = keyOf('keys', id);
  await store.put(file, bytes, { signal, size: bytes.length });
  try {
    const stored = await naming(store, file, () => readKeyFile(store, id, { signal }));
    const opened = await naming(store, file, () => openKeyFile(stored, options.password));
    if (opened !== undefined && isSameKey(opened, key)) return id;
  } catch (cause) {
    if (!isHozonError(cause, 'repository.damaged') && !isHozonError(cause, 'repository.file-missing'))
      throw cause;
  }
  const [left] = await removeFiles(store, [file], { signal });
  const { url } = store;
  if (left === undefined) throw raise['key-unusable']({ url, file });
  const reason = { en: () => left.error.explain('en'), ja: () => left.error.explain('ja') };
  throw raise['key-unusable-left']({ url, file, reason });
}

function isSameKey(a: SealKey, b: SealKey): boolean {
  const bytes = ({ encrypt, macK, macR }: SealKey): Buffer => Buffer.concat([encrypt, macK, macR]);
  return timingSafeEqual(bytes(a), bytes(b));
}

/**
 * Removes the key whose id begins so, unless it is the one in use or the last; its id. To be called under an exclusive lock.
 *
 * @throws `repository.key-not-found`, `key-in-use`, `last-key` and what the store throws
 */
export async function removeKey(
  { store, keyId }: OpenRepository,
  beginning: string,
  options: StoreOptions = {},
): Promise<string> {
  const { url } = store;
  const ids = (await Array.fromAsync(idsIn(store, 'keys', options))).map(each => each.id);
  const [id, ...others] = ids.filter(each => beginning !== '' && each.startsWith(beginning));
  if (id === undefined || others.length > 0) {
    throw raise['key-not-found']({ url, id: beginning, count: id === undefined ? 0 : 1 + others.length });
  }
  const file = keyOf('keys', id);
  if (ids.length === 1) throw raise['last-key']({ url, file });
  if (id === keyId) throw raise['key-in-use']({ url, file });
  await store.delete(file, options);
  return id;
}

/** A password that takes the place of another. */
export interface ChangedPassword {
  /** Of the new key. */
  readonly id: string;
  /** The old key, where the location did not let it be removed: its password opens the repository, too. */
  readonly undeleted: Undeleted | undefined;
}

/**
 * Puts a key with another password in the place of the one that the repository was opened with. Until the new
 * one is stored and tried, the old one stays. To be called under an exclusive lock.
 *
 * @throws as {@link addKey} does
 */
export async function changePassword(
  repository: OpenRepository,
  options: AddKeyOptions,
): Promise<ChangedPassword> {
  const id = await addKey(repository, options);
  const old = keyOf('keys', repository.keyId);
  const [undeleted] = await removeFiles(repository.store, [old], { signal: options.signal });
  return { id, undeleted };
}
