import type { Restore } from '#api/velero/restore.ts';
import type { HozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import type { Results } from './results.ts';

/** One restore of a listing: its record, or why that cannot be read. */
export interface ListedRestore {
  readonly name: string;
  readonly restore?: Restore;
  readonly problem?: HozonError;
}

export async function* listRestores(
  store: ObjectStore,
  options: StoreOptions = {},
): AsyncGenerator<ListedRestore> {
  throw new Error(`to come ${store.url} ${options.signal}`);
}

export async function readRestore(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<Restore> {
  throw new Error(`to come ${store.url} ${name} ${options.signal}`);
}

export async function* readRestoreLog(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): AsyncGenerator<Uint8Array> {
  throw new Error(`to come ${store.url} ${name} ${options.signal}`);
}

export async function readRestoreResults(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<Results | undefined> {
  throw new Error(`to come ${store.url} ${name} ${options.signal}`);
}

export async function readRestoreResourceList(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<Record<string, string[]> | undefined> {
  throw new Error(`to come ${store.url} ${name} ${options.signal}`);
}
