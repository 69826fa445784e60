import type { Progress } from '#foundation/progress.ts';
import type { SourceTotals } from '../trees/source.ts';

/** What of a source is stored. */
export interface StoredSoFar extends SourceTotals {
  /** The entry at hand. */
  readonly current: string;
}

/** Says how far a snapshot is: in files, and once it is known what there is in all, in bytes. */
export function reportStored(
  { files, bytes, current }: StoredSoFar,
  totals: SourceTotals | undefined,
  progress: Progress,
): void {
  const aside = totals !== undefined;
  progress({ phase: 'store', done: files, total: totals?.files, unit: 'items', current, aside });
  progress({
    phase: 'read',
    done: bytes,
    total: totals?.bytes,
    unit: 'bytes',
    current: aside ? current : undefined,
  });
}
