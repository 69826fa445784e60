import type { BlobInfo } from '../access/blobs.ts';

/** How many of kopia's logs stay; 0 for no limit. */
export interface LogLimits {
  /** Bytes. */
  readonly maxTotalSize: number;
  readonly maxCount: number;
  /** Milliseconds. */
  readonly maxAge: number;
}

/** Which logs (blobs whose names begin with `_`) go: of the newest as many stay as every limit allows. Pure. */
export function planLogs(
  logs: Iterable<BlobInfo>,
  limits: LogLimits,
  now: number,
): { readonly keep: readonly BlobInfo[]; readonly remove: readonly BlobInfo[] } {
  const newestFirst = [...logs].sort((a, b) => b.modified.getTime() - a.modified.getTime());
  let bytes = 0;
  const beyond = newestFirst.findIndex(({ size, modified }, at) => {
    bytes += size;
    return (
      exceeds(bytes, limits.maxTotalSize) ||
      exceeds(at + 1, limits.maxCount) ||
      exceeds(now - modified.getTime(), limits.maxAge)
    );
  });
  const end = beyond === -1 ? newestFirst.length : beyond;
  return { keep: newestFirst.slice(0, end), remove: newestFirst.slice(end) };
}

function exceeds(value: number, limit: number): boolean {
  return limit > 0 && value > limit;
}
