import type { StoreOptions } from '#storage/object-store.ts';
import { depthFirst, type Step } from '../../browsing/depth-first.ts';
import { readTreeBlob } from '../access/blobs.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import type { BlobType } from '../format/pack.ts';
import type { TreeNode } from '../format/tree.ts';
import { Barren, type Directory } from './barren.ts';
import { below } from './browse.ts';
import { tooDeep, withEntries } from './subtrees.ts';

/** A blob where a snapshot refers to it. */
export interface FoundBlob {
  readonly snapshot: StoredSnapshot;
  readonly type: BlobType;
  readonly id: string;
  /** Of the file that has it in its content, or of the directory that it is the tree of; `/` of the snapshot's own tree. */
  readonly path: Buffer;
  /** The tree that names the file. */
  readonly parent: string | undefined;
}

/** Whether a blob is looked for. */
export type BlobTest = (type: BlobType, id: string) => boolean;

/**
 * Looks for where snapshots refer to blobs. A directory below which nothing was found is read once, however many snapshots
 * have it.
 *
 * @throws as reading blobs does
 */
export async function* findBlobs(
  repository: IndexedRepository,
  snapshots: Iterable<StoredSnapshot>,
  options: StoreOptions & { readonly isWanted: BlobTest },
): AsyncGenerator<FoundBlob> {
  const { isWanted, signal } = options;
  const barren = new Barren(repository, true);
  for (const snapshot of snapshots) {
    const root: Directory = { tree: snapshot.document.tree, path: Buffer.alloc(0), found: false };
    const { tree } = root;
    if (isWanted('tree', tree)) {
      yield { snapshot, type: 'tree', id: tree, path: Buffer.from('/'), parent: undefined };
    }
    if (barren.has(root)) continue;
    const nodes = await readTreeBlob(repository, tree, { signal });
    const steps = stepsOf({ repository, isWanted, barren, snapshot, signal }, root, nodes);
    yield* depthFirst(steps, () => tooDeep(repository, snapshot.id));
  }
}

interface Search extends StoreOptions {
  readonly repository: IndexedRepository;
  readonly isWanted: BlobTest;
  readonly barren: Barren;
  readonly snapshot: StoredSnapshot;
}

async function* stepsOf(
  search: Search,
  directory: Directory,
  nodes: readonly TreeNode[],
): AsyncGenerator<Step<FoundBlob>> {
  const { repository, barren, signal } = search;
  const wanted = ({ subtree = '' }: TreeNode): boolean =>
    !barren.has({ tree: subtree, path: directory.path });
  for await (const { node, entries } of withEntries(repository, nodes, { signal, wanted })) {
    const path = below(directory.path, node);
    for (const item of blobsOf(search, directory, { node, path })) {
      directory.found = true;
      yield { item };
    }
    const inside: Directory = { tree: node.subtree ?? '', path, found: false, parent: directory };
    if (entries !== undefined) yield { below: stepsOf(search, inside, entries) };
  }
  barren.leave(directory);
}

/** A blob that a file has several times is told once. */
function* blobsOf(
  { isWanted, snapshot }: Search,
  { tree }: Directory,
  { node, path }: { readonly node: TreeNode; readonly path: Buffer },
): Generator<FoundBlob> {
  const content = node.type === 'file' ? (node.content ?? []) : [];
  for (const id of new Set(content)) {
    if (isWanted('data', id)) yield { snapshot, type: 'data', id, path, parent: tree };
  }
  const { subtree } = node;
  if (node.type === 'dir' && subtree !== undefined && isWanted('tree', subtree)) {
    yield { snapshot, type: 'tree', id: subtree, path, parent: tree };
  }
}
