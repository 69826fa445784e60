import type { BlobInfo } from '../access/blobs.ts';
import type { OldCompaction } from '../access/old-indexes.ts';
import { oldIndexPrefixes } from '../format/epoch-names.ts';

/** Fewer small indexes than that are left as they are. */
const mostSmall = 8;
/** An index of less than this part of a full pack is very small. */
const verySmallPart = 20;

/**
 * Which indexes of a repository without epochs are put together where there are many: the very small ones, or all that are no larger
 * than a pack (kopia's `repo/content/indexblob/index_blob_manager_v0.go`). Pure.
 */
export function smallIndexes(
  active: readonly BlobInfo[],
  { maxPackSize }: { readonly maxPackSize: number },
): readonly BlobInfo[] {
  const mergeable = active.filter(({ size }) => size <= maxPackSize);
  if (mergeable.length < mostSmall) return [];
  const verySmall = mergeable.filter(({ size }) => size < Math.floor(maxPackSize / verySmallPart));
  const larger = mergeable.length - verySmall.length;
  const areMost = verySmall.length > Math.floor(mergeable.length / 2);
  return areMost && larger + 1 < mostSmall ? verySmall : mergeable;
}

/** By what is decided which compactions have settled. */
export interface Settling {
  /** Milliseconds since 1970, by the clock of the storage: what was written later has not settled. */
  readonly before: number;
  /** The ids of all indexes that are there. */
  readonly present: ReadonlySet<string>;
}

/**
 * The compactions that count and that everybody had time to see, each behind those that made what it merged: an index may go only once all that it
 * replaced are gone, or these would count again. One of which an output is gone, that nothing has replaced in turn, does not count:
 * everybody reads its inputs. Pure.
 */
export function settledCompactions(
  compactions: readonly OldCompaction[],
  { before: settled, present }: Settling,
): readonly OldCompaction[] {
  const early = compactions.filter(({ blob }) => blob.modified.getTime() <= settled);
  const old = countingCompactions(early, present);
  const madeBy = new Map<string, OldCompaction[]>();
  for (const each of old) {
    for (const { id } of each.log.outputs) madeBy.set(id, [...(madeBy.get(id) ?? []), each]);
  }
  const ordered = new Set<OldCompaction>();
  const seen = new Set<OldCompaction>();
  const waiting = [...old];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const before = seen.has(next) ? [] : next.log.inputs.flatMap(({ id }) => madeBy.get(id) ?? []);
    const missing = before.filter(each => !seen.has(each));
    seen.add(next);
    if (missing.length === 0) ordered.add(next);
    else waiting.push(next, ...missing);
  }
  return [...ordered];
}

/** Those whose outputs are all there, or were replaced by another that counts. */
function countingCompactions(
  compactions: readonly OldCompaction[],
  present: ReadonlySet<string>,
): readonly OldCompaction[] {
  const held = new Set(present);
  const counting = new Set<OldCompaction>();
  for (let known = -1; known < counting.size; ) {
    known = counting.size;
    for (const each of compactions) {
      if (counting.has(each) || !each.log.outputs.every(({ id }) => held.has(id))) continue;
      counting.add(each);
      for (const { id } of each.log.inputs) held.add(id);
    }
  }
  return [...counting];
}

/** The indexes that a compaction replaced. Whatever else a log names is not touched. */
export function replacedBy({ log }: OldCompaction): readonly string[] {
  return log.inputs.map(({ id }) => id).filter(id => id.startsWith(oldIndexPrefixes[0]));
}
