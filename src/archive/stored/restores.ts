import type { Restore } from '#api/velero/restore.ts';
import type { HozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { raise } from '../errors.ts';
import { isInterrupted } from '../runs/live-run.ts';
import { getFile } from './backups.ts';
import { gunzipped } from './gunzip.ts';
import { corruptFile } from './gzip-json.ts';
import { type RestoreKeys, restoreKeys, restoresFolder } from './keys.ts';
import { listFolders } from './listing.ts';
import { asInterrupted, readRestoreRecord } from './restore-record.ts';
import type { Results } from './results.ts';
import { type ResourceList, readResourceList, readResults } from './side-files.ts';

/** One restore of a listing: its record, or why that cannot be read. */
export interface ListedRestore {
  readonly name: string;
  readonly restore?: Restore;
  readonly problem?: HozonError;
}

/**
 * The restores of a location that have a record (`restores/NAME/hozon-restore.json`), by name, as they are read. Of
 * Velero's own restores the store has no record, only logs and results.
 *
 * @throws `storage.*` where the store itself fails
 */
export async function* listRestores(
  store: ObjectStore,
  options: StoreOptions = {},
): AsyncGenerator<ListedRestore> {
  const read = (name: string) => readAsItIs(store, name, options);
  for await (const { name, value, problem } of listFolders(store, restoresFolder, read, options)) {
    yield problem === undefined ? { name, restore: value } : { name, problem };
  }
}

/**
 * The record of a restore. One that says InProgress while its run is dead is given as a sweep will leave it: Failed.
 *
 * @throws `archive.restore-not-found`, `archive.corrupt-file`, `archive.wrong-name`, `storage.*`
 */
export async function readRestore(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<Restore> {
  const restore = await readAsItIs(store, name, options);
  if (restore === undefined) throw raise['restore-not-found']({ url: store.url, name });
  return restore;
}

async function readAsItIs(
  store: ObjectStore,
  name: string,
  options: StoreOptions,
): Promise<Restore | undefined> {
  const record = await readRestoreRecord(store, name, options);
  if (record?.status?.phase !== 'InProgress' || !(await isInterrupted(store, name, options))) return record;
  const again = await readRestoreRecord(store, name, options); // it may have ended in between
  return again?.status?.phase === 'InProgress' ? asInterrupted(again) : again;
}

/** The text of its log, unpacked. @throws `archive.restore-not-found`, `archive.file-missing`, `archive.corrupt-file` */
export async function* readRestoreLog(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): AsyncGenerator<Uint8Array> {
  const { log } = await keysOf(store, name, options);
  yield* gunzipped(await getFile(store, name, log, options), corruptFile(store, log));
}

/** Its warnings and errors; `undefined` where none were stored. @throws `archive.restore-not-found`, `archive.corrupt-file` */
export async function readRestoreResults(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<Results | undefined> {
  return readResults(store, (await keysOf(store, name, options)).results, options);
}

/** What it did to which object, by kind; `undefined` where that was not stored. */
export async function readRestoreResourceList(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<ResourceList | undefined> {
  return readResourceList(store, (await keysOf(store, name, options)).resourceList, options);
}

/** The keys of a restore that is there: Velero's have no record, but files all the same. */
async function keysOf(store: ObjectStore, name: string, options: StoreOptions): Promise<RestoreKeys> {
  const keys = restoreKeys(name);
  const { signal } = options;
  const known = [keys.record, keys.results, keys.log].map(key => store.head(key, { signal }));
  const infos = await Promise.all(known);
  if (infos.every(info => info === undefined)) {
    throw raise['restore-not-found']({ url: store.url, name });
  }
  return keys;
}
