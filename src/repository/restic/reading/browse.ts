import { mapConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { depthFirst, type Step } from '../../browsing/depth-first.ts';
import { segmentsOf } from '../../browsing/paths.ts';
import { raise } from '../../errors.ts';
import { contentSize, readBlob, readTreeBlob } from '../access/blobs.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import { nameOf, type TreeNode } from '../format/tree.ts';
import { subtreeOf, tooDeep, withEntries } from './subtrees.ts';

/** An entry of a snapshot. */
export interface Entry {
  /** From `/` on, in bytes. */
  readonly path: Buffer;
  readonly node: TreeNode;
}

/** Blobs of one file that are under way at once. */
const readAhead = 4;
const slash = Buffer.from('/');

export interface WalkOptions extends StoreOptions {
  /** Only what is below this directory; the root unless told. */
  readonly below?: string;
  /** Whether directories below that one are entered too; they are unless told. */
  readonly recursive?: boolean;
}

/**
 * Every entry of a snapshot below a directory, parents before what is in them.
 *
 * @throws `repository.path-not-found` and as reading blobs does
 */
export async function* walkSnapshot(
  repository: IndexedRepository,
  snapshot: StoredSnapshot,
  options: WalkOptions = {},
): AsyncGenerator<Entry> {
  const { below = '/', signal, recursive } = options;
  const { entry, tree } = await findPlace(repository, snapshot, { signal, path: below });
  if (tree === undefined) {
    if (entry !== undefined) yield entry;
    return;
  }
  const nodes = await readTreeBlob(repository, tree, { signal });
  const first = stepsOf(repository, { nodes, parent: entry?.path ?? noPath }, { signal, recursive });
  yield* depthFirst(first, () => tooDeep(repository, snapshot.id));
}

const noPath = Buffer.alloc(0);

async function* stepsOf(
  repository: IndexedRepository,
  { nodes, parent }: { readonly nodes: readonly TreeNode[]; readonly parent: Buffer },
  options: StoreOptions & { readonly recursive: boolean | undefined },
): AsyncGenerator<Step<Entry>> {
  const wanted = (): boolean => options.recursive !== false;
  for await (const { node, entries } of withEntries(repository, nodes, { ...options, wanted })) {
    const path = below(parent, node);
    const next = entries && stepsOf(repository, { nodes: entries, parent: path }, options);
    yield { item: { path, node }, below: next };
  }
}

/** The path of an entry of a directory; that of the root is empty. */
export function below(parent: Buffer, node: TreeNode): Buffer {
  return Buffer.concat([parent, slash, nameOf(node)]);
}

/** The entry at a path. @throws `repository.path-not-found` and as reading blobs does */
export async function findEntry(
  repository: IndexedRepository,
  snapshot: StoredSnapshot,
  options: StoreOptions & { readonly path: string },
): Promise<Entry> {
  const { entry } = await findPlace(repository, snapshot, options);
  if (entry === undefined) throw notThere(repository, snapshot, options.path);
  return entry;
}

/**
 * The tree of the directory at a path, the snapshot's own for `/`.
 *
 * @throws `repository.path-not-found`, `not-a-directory` and as reading blobs does
 */
export async function findTree(
  repository: IndexedRepository,
  snapshot: StoredSnapshot,
  options: StoreOptions & { readonly path: string },
): Promise<string> {
  const { entry, tree } = await findPlace(repository, snapshot, options);
  const { url } = repository.store;
  if (tree === undefined) {
    throw raise['not-a-directory']({ url, path: options.path, type: entry?.node.type ?? '' });
  }
  return tree;
}

function notThere({ store: { url } }: IndexedRepository, { id }: StoredSnapshot, path: string): Error {
  return raise['path-not-found']({ url, snapshot: id.slice(0, 8), path });
}

/** The root has a tree and no entry; what is no directory has an entry and no tree. */
async function findPlace(
  repository: IndexedRepository,
  snapshot: StoredSnapshot,
  options: StoreOptions & { readonly path: string },
): Promise<{ readonly entry: Entry | undefined; readonly tree: string | undefined }> {
  let entry: Entry | undefined;
  let tree: string | undefined = snapshot.document.tree;
  for (const names of segmentsOf(options.path)) {
    if (tree === undefined) throw notThere(repository, snapshot, options.path);
    const nodes = await readTreeBlob(repository, tree, options);
    const [node] = names.flatMap(name => nodes.filter(each => nameOf(each).equals(name)));
    if (node === undefined) throw notThere(repository, snapshot, options.path);
    entry = { path: below(entry?.path ?? noPath, node), node };
    tree = subtreeOf(node);
  }
  return { entry, tree };
}

export interface ContentOptions extends StoreOptions {
  /** Bytes to leave out at the beginning; 0 unless told. */
  readonly offset?: number;
  /** Bytes to yield at most; all unless told. */
  readonly length?: number;
}

/**
 * The content of a file, or of a range of it: only blobs that the range touches are read.
 *
 * @throws `repository.not-a-file`, and as reading blobs does, before the first byte or in the middle
 */
export async function* readContent(
  repository: IndexedRepository,
  { path, node }: Entry,
  options: ContentOptions = {},
): AsyncGenerator<Buffer> {
  const { url } = repository.store;
  if (node.type !== 'file') throw raise['not-a-file']({ url, path: path.toString(), type: node.type });
  const pieces = piecesOf(repository, node.content ?? [], options);
  yield* mapConcurrent(pieces, readAhead, async ({ id, from, to }) =>
    (await readBlob(repository, 'data', id, options)).subarray(from, to),
  );
}

interface Piece {
  readonly id: string;
  /** Which bytes of the blob's content. */
  readonly from: number;
  readonly to: number;
}

function* piecesOf(
  { index, store }: IndexedRepository,
  content: readonly string[],
  { offset = 0, length = Number.POSITIVE_INFINITY }: ContentOptions,
): Generator<Piece> {
  let at = 0;
  for (const id of content) {
    const [place] = index.places('data', id);
    if (place === undefined) throw raise['blob-missing']({ url: store.url, kind: 'data', id });
    const size = contentSize(place);
    const [from, to] = [Math.max(offset - at, 0), Math.min(offset + length - at, size)];
    if (from < to) yield { id, from, to };
    at += size;
    if (at >= offset + length) return;
  }
}
