import type { BlobInfo } from './blobs.ts';

/** A range of epochs, both ends included, whose indexes are compacted into one set of blobs. */
export interface CompactedRange {
  readonly first: number;
  readonly last: number;
  readonly blobs: readonly BlobInfo[];
}

/**
 * Which index blobs make up the repository at a moment. A repository of format 1 has no epochs: `managed` is false then, all its
 * numbers are 0 and its maps and lists empty but for {@link indexBlobs}.
 */
export interface EpochView {
  readonly managed: boolean;
  /** The epoch that new indexes are written to. */
  readonly writeEpoch: number;
  /** Contents deleted until then are absent; seconds since 1970, 0 where there is no watermark. */
  readonly watermark: number;
  /** The blobs that say where contents are, each once. */
  readonly indexBlobs: readonly BlobInfo[];
  /** The chain of ranges from epoch 0 on. */
  readonly ranges: readonly CompactedRange[];
  /** The complete compaction of an epoch. */
  readonly compactions: ReadonlyMap<number, readonly BlobInfo[]>;
  /** What was written to each epoch that the view had to look at. */
  readonly uncompacted: ReadonlyMap<number, readonly BlobInfo[]>;
  /** Markers of epochs (`xe…`) and watermarks (`xw…`). */
  readonly markers: readonly BlobInfo[];
  readonly watermarks: readonly BlobInfo[];
  /** When it was begun to be read, and until when it may be relied on. */
  readonly readAt: Date;
  readonly validUntil: Date;
}
