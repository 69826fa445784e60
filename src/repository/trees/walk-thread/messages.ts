import type { SourceTotals } from '../source.ts';
import type { EventBatch } from './event-batch.ts';

/** What a walking thread is given. Bytes arrive as plain ones. */
export interface WalkSetup {
  readonly targets: readonly Uint8Array[];
  readonly base: Uint8Array;
  readonly excludes: {
    readonly patterns?: readonly Uint8Array[] | undefined;
    readonly patternsIgnoringCase?: readonly Uint8Array[] | undefined;
    readonly ifPresent?: readonly Uint8Array[] | undefined;
    readonly caches?: boolean | undefined;
    readonly largerThan?: number | undefined;
    readonly oneFileSystem?: boolean | undefined;
  };
  /** Whether to count ahead what there is in all. */
  readonly scan: boolean;
  /** Batches that may wait to be taken; {@link batchesAhead} unless told. */
  readonly ahead?: number | undefined;
}

/** What it says; after the last two kinds, nothing more. */
export type FromWalk =
  | { readonly kind: 'events'; readonly batch: EventBatch }
  | { readonly kind: 'totals'; readonly totals: SourceTotals }
  | { readonly kind: 'end'; readonly result?: unknown }
  | { readonly kind: 'failed'; readonly error: Error };

/** Batches that may wait to be taken: some ten thousand events, a few megabytes. Taking one is answered to the thread. */
export const batchesAhead = 32;
