import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { raise } from '../errors.ts';
import { keysBelow } from '../stored/folder.ts';
import { restoreKeys } from '../stored/keys.ts';
import { liveRestore } from './live-run.ts';
import { removeRestoreFiles } from './restores-of.ts';

/**
 * Removes a restore's record and its other files, Velero's too; what it restored stays as it is. Interrupted, it can
 * be called again.
 *
 * @throws before anything is changed: `archive.restore-not-found`, `archive.restore-running`; `storage.*`
 */
export async function deleteRestore(
  store: ObjectStore,
  name: string,
  options: StoreOptions = {},
): Promise<void> {
  const { folder } = restoreKeys(name);
  const found = await keysBelow(store, folder, options);
  if (found.length === 0) throw raise['restore-not-found']({ url: store.url, name });
  const live = await liveRestore(store, name, options);
  if (live !== undefined) {
    const { host, pid } = live.run;
    throw raise['restore-running']({ url: store.url, name, host, pid });
  }
  await removeRestoreFiles(store, name, options);
}
