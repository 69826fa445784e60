import { type ChunkSizes, resticSizes } from './chunker.ts';
import { makeRabinKernel, type RabinKernel, windowSize } from './rabin-kernel.ts';

/**
 * Finds where a chunk ends that lies in memory from its beginning. Whether a boundary can be behind a byte depends on the 64
 * bytes before it alone, so a search can begin anywhere.
 */
export interface BoundaryFinder {
  readonly sizes: ChunkSizes;
  /**
   * Room for the longest chunk, where a search need not copy first.
   */
  readonly room: Uint8Array;
  /**
   * The smallest length greater than `from` and at most `to` with which the chunk at the beginning of `bytes` can end; 0
   * where there is none. The greatest length that a chunk can have is not looked at here.
   */
  readonly find: (bytes: Uint8Array, from: number, to: number) => number;
}

/** A finder for one polynomial, of its own memory; it belongs to one thread. */
export function makeBoundaryFinder(polynomial: bigint, sizes: ChunkSizes = resticSizes): BoundaryFinder {
  const kernel = makeRabinKernel(polynomial);
  return {
    sizes,
    room: new Uint8Array(new ArrayBuffer(sizes.max)),
    find: (bytes, from, to) => {
      for (let at = Math.max(from, sizes.min - 1); at < to; ) {
        const end = Math.min(to, at + kernel.input.length - windowSize);
        const found = findIn(kernel, bytes.subarray(at + 1 - windowSize, end), sizes.mask);
        if (found !== 0) return at + 1 - windowSize + found;
        at = end;
      }
      return 0;
    },
  };
}

/** How many bytes of the piece there are to the first boundary; none is where the window is not full yet. */
function findIn(kernel: RabinKernel, piece: Uint8Array, mask: bigint): number {
  kernel.input.set(piece);
  kernel.window.fill(0);
  kernel.digest = 0n;
  const silent = windowSize - 1;
  kernel.roll({ start: 0, length: silent, mask: 0n, wanted: 1n });
  const stopped = kernel.roll({ start: silent, length: piece.length - silent, mask, wanted: 0n });
  return stopped > piece.length ? 0 : stopped;
}
