import type { StoreOptions } from '#storage/object-store.ts';
import { isDamage } from '../access/blobs.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { readStoredSnapshot } from '../access/snapshots.ts';
import type { TreeNode } from '../format/tree.ts';
import { everyTree } from '../reading/every-tree.ts';

/**
 * Whether every snapshot and every directory of them can be read, and an index names the content of every file. Each
 * directory is read once: that is fast, and where something is wrong, it does not say what.
 */
export async function areSnapshotsWhole(
  repository: IndexedRepository,
  snapshots: readonly string[],
  options: StoreOptions,
): Promise<boolean> {
  const { index } = repository;
  const roots: string[] = [];
  for (const id of snapshots) {
    try {
      roots.push((await readStoredSnapshot(repository, id, options)).document.tree);
    } catch (thrown) {
      if (isDamage(thrown)) return false;
      throw thrown;
    }
  }
  const isWhole = ({ type, content }: TreeNode): boolean =>
    type !== 'file' || (content ?? []).every(id => index.first('data', id) >= 0);
  let whole = true;
  await everyTree(
    repository,
    roots,
    ({ nodes, failure }) => {
      whole &&= failure === undefined && nodes.every(isWhole);
    },
    options,
  );
  return whole;
}
