import type { DirectorySummary, NewDirectoryEntry } from '../format/directory.ts';

/** What a directory with these entries says of all that is below it. Without entries, kopia takes the directory's own time. */
export function summaryOf(entries: readonly NewDirectoryEntry[], own = 0n): DirectorySummary {
  const sum = { size: 0, files: 0, symlinks: 0, dirs: 1, maxTime: 0n, failed: 0, ignoredErrors: 0 };
  const later = (time: bigint): void => {
    if (time > sum.maxTime) sum.maxTime = time;
  };
  for (const { type, size, mtime, summary } of entries) {
    later(mtime);
    if (type === 'f') sum.files++;
    if (type === 'f') sum.size += size;
    if (type === 's') sum.symlinks++;
    if (summary === undefined) continue;
    later(summary.maxTime);
    for (const key of ['size', 'files', 'symlinks', 'dirs', 'failed', 'ignoredErrors'] as const) {
      sum[key] += summary[key];
    }
  }
  return { ...sum, maxTime: entries.length === 0 ? own : sum.maxTime, incomplete: '', errors: [] };
}
