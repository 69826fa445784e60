import type { SafetyMargins } from './safety.ts';

/** A run of one task of maintenance that has ended. Milliseconds since 1970. */
export interface PastRun {
  readonly start: number;
  readonly end: number;
  readonly success: boolean;
}

/** The names by which `kopia.maintenance` knows what maintenance does. */
export const tasks = {
  collect: 'snapshot-gc',
  rewriteQuick: 'quick-rewrite-contents',
  rewriteFull: 'full-rewrite-contents',
  drop: 'full-drop-deleted-content',
  deleteQuick: 'quick-delete-blobs',
  deleteFull: 'full-delete-blobs',
  compactIndexes: 'index-compaction',
  extendLocks: 'extend-blob-retention-time',
  compactEpoch: 'compact-single-epoch',
  advanceEpoch: 'advance-epoch',
  compactRange: 'generate-epoch-range-index',
  cleanMarkers: 'cleanup-epoch-markers',
  cleanIndexes: 'delete-superseded-epoch-indexes',
  cleanLogs: 'cleanup-logs',
} as const;

/** The runs of a task by its name; none where it never ran. */
export type PastRuns = (task: string) => readonly PastRun[];

/**
 * Whether contents may be written anew: not before the packs that the last rewriting emptied were deleted. Otherwise a
 * repository that is often maintained would never come to delete any.
 */
export function mayRewrite(runs: PastRuns, safety: SafetyMargins): boolean {
  return wasCleanedSince(lastEnd(runs, [tasks.rewriteFull]), runs, safety);
}

/** {@link mayRewrite} of the packs of metadata alone, as quick maintenance does in repositories without epochs. */
export function mayRewriteMetadata(runs: PastRuns, safety: SafetyMargins): boolean {
  return wasCleanedSince(lastEnd(runs, [tasks.rewriteFull, tasks.rewriteQuick]), runs, safety);
}

function wasCleanedSince(rewritten: number | undefined, runs: PastRuns, safety: SafetyMargins): boolean {
  if (rewritten === undefined || safety.rewriteToDeletion === 0) return true;
  return (lastEnd(runs, [tasks.deleteFull, tasks.deleteQuick]) ?? Number.NEGATIVE_INFINITY) >= rewritten;
}

/** Whether packs of all kinds wait to be deleted since the last rewriting, rather than those of metadata alone. */
export function wasAllRewritten(runs: PastRuns): boolean {
  const full = lastEnd(runs, [tasks.rewriteFull]) ?? Number.NEGATIVE_INFINITY;
  return full >= (lastEnd(runs, [tasks.rewriteQuick]) ?? Number.NEGATIVE_INFINITY);
}

/** Whether packs may be deleted: others may read what was written anew at its old place until they look at the index again. */
export function mayDeletePacks(runs: PastRuns, safety: SafetyMargins, now: number): boolean {
  const rewritten = lastEnd(runs, [tasks.rewriteFull, tasks.rewriteQuick]);
  return rewritten === undefined || now >= rewritten + safety.rewriteToDeletion;
}

/**
 * The time before which deleted contents may be dropped; `undefined` where it is too early for any. A collection that ran beside a
 * snapshot may have deleted what that snapshot uses; the next one, by when the snapshot is seen, brings it back. So only what was
 * deleted before the last but one began is safe to drop, if enough time lay between the two.
 */
export function safeDropTime(runs: PastRuns, safety: SafetyMargins, now: number): number | undefined {
  if (!safety.twoCollections) return now;
  const [last, ...earlier] = runs(tasks.collect)
    .filter(({ success }) => success)
    .toSorted((a, b) => b.start - a.start);
  const settled = earlier.find(
    ({ end }) => last !== undefined && last.start - end > safety.betweenCollections,
  );
  return settled === undefined ? undefined : settled.start - safety.dropExtraMargin;
}

function lastEnd(runs: PastRuns, names: readonly string[]): number | undefined {
  const ends = names.flatMap(runs).flatMap(({ success, end }) => (success ? [end] : []));
  return ends.length === 0 ? undefined : Math.max(...ends);
}
