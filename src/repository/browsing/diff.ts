import { mapConcurrent } from '#foundation/concurrency.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { type BytePath, pathBytes } from '../trees/byte-path.ts';
import type { Described } from '../trees/entry.ts';
import type { Browsable, StoredEntry } from './browsable.ts';
import { depthFirst, type Step } from './depth-first.ts';
import { endless } from './walk.ts';

/** What differs at a path. */
export interface Change {
  readonly kind: 'change';
  /** From `/` on, in bytes; of a directory with a final `/`. */
  readonly path: Buffer;
  /**
   * As restic writes it: `+` added, `-` removed, `M` other content, `U` other metadata, `T` another type. `M?` is content
   * that changed although size, times and inode did not: perhaps it decayed.
   */
  readonly modifier: string;
}

/** Parts of contents and directories that one side has and the other has not: blobs in restic, contents in kopia. */
export interface PartTotals {
  readonly dataBlobs: number;
  readonly treeBlobs: number;
  /** Bytes of their contents, before compression. */
  readonly bytes: number;
}

/** What one side has and the other has not. */
export interface SideTotals extends PartTotals {
  readonly files: number;
  readonly dirs: number;
  /** Entries that are neither. */
  readonly others: number;
}

export interface DiffTotals {
  readonly kind: 'totals';
  /** Files with other content. */
  readonly changedFiles: number;
  readonly added: SideTotals;
  readonly removed: SideTotals;
}

/** On which side something is; `both`: in a directory that is the same on both. */
export type Side = 'removed' | 'added' | 'both';

/** Counts the parts of what the comparison comes by. */
export interface PartCounter {
  add(side: Side, entry: StoredEntry): void | Promise<void>;
  totals(): { readonly removed: PartTotals; readonly added: PartTotals };
}

export interface StoredDiffOptions extends StoreOptions {
  /** Tell also what differs in metadata alone. */
  readonly metadata?: boolean | undefined;
  readonly parts: PartCounter;
}

/** Directories that are read before they are come to. */
const readAhead = 4;

interface Diff {
  readonly browsable: Pick<Browsable, 'list'>;
  readonly options: StoredDiffOptions;
  readonly counted: Record<'removed' | 'added', { files: number; dirs: number; others: number }>;
  changedFiles: number;
  /** Directories that both sides have at the same path. */
  readonly equal: Set<string>;
}

/** Entries of the same name: of both sides, or of one. */
interface Both {
  readonly removed?: StoredEntry | undefined;
  readonly added?: StoredEntry | undefined;
}

/** A pair of directories that was read. */
interface Pair {
  readonly path: BytePath;
  readonly removed: readonly StoredEntry[] | undefined;
  readonly added: readonly StoredEntry[] | undefined;
}

/**
 * Compares two directories of snapshots: every change in the order of paths, then the totals. What is below directories that are
 * equal is read only for the totals of parts.
 *
 * @throws as {@link Browsable.list} does
 */
export async function* diffStored(
  browsable: Pick<Browsable, 'list'>,
  both: { readonly removed: StoredEntry; readonly added: StoredEntry },
  options: StoredDiffOptions,
): AsyncGenerator<Change | DiffTotals> {
  const none = () => ({ files: 0, dirs: 0, others: 0 });
  const counted = { removed: none(), added: none() };
  const diff: Diff = { browsable, options, counted, changedFiles: 0, equal: new Set() };
  await options.parts.add('removed', both.removed);
  await options.parts.add('added', both.added);
  const root = await readPair(diff, '', both);
  yield* depthFirst(stepsOf(diff, root), endless);
  await countEqual(diff);
  const { removed, added } = options.parts.totals();
  yield {
    kind: 'totals',
    changedFiles: diff.changedFiles,
    added: { ...counted.added, ...added },
    removed: { ...counted.removed, ...removed },
  };
}

async function* stepsOf(diff: Diff, pair: Pair): AsyncGenerator<Step<Change>> {
  const all = [...merged(pair)];
  const entered = all.map(both => enteredOf(diff, both));
  const reading = mapConcurrent(
    all.flatMap((both, at) => (entered[at] === undefined ? [] : [{ both, into: entered[at] }])),
    readAhead,
    ({ both, into }) => readPair(diff, pathOf(pair, both), into),
  );
  try {
    for (const [at, both] of all.entries()) {
      const modifier = await compare(diff, both);
      const path = shownPath(pathOf(pair, both), both);
      const item: Change | undefined = modifier === '' ? undefined : { kind: 'change', path, modifier };
      const next = entered[at] === undefined ? undefined : await reading.next();
      yield { item, below: next?.done === false ? stepsOf(diff, next.value) : undefined };
    }
  } finally {
    await reading.return(undefined);
  }
}

async function readPair({ browsable, options }: Diff, path: BytePath, both: Both): Promise<Pair> {
  const { signal, metadata: targets } = options;
  const read = async (entry: StoredEntry | undefined) =>
    entry?.directory === undefined ? undefined : browsable.list(entry.directory, { signal, targets });
  const [removed, added] = await Promise.all([read(both.removed), read(both.added)]);
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
  if (added === undefined) return -1;
  return removed.name < added.name ? -1 : removed.name > added.name ? 1 : 0;
}

/** Of directories that are not the same both are gone into; of a directory that became something else, none. */
function enteredOf(diff: Diff, both: Both): Both | undefined {
  const [removed, added] = [both.removed?.directory, both.added?.directory];
  if (both.removed === undefined || both.added === undefined) {
    return removed === undefined && added === undefined ? undefined : both;
  }
  if (removed === undefined || added === undefined) return undefined;
  if (removed !== added) return both;
  diff.equal.add(removed);
  return undefined;
}

function pathOf({ path }: Pair, { removed, added }: Both): BytePath {
  return `${path}/${(removed ?? added)?.name ?? ''}`;
}

/** As restic has it, the type of the later side says whether it is shown as a directory. */
function shownPath(path: BytePath, { removed, added }: Both): Buffer {
  return pathBytes((added ?? removed)?.directory === undefined ? path : `${path}/`);
}

/** Counts the entries and their parts; what differs, or an empty text. */
async function compare(diff: Diff, { removed, added }: Both): Promise<string> {
  const { counted, options } = diff;
  if (removed !== undefined) await options.parts.add('removed', removed);
  if (added !== undefined) await options.parts.add('added', added);
  if (removed === undefined) return count(counted.added, added, '+');
  if (added === undefined) return count(counted.removed, removed, '-');
  const type = removed.type === added.type ? '' : 'T';
  const sameContent =
    removed.content.length === added.content.length &&
    removed.content.every((id, at) => id === added.content[at]);
  if (type === '' && !sameContent) {
    diff.changedFiles++;
    return sameMetadata(removed, added) ? 'M?' : 'M';
  }
  return options.metadata === true && !sameMetadata(removed, added) ? `${type}U` : type;
}

function count(
  side: { files: number; dirs: number; others: number },
  entry: StoredEntry | undefined,
  modifier: string,
): string {
  if (entry?.directory !== undefined) side.dirs++;
  else if (entry?.type === 'file') side.files++;
  else side.others++;
  return modifier;
}

const nowhere = Buffer.alloc(0);
const compared = ['mode', 'uid', 'gid', 'mtime', 'size', 'inode', 'device', 'rdev'] as const;

function sameMetadata({ described: a }: StoredEntry, { described: b }: StoredEntry): boolean {
  if (a === undefined || b === undefined) return a === b;
  const sameTarget = (a.target ?? nowhere).equals(b.target ?? nowhere);
  return sameTarget && compared.every(key => a[key] === b[key]) && sameAttributes(a, b);
}

function sameAttributes({ attributes: a }: Described, { attributes: b }: Described): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, value }) => b.some(other => other.name === name && other.value.equals(value)))
  );
}

/** Each directory that is the same on both sides, and all below it, once. */
async function countEqual({ browsable, options, equal }: Diff): Promise<void> {
  for (const directory of equal) {
    for (const entry of await browsable.list(directory, { signal: options.signal })) {
      await options.parts.add('both', entry);
      if (entry.directory !== undefined) equal.add(entry.directory);
    }
  }
}
