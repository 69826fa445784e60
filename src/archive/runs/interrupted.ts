import type { Clock } from '#foundation/clock.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { abandonUnfinished, clearFolder } from '../stored/folder.ts';
import { backupKeys, restoreKeys } from '../stored/keys.ts';
import { asInterrupted, readRestoreRecord, writeRestoreRecord } from '../stored/restore-record.ts';
import { removeRestoresOf } from './restores-of.ts';
import { type Marker, readMarker, removeMarker } from './run-marker.ts';

export interface EndOptions extends StoreOptions {
  readonly clock: Clock;
}

/**
 * Ends what a dead run left in a backup's folder, its marker last: a backup that was not committed is removed, of
 * one that was only the marker; a deletion is carried to its end. Two may do it at the same time, and one of them
 * begin a run of its own right after: the other then leaves what it finds. Resolves to whether a backup was removed.
 */
export async function endBackupRun(
  store: ObjectStore,
  name: string,
  marker: Marker,
  options: EndOptions,
): Promise<boolean> {
  const { signal } = options;
  const keys = backupKeys(name);
  const committed = marker.kind !== 'delete' && (await store.head(keys.metadata, { signal })) !== undefined;
  if (!committed) {
    if (marker.kind === 'delete') await removeDeleted(store, name, { signal });
    const mayRemove = async () => (await readMarker(store, keys.marker, { signal }))?.token === marker.token;
    if (!(await clearFolder(store, keys.folder, { signal, mayRemove }))) return false;
  }
  await removeMarker(store, keys.marker, marker.token, { signal });
  return !committed;
}

async function removeDeleted(store: ObjectStore, name: string, options: StoreOptions): Promise<void> {
  await store.delete(backupKeys(name).metadata, options);
  await removeRestoresOf(store, name, options);
}

/**
 * Ends what a dead run left in a restore's folder, its marker last: a record that says InProgress says Failed from
 * then on. Resolves to whether there was one.
 */
export async function endRestoreRun(
  store: ObjectStore,
  name: string,
  marker: Marker,
  options: EndOptions,
): Promise<boolean> {
  const { signal } = options;
  const keys = restoreKeys(name);
  const record = await readRestoreRecord(store, name, { signal });
  if (record === undefined) await clearFolder(store, keys.folder, { signal });
  else await abandonUnfinished(store, keys.folder, { signal });
  const failed = record?.status?.phase === 'InProgress';
  if (failed) {
    const completionTimestamp = options.clock.now().toISOString();
    const ended = asInterrupted(record);
    await writeRestoreRecord(
      store,
      { ...ended, status: { ...ended.status, completionTimestamp } },
      { signal },
    );
  }
  await removeMarker(store, keys.marker, marker.token, { signal });
  return failed;
}
