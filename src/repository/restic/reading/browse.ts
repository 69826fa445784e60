import { mapConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { raise } from '../../errors.ts';
import { contentSize, readBlob, readTreeBlob } from '../access/blobs.ts';
import { keyOf } from '../access/files.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import { reasons } from '../format/fault.ts';
import { nameOf, type TreeNode } from '../format/tree.ts';

/** An entry of a snapshot. */
export interface Entry {
  /** From `/` on, in bytes. */
  readonly path: Buffer;
  readonly node: TreeNode;
}

/** A path on Linux has at most 4096 bytes. */
const depthLimit = 2048;
/** Blobs of one file that are under way at once. */
const readAhead = 4;
const slash = Buffer.from('/');

/** Every entry of a snapshot below a directory (the root unless told), parents before what is in them. */
export async function* walkSnapshot(
  repository: IndexedRepository,
  snapshot: StoredSnapshot,
  options: StoreOptions & { readonly below?: string } = {},
): AsyncGenerator<Entry> {
  const { below = '/' } = options;
  const { entry, tree } = await findDirectory(repository, snapshot, { ...options, path: below });
  if (tree === undefined) {
    if (entry !== undefined) yield entry;
    return;
  }
  const stack = [entriesOf(repository, { tree, parent: entry?.path ?? Buffer.alloc(0) }, options)];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { done, value } = await top.next();
    if (done === true) {
      stack.pop();
      continue;
    }
    yield value;
    if (value.node.type !== 'dir' || value.node.subtree === undefined) continue;
    if (stack.length === depthLimit) throw tooDeep(repository, snapshot);
    stack.push(entriesOf(repository, { tree: value.node.subtree, parent: value.path }, options));
  }
}

function tooDeep({ store: { url } }: IndexedRepository, { id }: StoredSnapshot): Error {
  return raise.damaged({ url, file: keyOf('snapshots', id), reason: reasons.treeDepth });
}

async function* entriesOf(
  repository: IndexedRepository,
  { tree, parent }: { readonly tree: string; readonly parent: Buffer },
  options: StoreOptions,
): AsyncGenerator<Entry, undefined> {
  for (const node of await readTreeBlob(repository, tree, options)) {
    yield { path: Buffer.concat([parent, slash, nameOf(node)]), node };
  }
}

/** The entry at a path. @throws `repository.path-not-found` and as reading blobs does */
export async function findEntry(
  repository: IndexedRepository,
  snapshot: StoredSnapshot,
  options: StoreOptions & { readonly path: string },
): Promise<Entry> {
  const { entry } = await findDirectory(repository, snapshot, options);
  if (entry === undefined) throw notThere(repository, snapshot, options.path);
  return entry;
}

function notThere({ store: { url } }: IndexedRepository, { id }: StoredSnapshot, path: string): Error {
  return raise['path-not-found']({ url, snapshot: id.slice(0, 8), path });
}

/** The root has a tree and no entry; what is no directory has an entry and no tree. */
async function findDirectory(
  repository: IndexedRepository,
  snapshot: StoredSnapshot,
  options: StoreOptions & { readonly path: string },
): Promise<{ readonly entry: Entry | undefined; readonly tree: string | undefined }> {
  let entry: Entry | undefined;
  let tree: string | undefined = snapshot.document.tree;
  for (const segment of options.path.split('/').filter(each => each !== '')) {
    if (tree === undefined) throw notThere(repository, snapshot, options.path);
    const nodes = await readTreeBlob(repository, tree, options);
    const name = Buffer.from(segment);
    const node = nodes.find(each => nameOf(each).equals(name));
    if (node === undefined) throw notThere(repository, snapshot, options.path);
    entry = { path: Buffer.concat([entry?.path ?? Buffer.alloc(0), slash, name]), node };
    tree = node.type === 'dir' ? node.subtree : undefined;
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
