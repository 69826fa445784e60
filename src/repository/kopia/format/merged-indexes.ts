import { EntryColumns } from './entry-columns.ts';
import { buildSortedIndex } from './index.ts';
import { IndexMerge, type MergedEntry } from './index-merge.ts';
import type { IndexRun } from './index-run.ts';

/** Whether an entry that is valid goes on. */
export type KeepEntry = (entry: MergedEntry) => boolean;

export interface MergedIndexesOptions {
  readonly version: 1 | 2;
  /** Entries of one index at most; some 100 bytes are held for each while it is built and sealed. */
  readonly size: number;
  readonly keep?: KeepEntry | undefined;
}

/** What indexes say together, as indexes of a part of all keys each. */
export interface MergedIndexes {
  /** How many there are. */
  readonly count: number;
  /** Their plain bytes, one made after the other. @throws what reading an index throws */
  plain(): Generator<Buffer>;
}

/**
 * Merges indexes into others: of each content the valid entry, deleted or not. Where that may be more than one index holds, all is gone
 * through once before.
 *
 * @throws RangeError where keys have several lengths, and what reading an index throws
 */
export function mergedIndexes(runs: readonly IndexRun[], options: MergedIndexesOptions): MergedIndexes {
  const total = runs.reduce((sum, { count }) => sum + count, 0);
  const { keep, size } = options;
  const entries = total > size || keep !== undefined ? countMerged(runs, keep) : total;
  const count = Math.ceil(entries / size);
  return { count, plain: () => builtIndexes(runs, { ...options, size: Math.ceil(entries / count) }) };
}

function countMerged(runs: readonly IndexRun[], keep: KeepEntry = () => true): number {
  const merge = new IndexMerge(runs);
  let count = 0;
  while (merge.next()) if (keep(merge.entry)) count++;
  return count;
}

function* builtIndexes(
  runs: readonly IndexRun[],
  { version, size, keep = () => true }: MergedIndexesOptions,
): Generator<Buffer> {
  const merge = new IndexMerge(runs);
  const columns = new EntryColumns(merge.keySize, { capacity: size, packs: merge.packs });
  while (merge.next()) {
    if (!keep(merge.entry)) continue;
    columns.add(merge.entry);
    if (!columns.isFull) continue;
    yield buildSortedIndex(columns, version);
    columns.clear();
  }
  if (columns.count > 0) yield buildSortedIndex(columns, version);
}
