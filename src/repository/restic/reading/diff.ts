import { mapConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { depthFirst, type Step } from '../../browsing/depth-first.ts';
import type { Change, DiffTotals } from '../../browsing/diff.ts';
import { readTreeBlob } from '../access/blobs.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import { nameOf, type TreeNode } from '../format/tree.ts';
import { below } from './browse.ts';
import { BlobSides } from './diff-blobs.ts';
import { everyTree } from './every-tree.ts';
import { sameButContent, sameContent, sameNode } from './same-node.ts';
import { subtreeOf, tooDeep } from './subtrees.ts';

export interface DiffOptions extends StoreOptions {
  /** Tell also what differs in metadata alone. */
  readonly metadata?: boolean | undefined;
}

/** Directories that are read before they are come to. */
const readAhead = 4;

/**
 * Compares two directories of snapshots, given by their trees, as `restic diff` does: every change in the order of
 * paths, then the totals. What is below directories that are equal is read only for the totals of blobs.
 *
 * @throws as reading blobs does
 */
export async function* diffTrees(
  repository: IndexedRepository,
  { before, after }: { readonly before: string; readonly after: string },
  options: DiffOptions = {},
): AsyncGenerator<Change | DiffTotals> {
  const diff: Diff = {
    repository,
    options,
    blobs: new BlobSides(repository),
    counted: { added: emptyCount(), removed: emptyCount(), changedFiles: 0 },
    equal: new Set(),
  };
  diff.blobs.add('removed', 'tree', before);
  diff.blobs.add('added', 'tree', after);
  const root = await readPair(diff, { path: noPath, trees: { removed: before, added: after } });
  yield* depthFirst(stepsOf(diff, root), () => tooDeep(repository, before));
  await everyTree(
    repository,
    diff.equal,
    ({ failure, nodes }) => {
      if (failure !== undefined) throw failure;
      for (const node of nodes) diff.blobs.addNode('both', node);
    },
    options,
  );
  yield totalsOf(diff);
}

interface EntryCount {
  files: number;
  dirs: number;
  others: number;
}

interface Diff {
  readonly repository: IndexedRepository;
  readonly options: DiffOptions;
  readonly blobs: BlobSides;
  readonly counted: { readonly added: EntryCount; readonly removed: EntryCount; changedFiles: number };
  /** Trees that both sides have at the same path. */
  readonly equal: Set<string>;
}

/** Directories at the same path: of both sides, or of one. */
interface Pair {
  readonly path: Buffer;
  readonly removed: readonly TreeNode[] | undefined;
  readonly added: readonly TreeNode[] | undefined;
}

/** Entries of the same name: of both sides, or of one. */
interface Both {
  readonly removed?: TreeNode | undefined;
  readonly added?: TreeNode | undefined;
}

interface Place {
  readonly path: Buffer;
  /** Which directories are to be compared next. */
  readonly trees: { readonly removed?: string | undefined; readonly added?: string | undefined };
}

const noPath = Buffer.alloc(0);

async function* stepsOf(diff: Diff, pair: Pair): AsyncGenerator<Step<Change>> {
  const all = [...merged(pair)];
  const places = all.map(both => placeOf(diff, pair, both));
  const reading = mapConcurrent(
    places.filter(({ trees }) => trees.removed !== undefined || trees.added !== undefined),
    readAhead,
    place => readPair(diff, place),
  );
  try {
    for (const [at, both] of all.entries()) {
      const place = places[at];
      if (place === undefined) continue;
      const modifier = compare(diff, both);
      const item: Change | undefined =
        modifier === '' ? undefined : { kind: 'change', path: shownPath(place.path, both), modifier };
      const { removed, added } = place.trees;
      const next = removed === undefined && added === undefined ? undefined : await reading.next();
      yield { item, below: next?.done === false ? stepsOf(diff, next.value) : undefined };
    }
  } finally {
    await reading.return(undefined);
  }
}

async function readPair({ repository, options }: Diff, { path, trees }: Place): Promise<Pair> {
  const read = async (id: string | undefined): Promise<readonly TreeNode[] | undefined> =>
    id === undefined ? undefined : readTreeBlob(repository, id, options);
  const [removed, added] = await Promise.all([read(trees.removed), read(trees.added)]);
  return { path, removed, added };
}

function* merged({ removed = [], added = [] }: Pair): Generator<Both> {
  let [r, a] = [0, 0];
  for (;;) {
    const both = { removed: removed[r], added: added[a] };
    const order = orderOf(both);
    if (order === undefined) return;
    if (order <= 0) r++;
    if (order >= 0) a++;
    yield order < 0 ? { removed: both.removed } : order > 0 ? { added: both.added } : both;
  }
}

/** Which comes first by name; `undefined` where there is none. */
function orderOf({ removed, added }: Both): number | undefined {
  if (removed === undefined) return added === undefined ? undefined : 1;
  return added === undefined ? -1 : Buffer.compare(nameOf(removed), nameOf(added));
}

/** Of directories that are not the same both are gone into; of a directory that became something else, none. */
function placeOf(diff: Diff, { path: parent }: Pair, both: Both): Place {
  const [removed, added] = [subtreeOf(both.removed), subtreeOf(both.added)];
  const one = both.removed ?? both.added;
  const path = one === undefined ? parent : below(parent, one);
  if (both.removed !== undefined && both.added !== undefined) {
    if (removed === undefined || added === undefined) return { path, trees: {} };
    if (removed !== added) return { path, trees: { removed, added } };
    diff.equal.add(removed);
    return { path, trees: {} };
  }
  return { path, trees: { removed, added } };
}

/** As restic has it, the type of the later side says whether it is shown as a directory. */
function shownPath(path: Buffer, { removed, added }: Both): Buffer {
  return (added ?? removed)?.type === 'dir' ? Buffer.concat([path, Buffer.from('/')]) : path;
}

/** Counts the entries and their blobs; what differs, or an empty text. */
function compare({ blobs, counted, options }: Diff, { removed, added }: Both): string {
  if (removed !== undefined) blobs.addNode('removed', removed);
  if (added !== undefined) blobs.addNode('added', added);
  if (removed === undefined) return count(counted.added, added, '+');
  if (added === undefined) return count(counted.removed, removed, '-');
  const type = removed.type === added.type ? '' : 'T';
  if (removed.type === 'file' && added.type === 'file' && !sameContent(removed, added)) {
    counted.changedFiles++;
    return sameButContent(removed, added) ? 'M?' : 'M';
  }
  return options.metadata === true && !sameNode(removed, added) ? `${type}U` : type;
}

function count(side: EntryCount, node: TreeNode | undefined, modifier: string): string {
  if (node?.type === 'file') side.files++;
  else if (node?.type === 'dir') side.dirs++;
  else side.others++;
  return modifier;
}

function emptyCount(): EntryCount {
  return { files: 0, dirs: 0, others: 0 };
}

function totalsOf({ blobs, counted }: Diff): DiffTotals {
  const totals = blobs.totals();
  return {
    kind: 'totals',
    changedFiles: counted.changedFiles,
    added: { ...counted.added, ...totals.added },
    removed: { ...counted.removed, ...totals.removed },
  };
}
