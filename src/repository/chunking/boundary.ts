import { type ChunkSizes, resticSizes } from './chunker.ts';
import { type LanesKernel, lanes, longestSegment, makeLanesKernel } from './lanes-kernel.ts';
import { makeRabinKernel, type RabinKernel, windowSize } from './rabin-kernel.ts';

/**
 * Finds where a chunk ends that lies in memory from its beginning. Whether a boundary can be behind a byte depends on the 64
 * bytes before it alone, so a search can begin anywhere.
 */
export interface BoundaryFinder {
  readonly sizes: Pick<ChunkSizes, 'min' | 'max'>;
  /** Room for the longest chunk; what lies here is searched without being copied. */
  readonly room: Uint8Array;
  /**
   * The smallest length greater than `from` and at most `to` with which the chunk at the beginning of `bytes` can end; 0
   * where there is none. The greatest length that a chunk can have is not looked at here.
   */
  readonly find: (bytes: Uint8Array, from: number, to: number) => number;
}

/** Fewer bytes than these are not worth sixteen windows to be filled. */
const leastForLanes = 2048;

/** A finder for one polynomial, of its own memory; it belongs to one thread. Chunks have at least 65 bytes. */
export function makeBoundaryFinder(polynomial: bigint, sizes: ChunkSizes = resticSizes): BoundaryFinder {
  const kernel = makeLanesKernel(polynomial, sizes.mask, sizes.max);
  const rest = makeRabinKernel(polynomial);
  if (kernel === undefined) return makePlainFinder(polynomial, sizes);
  return {
    sizes,
    room: kernel.room,
    find: (bytes, from, to) => {
      let at = Math.max(from, sizes.min - 1);
      while (to - at >= leastForLanes) {
        const segment = Math.min(longestSegment, 16 * Math.floor((to - at) / (16 * lanes)));
        const found = scanLanes(kernel, { bytes, at, segment });
        if (found !== 0) return at + found;
        at += lanes * segment;
      }
      return findWith(rest, bytes, { from: at, to, mask: sizes.mask });
    },
  };
}

/** The same with one digest at a time. */
export function makePlainFinder(polynomial: bigint, sizes: ChunkSizes = resticSizes): BoundaryFinder {
  const kernel = makeRabinKernel(polynomial);
  return {
    sizes,
    room: new Uint8Array(new ArrayBuffer(sizes.max)),
    find: (bytes, from, to) =>
      findWith(kernel, bytes, { from: Math.max(from, sizes.min - 1), to, mask: sizes.mask }),
  };
}

function scanLanes(
  { room, staging, scan }: LanesKernel,
  { bytes, at, segment }: { bytes: Uint8Array; at: number; segment: number },
): number {
  if (bytes.buffer === room.buffer) return scan(bytes.byteOffset + at, segment);
  staging.set(bytes.subarray(at - windowSize, at + lanes * segment));
  return scan(staging.byteOffset + windowSize, segment);
}

function findWith(
  kernel: RabinKernel,
  bytes: Uint8Array,
  { from, to, mask }: { from: number; to: number; mask: bigint },
): number {
  for (let at = from; at < to; ) {
    const end = Math.min(to, at + kernel.input.length - windowSize);
    const begun = at + 1 - windowSize;
    const found = findIn(kernel, bytes.subarray(begun, end), mask);
    if (found !== 0) return begun + found;
    at = end;
  }
  return 0;
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
