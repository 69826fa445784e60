import { type Restore, StoredRestore } from '#api/velero/restore.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { raise } from '../errors.ts';
import { readPlainJson } from './gzip-json.ts';
import { restoreKeys } from './keys.ts';

/**
 * The record of a restore: the Restore as plain JSON, as Velero keeps it only in the cluster. `undefined` where
 * there is none.
 *
 * @throws `archive.corrupt-file`, `archive.wrong-name`, `storage.*`
 */
export async function readRestoreRecord(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<Restore | undefined> {
  const { record: file } = restoreKeys(name);
  const restore = await readPlainJson(store, file, StoredRestore, { signal: options.signal });
  if (restore === undefined || restore.metadata.name === name) return restore;
  throw raise['wrong-name']({ url: store.url, file, found: restore.metadata.name });
}

/** Replaces the record of a restore. */
export async function writeRestoreRecord(
  store: ObjectStore,
  restore: Restore,
  options: StoreOptions = {},
): Promise<void> {
  await store.put(restoreKeys(restore.metadata.name).record, recordBytes(restore), options);
}

/** A record as it is stored. */
export function recordBytes(restore: Restore): Uint8Array {
  return Buffer.from(`${JSON.stringify(restore, undefined, 2)}\n`);
}

const interrupted = 'the process that ran it ended before the restore did';

/** The record of a restore whose run is dead, saying so. */
export function asInterrupted(record: Restore): Restore {
  return { ...record, status: { ...record.status, phase: 'Failed', failureReason: interrupted } };
}
