import { type Clock, systemClock } from '#foundation/clock.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { raise } from '../errors.ts';
import { clearFolder, keysBelow } from '../stored/folder.ts';
import { backupKeys } from '../stored/keys.ts';
import { claimFolder } from './claim.ts';
import { type EndOptions, endBackupRun } from './interrupted.ts';
import { liveRestore, refuseLiveRun } from './live-run.ts';
import { removeRestoreFiles, restoresOf } from './restores-of.ts';
import type { RunIdentity } from './run-identity.ts';
import { type HeldMarker, placeMarker, readMarker } from './run-marker.ts';

export interface DeleteOptions extends StoreOptions {
  readonly identity: RunIdentity;
  readonly clock?: Clock | undefined;
  readonly progress?: Progress | undefined;
}

/**
 * Removes a backup with all its files, and the restores made from it. Its `velero-backup.json` goes first: from then
 * on it is no backup. Interrupted, it is carried to its end by the next sweep or by calling it again. What an
 * interrupted backup left under the name is removed likewise.
 *
 * @throws before anything is changed: `archive.backup-not-found`, `archive.backup-running`,
 * `archive.backup-deleting`, `archive.backup-in-use`, `archive.directory-occupied`, `storage.read-only`; `storage.*`
 */
export async function deleteBackup(store: ObjectStore, name: string, options: DeleteOptions): Promise<void> {
  const { signal, identity, clock = systemClock } = options;
  const keys = backupKeys(name);
  const found = await keysBelow(store, keys.folder, { signal });
  refuseForeign(store, name, found);
  const restores = await restoresOf(store, name, { signal });
  for (const restore of restores) await refuseLiveRestore(store, name, restore, { signal });
  const marker = await claimFolder(
    () => makeRoom(store, name, { clock, signal }),
    () => placeMarker(store, keys.folder, 'delete', { identity, clock, signal }),
  );
  await endBackup(store, name, marker, options);
  await removeRest(store, name, restores, options).catch(async (thrown: unknown) => {
    await marker.stop(); // the marker stays: who comes next goes on
    throw thrown;
  });
  await marker.release();
}

function refuseForeign(store: ObjectStore, name: string, found: readonly string[]): void {
  const { folder, metadata, marker } = backupKeys(name);
  if (found.length === 0) throw raise['backup-not-found']({ url: store.url, name });
  if (found.includes(metadata) || found.includes(marker)) return;
  const files = found.slice(0, 5).map(key => key.slice(folder.length));
  throw raise['directory-occupied']({ url: store.url, name, files });
}

async function refuseLiveRestore(
  store: ObjectStore,
  name: string,
  restore: string,
  options: StoreOptions,
): Promise<void> {
  const live = await liveRestore(store, restore, options);
  if (live === undefined) return;
  const { host, pid } = live.run;
  throw raise['backup-in-use']({ url: store.url, name, restore, host, pid });
}

async function makeRoom(store: ObjectStore, name: string, options: EndOptions): Promise<void> {
  const { marker: key } = backupKeys(name);
  const marker = await readMarker(store, key, { signal: options.signal });
  if (marker === undefined) return;
  await refuseLiveRun(store, name, { key, marker, signal: options.signal });
  await endBackupRun(store, name, marker, options);
}

/** Makes it no backup. Where that is refused (an object lock), it stays as it was. */
async function endBackup(
  store: ObjectStore,
  name: string,
  marker: HeldMarker,
  { signal }: StoreOptions,
): Promise<void> {
  try {
    await store.delete(backupKeys(name).metadata, { signal });
  } catch (thrown) {
    await marker.release().catch(() => {}); // it is then a dead run's to those who come next
    throw thrown;
  }
}

async function removeRest(
  store: ObjectStore,
  name: string,
  restores: readonly string[],
  { signal, progress = noProgress }: DeleteOptions,
): Promise<void> {
  let done = 0;
  const tell = (current: string, total: number) =>
    progress({ phase: 'delete', done: ++done, total, unit: 'items', current });
  const { folder } = backupKeys(name);
  for (const restore of restores) await removeRestoreFiles(store, restore, { signal });
  await clearFolder(store, folder, { signal, onRemoved: tell });
}
