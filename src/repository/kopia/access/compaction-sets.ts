import { parseEpochBlob } from '../format/epoch-names.ts';
import type { BlobInfo } from './blobs.ts';
import type { CompactedRange } from './epoch-view.ts';

/**
 * The first set of blobs of which all are there, out of those of one epoch or range; `undefined` where none is complete. A blob whose name
 * tells of no set is one by itself.
 */
export function firstCompleteSet(blobs: readonly BlobInfo[]): readonly BlobInfo[] | undefined {
  const sets = new Map<string, BlobInfo[]>();
  for (const blob of blobs.toSorted(byId)) {
    const parsed = parseEpochBlob(blob.id);
    const member = parsed !== undefined && 'set' in parsed ? parsed.set : undefined;
    if (member === undefined) return [blob];
    const set = sets.get(member.set) ?? [];
    sets.set(member.set, [...set, blob]);
    if (set.length + 1 === member.count) return [...set, blob];
  }
  return undefined;
}

function byId(a: BlobInfo, b: BlobInfo): number {
  return a.id < b.id ? -1 : 1;
}

/** The ranges that follow each other from epoch 0 without a gap and reach the furthest; of several such chains the one with the fewest. */
export function longestChain(ranges: readonly CompactedRange[]): readonly CompactedRange[] {
  const byFirst = Map.groupBy(ranges, range => range.first);
  const best = new Map<number, readonly CompactedRange[]>();
  const beginnings = [...byFirst.keys()].sort((a, b) => b - a);
  for (const first of beginnings) best.set(first, bestFrom(byFirst.get(first) ?? [], best));
  return best.get(0) ?? [];
}

function bestFrom(
  ranges: readonly CompactedRange[],
  best: ReadonlyMap<number, readonly CompactedRange[]>,
): readonly CompactedRange[] {
  let chosen: readonly CompactedRange[] = [];
  for (const range of ranges) {
    const chain = [range, ...(best.get(range.last + 1) ?? [])];
    const [end, chosenEnd] = [chain.at(-1)?.last ?? -1, chosen.at(-1)?.last ?? -1];
    if (end > chosenEnd || (end === chosenEnd && chain.length < chosen.length)) chosen = chain;
  }
  return chosen;
}
