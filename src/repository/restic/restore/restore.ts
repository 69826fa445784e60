import { isHozonError } from '#foundation/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { Restorable } from '../../restoring/contents.ts';
import { type RestoreOptions as AnyRestoreOptions, restoreTree } from '../../restoring/restore.ts';
import type { RestoreSummary } from '../../restoring/tally.ts';
import { readTreeBlob } from '../access/blobs.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import type { TreeNode } from '../format/tree.ts';
import { findEntry } from '../reading/browse.ts';
import { storedEntry } from '../reading/stored-entry.ts';
import { TreeWindows } from '../reading/tree-windows.ts';
import { BlobContents } from './blob-contents.ts';
import { MovedBlobs } from './moved-blobs.ts';

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

interface TreeReading {
  readonly trees: TreeWindows;
  readonly moved: MovedBlobs;
}

/** How often a tree is followed to where others moved it. */
const mostMoves = 3;

/** The entries of a directory, wherever others moved it meanwhile. @throws as reading a blob does */
async function readTree(
  { trees, moved }: TreeReading,
  id: string,
  options: StoreOptions,
): Promise<readonly TreeNode[]> {
  let failure: unknown;
  for (let moves = 0; moves <= mostMoves; moves++) {
    try {
      if (moves === 0) return await trees.read(id, options);
      return await readTreeBlob(await moved.repository(moves > 1, options), id, options);
    } catch (thrown) {
      if (!isGone(thrown)) throw thrown;
      failure ??= thrown;
    }
  }
  throw failure;
}

/** An index that others removed while it was to be read leaves its blobs without a place until indexes are looked at again. */
function isGone(thrown: unknown): boolean {
  return isHozonError(thrown, 'repository.file-missing') || isHozonError(thrown, 'repository.blob-missing');
}

/** What restoring needs of a restic repository. */
export function restorable(repository: IndexedRepository): Restorable {
  const trees = new TreeWindows(repository);
  const moved = new MovedBlobs(repository);
  return {
    contents: new BlobContents(repository, moved),
    list: async (tree, options) => (await readTree({ trees, moved }, tree, options)).map(storedEntry),
    worker: {
      source: new URL('./worker.ts', import.meta.url),
      built: 'restore-worker.js',
      repository: repository.key,
    },
  };
}
