import { mapConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { readTreeBlob } from '../access/blobs.ts';
import { keyOf } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { reasons } from '../format/reasons.ts';
import type { TreeNode } from '../format/tree.ts';

/** Directories that are read before they are asked for. */
const readAhead = 4;

/** An entry of a directory, and what is in it where it is a directory that was asked for. */
export interface NodeWithEntries {
  readonly node: TreeNode;
  readonly entries: readonly TreeNode[] | undefined;
}

/**
 * The entries of a directory in their order; those that are directories and `wanted` with the entries in them, of which
 * a few are read ahead.
 *
 * @throws as `readTreeBlob` does
 */
export async function* withEntries(
  repository: IndexedRepository,
  nodes: readonly TreeNode[],
  options: StoreOptions & { readonly wanted?: ((node: TreeNode) => boolean) | undefined } = {},
): AsyncGenerator<NodeWithEntries> {
  const { wanted = () => true } = options;
  const directories = nodes.filter(node => subtreeOf(node) !== undefined && wanted(node));
  const chosen = new Set(directories);
  const reading = mapConcurrent(directories, readAhead, node =>
    readTreeBlob(repository, subtreeOf(node) ?? '', options),
  );
  try {
    for (const node of nodes) {
      const entries = chosen.has(node) ? (await reading.next()).value : undefined;
      yield { node, entries: entries as readonly TreeNode[] | undefined };
    }
  } finally {
    await reading.return(undefined);
  }
}

/** The tree of a directory; `undefined` for what is none. */
export function subtreeOf(node: TreeNode | undefined): string | undefined {
  return node?.type === 'dir' ? node.subtree : undefined;
}

/** A snapshot whose directories have no end. */
export function tooDeep({ store: { url } }: IndexedRepository, snapshot: string): Error {
  return raise.damaged({ url, file: keyOf('snapshots', snapshot), reason: reasons.treeDepth });
}
