import type { StoreOptions } from '#storage/object-store.ts';
import type { Restorable } from '../../restoring/contents.ts';
import { type RestoreOptions as AnyRestoreOptions, restoreTree } from '../../restoring/restore.ts';
import type { RestoreSummary } from '../../restoring/tally.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import { findEntry } from '../reading/browse.ts';
import { storedEntry } from '../reading/stored-entry.ts';
import { TreeWindows } from '../reading/tree-windows.ts';
import { BlobContents } from './blob-contents.ts';

export interface RestoreOptions extends AnyRestoreOptions {
  /** Only what is below this directory of the snapshot, or this one entry; all unless told. */
  readonly below?: string | undefined;
}

/** Restores a snapshot into a directory. @throws as {@link restoreTree}, and `repository.path-not-found` */
export async function restoreSnapshot(
  repository: IndexedRepository,
  snapshot: StoredSnapshot,
  options: RestoreOptions,
): Promise<RestoreSummary> {
  const { below = '/', signal } = options;
  const what = await placeOf(repository, snapshot, { below, signal });
  return restoreTree(restorable(repository), what, options);
}

/** The tree whose entries are restored, or one entry that has none. */
async function placeOf(
  repository: IndexedRepository,
  snapshot: StoredSnapshot,
  { below, signal }: StoreOptions & { readonly below: string },
) {
  if (below.split('/').every(segment => segment === '')) return { directory: snapshot.document.tree };
  const { node } = await findEntry(repository, snapshot, { path: below, signal });
  return storedEntry(node);
}

/** What restoring needs of a restic repository. */
export function restorable(repository: IndexedRepository): Restorable {
  const trees = new TreeWindows(repository);
  return {
    contents: new BlobContents(repository),
    list: async (tree, options) => (await trees.read(tree, options)).map(storedEntry),
    worker: {
      source: new URL('./worker.ts', import.meta.url),
      built: 'restore-worker.js',
      repository: repository.key,
    },
  };
}
