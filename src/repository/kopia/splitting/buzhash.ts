import type { BoundaryFinder } from '../../chunking/boundary.ts';
import { type BuzhashKernel, blockSize, groupSize, makeBuzhashKernel } from './buzhash-kernel.ts';
import { buzhashWindow, makePlainBuzhash, type SplitterSizes } from './plain-buzhash.ts';

/** Cuts as {@link makePlainBuzhash} does, many bytes at once. */
export function makeBuzhash(sizes: SplitterSizes): BoundaryFinder {
  const { min, average, max } = sizes;
  const kernel = makeBuzhashKernel(max, average - 1);
  if (kernel === undefined) return makePlainBuzhash(sizes);
  return {
    sizes: { min, max },
    room: kernel.room,
    find: (bytes, from, to) => {
      const first = Math.max(from, min - 1);
      if (first >= to) return 0;
      if (bytes.buffer !== kernel.room.buffer) return findStaged(kernel, bytes, { from: first, to });
      const found = findIn(kernel, bytes.byteOffset + first, bytes.byteOffset + to);
      return found === 0 ? 0 : found - bytes.byteOffset;
    },
  };
}

function findIn({ scan, scanBlocks }: BuzhashKernel, at: number, end: number): number {
  const group = scanBlocks(at, end);
  if (group !== 0) return scan(group, group + groupSize);
  return scan(at + blockSize * Math.floor((end - at) / blockSize), end);
}

function findStaged(
  kernel: BuzhashKernel,
  bytes: Uint8Array,
  { from, to }: { from: number; to: number },
): number {
  const begin = kernel.staging.byteOffset + buzhashWindow;
  for (let at = from; at < to; at += blockSize) {
    const piece = bytes.subarray(at - buzhashWindow, Math.min(at + blockSize, to));
    kernel.staging.set(piece);
    const found = findIn(kernel, begin, begin + piece.length - buzhashWindow);
    if (found !== 0) return at + found - begin;
  }
  return 0;
}
