/**
 * What is counted, as restic has it:
 *
 * - `restore-size`: every entry of every snapshot, a file under several names of one snapshot once.
 * - `files-by-contents`: files of different contents.
 * - `blobs-per-file`: of these, each blob once for each path.
 * - `raw-data`: blobs that the snapshots need, as they are stored.
 */
export const statsModes = ['restore-size', 'files-by-contents', 'blobs-per-file', 'raw-data'] as const;
export type StatsMode = (typeof statsModes)[number];

export interface Stats {
  readonly mode: StatsMode;
  readonly snapshots: number;
  /** Bytes; in mode `raw-data` sealed, in the others of content. */
  readonly size: number;
  readonly files?: number;
  readonly blobs?: number;
  /** Of `raw-data` in repositories of version 2. */
  readonly compression?: Compression;
}

export interface Compression {
  /** Bytes that the blobs would have sealed, were none compressed. */
  readonly uncompressedSize: number;
  /** What compressed blobs would have by what they have; absent where none is compressed. */
  readonly ratio?: number;
  /** How much of the content is in compressed blobs, in percent. */
  readonly progress: number;
  /** How much less is stored than without compression, in percent. */
  readonly saving: number;
}

/** What compression came to, of sealed bytes: all of them, and those of compressed blobs before and after. */
export function compressionOf(sums: {
  readonly size: number;
  readonly uncompressed: number;
  readonly compressed: number;
  readonly beforeCompression: number;
}): Compression {
  const { size, uncompressed, compressed, beforeCompression } = sums;
  const percent = (share: number): number => (uncompressed === 0 ? 0 : share * 100);
  return {
    uncompressedSize: uncompressed,
    ...(compressed === 0 ? {} : { ratio: beforeCompression / compressed }),
    progress: percent(beforeCompression / uncompressed),
    saving: percent(1 - size / uncompressed),
  };
}
