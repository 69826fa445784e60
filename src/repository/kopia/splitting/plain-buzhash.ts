import type { BoundaryFinder } from '../../chunking/boundary.ts';
import { buzhashTable } from './buzhash-table.ts';

/** Bytes that a hash depends on. A multiple of 32, so that what leaves is not rotated. */
export const buzhashWindow = 64;

/** Sizes of a dynamic splitter, in bytes. The average is a power of two. */
export interface SplitterSizes {
  readonly min: number;
  readonly average: number;
  readonly max: number;
}

/**
 * Cuts where the 32-bit cyclic hash of the last 64 bytes ends in as many zero bits as the average has: `h` becomes `rotl(h, 1) ^
 * T[leaving] ^ T[entering]`. By the definition, one byte after the other: what the kernel is compared with.
 */
export function makePlainBuzhash({ min, average, max }: SplitterSizes): BoundaryFinder {
  const table = buzhashTable();
  const mask = average - 1;
  return {
    sizes: { min, max },
    room: new Uint8Array(new ArrayBuffer(max)),
    find: (bytes, from, to) => {
      const first = Math.max(from, min - 1);
      if (first >= to) return 0;
      let hash = 0;
      for (let at = first - buzhashWindow; at < first; at++)
        hash = roll(hash, table[bytes[at] as number] as number);
      for (let at = first; at < to; at++) {
        const leaving = table[bytes[at - buzhashWindow] as number] as number;
        hash = roll(hash, leaving ^ (table[bytes[at] as number] as number));
        if ((hash & mask) === 0) return at + 1;
      }
      return 0;
    },
  };
}

function roll(hash: number, change: number): number {
  return ((hash << 1) | (hash >>> 31)) ^ change;
}
