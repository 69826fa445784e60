import type { BoundaryFinder } from './boundary.ts';

/** Fills the beginning of a buffer with what comes next; how many bytes: 0 at the end. */
export type Read = (into: Uint8Array, position: number) => number;

/** Bytes that are read at once: they are still in the processor's cache when they are searched. */
const step = 256 * 1024;

/**
 * Reads the chunk that begins at `position` into the finder's room; its length, 0 at the end. What was read beyond the
 * chunk is read again for the next one.
 */
export function nextChunk({ room, sizes, find }: BoundaryFinder, read: Read, position: number): number {
  for (let length = 0; ; ) {
    const count = read(room.subarray(length, Math.min(length + step, sizes.max)), position + length);
    if (count === 0) return length;
    const boundary = find(room, length, length + count);
    if (boundary !== 0) return boundary;
    length += count;
    if (length === sizes.max) return length;
  }
}
