import type { BlobInfo } from '../access/blobs.ts';

/** What of a repository's epoch parameters upkeep goes by. Milliseconds, bytes. */
export interface EpochLimits {
  readonly minDuration: number;
  readonly advanceAtCount: number;
  readonly advanceAtSize: number;
  /** Settled epochs behind the last range before they become one. */
  readonly epochsInRange: number;
  /** What replaces something must be older by so much than the newest index before that is deleted. */
  readonly cleanupMargin: number;
}

/** A range of epochs whose indexes are one set. Both ends belong to it. */
export interface EpochRange {
  readonly first: number;
  readonly last: number;
  readonly blobs: readonly BlobInfo[];
}

/** The blobs of the indexes, as kopia's epoch manager sees them (`internal/epoch/epoch_manager.go`). */
export interface EpochBlobs {
  readonly writeEpoch: number;
  /** All `xn` blobs, by epoch. */
  readonly written: ReadonlyMap<number, readonly BlobInfo[]>;
  /** The first complete set of `xs` blobs of each epoch that has one. */
  readonly compacted: ReadonlyMap<number, readonly BlobInfo[]>;
  /** The ranges that are in use, from epoch 0 without a gap. */
  readonly ranges: readonly EpochRange[];
  /** `xe` blobs and the epochs that they begin. */
  readonly markers: readonly { readonly epoch: number; readonly blob: BlobInfo }[];
  /** `xw` blobs and their times, in seconds since 1970. */
  readonly watermarks: readonly { readonly time: number; readonly blob: BlobInfo }[];
}

/** The last epoch to which nobody writes any more: who began in the one before the last may still. */
function lastSettled({ writeEpoch }: EpochBlobs): number {
  return writeEpoch - 2;
}

/** Whether a new epoch is to begin: the current one is old enough, and has many or large indexes. */
export function isEpochFull({ written, writeEpoch }: EpochBlobs, limits: EpochLimits): boolean {
  const blobs = written.get(writeEpoch) ?? [];
  if (blobs.length === 0) return false;
  const times = blobs.map(({ modified }) => modified.getTime());
  if (latest(times) - earliest(times) < limits.minDuration) return false;
  return blobs.length >= limits.advanceAtCount || sizeOf(blobs) >= limits.advanceAtSize;
}

/** The oldest settled epoch that is in no set yet, and its indexes; `undefined` where there is none. */
export function epochToCompact(
  state: EpochBlobs,
): { readonly epoch: number; readonly blobs: readonly BlobInfo[] } | undefined {
  const epoch = oldestUncompacted(state);
  if (epoch > lastSettled(state)) return undefined;
  return { epoch, blobs: state.written.get(epoch) ?? [] };
}

/**
 * Behind a range there may be epochs with a set and then others without one: who takes the first run of sets for all of them, as kopia
 * does, compacts the same epoch again and again.
 */
function oldestUncompacted({ ranges, compacted }: EpochBlobs): number {
  let epoch = (ranges.at(-1)?.last ?? -1) + 1;
  while (compacted.has(epoch)) epoch++;
  return epoch;
}

/** The settled epochs behind the last range, once there are enough of them, with the indexes that they consist of. */
export function rangeToCompact(state: EpochBlobs, limits: EpochLimits): EpochRange | undefined {
  const last = lastSettled(state);
  const first = (state.ranges.at(-1)?.last ?? -1) + 1;
  if (last < 0 || last - first < limits.epochsInRange) return undefined;
  const blobs: BlobInfo[] = [];
  for (let epoch = first; epoch <= last; epoch++) {
    blobs.push(...(state.compacted.get(epoch) ?? state.written.get(epoch) ?? []));
  }
  return { first, last, blobs };
}

/** Markers of epochs before the last but one, and all watermarks but the last that others had time to see. */
export function markersToRemove(
  state: EpochBlobs,
  limits: EpochLimits,
): { readonly markers: readonly BlobInfo[]; readonly watermarks: readonly BlobInfo[] } {
  const seen = seenBefore(state, limits);
  if (seen === undefined) return { markers: [], watermarks: [] };
  const watermark = latest(state.watermarks.map(({ time }) => time));
  const markers = state.markers.filter(({ epoch }) => epoch < state.writeEpoch - 1);
  const watermarks = state.watermarks.filter(
    ({ time, blob }) => time !== watermark && blob.modified.getTime() < seen,
  );
  return { markers: markers.map(({ blob }) => blob), watermarks: watermarks.map(({ blob }) => blob) };
}

/** `xn` blobs of epochs whose set others had time to see: their own, or that of their range, as of an epoch that had none when that was made. */
export function indexesToRemove(
  state: EpochBlobs,
  limits: EpochLimits,
): { readonly before: number; readonly blobs: readonly BlobInfo[] } | undefined {
  const before = seenBefore(state, limits);
  if (before === undefined) return undefined;
  const blobs = [...state.written].flatMap(([epoch, written]) => {
    const range = state.ranges.find(({ first, last }) => epoch >= first && epoch <= last);
    const sets = [state.compacted.get(epoch) ?? [], range?.blobs ?? []];
    return sets.some(set => wasWrittenBefore(set, before)) ? written : [];
  });
  return { before, blobs };
}

function wasWrittenBefore(set: readonly BlobInfo[], time: number): boolean {
  return set.length > 0 && latest(set.map(({ modified }) => modified.getTime())) < time;
}

/** By the clock of the storage, of which the indexes that were written last are the only witness. */
function seenBefore({ written, writeEpoch }: EpochBlobs, limits: EpochLimits): number | undefined {
  const recent = [writeEpoch - 1, writeEpoch, writeEpoch + 1].flatMap(epoch => written.get(epoch) ?? []);
  if (recent.length === 0) return undefined;
  return latest(recent.map(({ modified }) => modified.getTime())) - limits.cleanupMargin;
}

function latest(times: readonly number[]): number {
  return times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}

function earliest(times: readonly number[]): number {
  return times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function sizeOf(blobs: readonly BlobInfo[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}
