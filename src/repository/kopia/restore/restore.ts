import { mapConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { StoredEntry } from '../../browsing/browsable.ts';
import { findStored } from '../../browsing/find-entry.ts';
import type { Restorable } from '../../restoring/contents.ts';
import { damageFailure } from '../../restoring/reasons.ts';
import { type RestoreOptions, restoreTree } from '../../restoring/restore.ts';
import type { RestoreSummary } from '../../restoring/tally.ts';
import { windowed } from '../../restoring/windowed-store.ts';
import { readDirectory } from '../access/directories.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { readWholeObject } from '../access/objects.ts';
import type { StoredKopiaSnapshot } from '../access/snapshots.ts';
import { browsedKopiaSnapshot, storedKopiaEntry } from '../browsing/browsable.ts';
import type { DirectoryEntry } from '../format/directory.ts';
import { ObjectContents } from './object-contents.ts';

export interface KopiaRestoreOptions extends RestoreOptions {
  /** Only what is below this directory of the snapshot, or this one entry; all unless told. From the snapshot's own root. */
  readonly below?: string | undefined;
}

/** Links that are followed at once. */
const linksAtOnce = 8;

/**
 * Restores a kopia snapshot into a directory: what is in its root directory, or the file that it is of.
 *
 * @throws as {@link restoreTree}, and `repository.path-not-found`
 */
export async function restoreKopiaSnapshot(
  repository: IndexedKopia,
  snapshot: StoredKopiaSnapshot,
  { below = '/', ...options }: KopiaRestoreOptions,
): Promise<RestoreSummary> {
  const from = kopiaRestorable(repository);
  const { signal } = options;
  const what = await findStored({ ...from, url: repository.store.url }, browsedKopiaSnapshot(snapshot), {
    path: below,
    signal,
  });
  return restoreTree(from, what, options);
}

/** What restoring needs of a kopia repository. */
export function kopiaRestorable(repository: IndexedKopia): Restorable {
  const store = windowed(repository.store);
  const directories = { ...repository, store, blobs: repository.blobs.through(store) };
  const { encryption, masterKey, ecc, eccOverheadPercent, hash, secret } = repository.format;
  return {
    contents: new ObjectContents(repository),
    list: async (directory, { signal }) => {
      const { entries } = await readDirectory(directories, directory, { signal });
      const read = mapConcurrent(entries, linksAtOnce, entry =>
        restorableEntry(directories, entry, { signal }),
      );
      return (await Array.fromAsync(read)).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    worker: {
      source: new URL('./worker.ts', import.meta.url),
      built: 'kopia-restore-worker.js',
      repository: { encryption, masterKey, ecc, eccOverheadPercent, hash, secret },
    },
  };
}

/** With where it leads, of a symlink; where that cannot be read, nothing else suffers. */
async function restorableEntry(
  repository: IndexedKopia,
  entry: DirectoryEntry,
  options: StoreOptions,
): Promise<StoredEntry> {
  if (entry.type !== 's') return storedKopiaEntry(entry, undefined);
  try {
    return storedKopiaEntry(entry, await readWholeObject(repository, entry.object, options));
  } catch (thrown) {
    return { ...storedKopiaEntry(entry, undefined), failure: damageFailure(thrown) };
  }
}
