import { mapConcurrent } from '#foundation/concurrency.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';
import { Fault } from '../../format/fault.ts';
import { idOf } from '../format/ids.ts';
import { type KeyFile, keyFileLimit, openKeyFile, parseKeyFile } from '../format/key-file.ts';
import { reasons } from '../format/reasons.ts';
import type { SealKey } from '../sealing/seal.ts';
import { idsIn, keyOf, naming } from './files.ts';

export interface KeyOptions extends StoreOptions {
  /** Bytes as they are typed, without the line's end. */
  readonly password: Uint8Array;
  /** The beginning of the id of the key to try first. */
  readonly keyHint?: string | undefined;
}

export interface FoundKey {
  readonly key: SealKey;
  readonly keyId: string;
}

/** How many keys a password is tried on. restic tries no more either; each takes a third of a second. */
export const keysTried = 20;
/** Key files that are read at once. */
const readAtOnce = 4;

/** Ids of keys: those that are hinted at, and the others. */
export async function keysToTry(
  store: ObjectStore,
  options: KeyOptions,
): Promise<readonly (readonly string[])[]> {
  const { keyHint = '' } = options;
  const ids: string[] = [];
  for await (const { id } of idsIn(store, 'keys', options)) {
    if (ids.length < keysTried) ids.push(id);
    else if (keyHint !== '' && id.startsWith(keyHint)) ids[ids.length - 1] = id;
  }
  const isHinted = (id: string): boolean => keyHint !== '' && id.startsWith(keyHint);
  return [ids.filter(isHinted), ids.filter(id => !isHinted(id))];
}

interface TryingOptions extends Pick<KeyOptions, 'password' | 'signal'> {
  /** Told of key files that are damaged, or gone since they were listed. */
  readonly onDamage: (thrown: unknown) => void;
}

/**
 * The keys among these that the password opens, one group after the other. Who can write to the location can put keys there: those of
 * a group that ask scrypt for the least work are tried first. A key that may not be read, as one of somebody else, does not
 * keep the others from being tried.
 *
 * @throws when all others have been tried, what the store throws of the first that could not be read
 */
export async function* openedKeys(
  store: ObjectStore,
  groups: readonly (readonly string[])[],
  options: TryingOptions,
): AsyncGenerator<FoundKey> {
  const unread: unknown[] = [];
  const attempt = async <T>(keyId: string, action: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await naming(store, keyOf('keys', keyId), action);
    } catch (thrown) {
      if (!isHozonError(thrown, 'repository.damaged') && !isHozonError(thrown, 'repository.file-missing')) {
        throw thrown;
      }
      options.onDamage(thrown);
      return undefined;
    }
  };
  const read = async (keyId: string): Promise<Candidate | undefined> => {
    try {
      return await attempt(keyId, async () => ({ keyId, file: await readKeyFile(store, keyId, options) }));
    } catch (thrown) {
      options.signal?.throwIfAborted();
      unread.push(thrown);
      return undefined;
    }
  };
  for (const ids of groups) {
    const candidates = await Array.fromAsync(mapConcurrent(ids, readAtOnce, read));
    for (const { keyId, file } of candidates.filter(each => each !== undefined).sort(byWork)) {
      const key = await attempt(keyId, () => openKeyFile(file, options.password));
      if (key !== undefined) yield { key, keyId };
    }
  }
  if (unread.length > 0) throw unread[0];
}

interface Candidate {
  readonly keyId: string;
  readonly file: KeyFile;
}

function byWork({ file: one }: Candidate, { file: other }: Candidate): number {
  return one.n * one.r * one.p - other.n * other.r * other.p;
}

/** A file below `keys/`. @throws Fault and what the store throws */
export async function readKeyFile(store: ObjectStore, id: string, options: StoreOptions): Promise<KeyFile> {
  const bytes = await readAll(store, keyOf('keys', id), { ...options, limit: keyFileLimit });
  if (idOf(bytes) !== id) throw new Fault(reasons.otherBytes);
  return parseKeyFile(bytes);
}
