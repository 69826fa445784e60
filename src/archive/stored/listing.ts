import { isObjectName } from '#api/velero/names.ts';
import { mapConcurrent } from '#foundation/concurrency.ts';
import { type HozonError, isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { nameIn } from './keys.ts';

/** One folder of a listing: what was read of it, or why that could not be. */
export type Listed<T> =
  | { readonly name: string; readonly value: T; readonly problem?: undefined }
  | { readonly name: string; readonly value?: undefined; readonly problem: HozonError };

/** So many folders are read at once. */
const readsAtOnce = 16;

/**
 * The folders one level below `parent` (which ends in `/`), each with what `read` makes of its name, by name; those
 * for which it is `undefined`, and names that no backup or restore can have, are left out. A failure that concerns
 * one folder only is its `problem`; others end the listing.
 */
export async function* listFolders<T>(
  store: ObjectStore,
  parent: string,
  read: (name: string) => Promise<T | undefined>,
  options: StoreOptions = {},
): AsyncGenerator<Listed<T>> {
  const names: string[] = [];
  for await (const folder of store.listPrefixes(parent, { signal: options.signal })) {
    names.push(nameIn(parent, folder));
  }
  const entry = (name: string) => readEntry(name, read);
  for await (const listed of mapConcurrent(names.filter(isObjectName).sort(), readsAtOnce, entry)) {
    if (listed !== undefined) yield listed;
  }
}

async function readEntry<T>(
  name: string,
  read: (name: string) => Promise<T | undefined>,
): Promise<Listed<T> | undefined> {
  try {
    const value = await read(name);
    return value === undefined ? undefined : { name, value };
  } catch (thrown) {
    if (isHozonError(thrown) && concernsOne(thrown)) return { name, problem: thrown };
    throw thrown;
  }
}

const storageProblems = [
  'denied',
  'truncated',
  'corrupted',
  'changed',
  'too-large',
  'invalid-key',
  'symlink',
];

function concernsOne({ code }: HozonError): boolean {
  return code.startsWith('archive.') || storageProblems.some(name => code === `storage.${name}`);
}
