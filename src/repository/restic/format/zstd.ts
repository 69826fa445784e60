import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { keptDecompressor } from '../../format/kept-zstd.ts';

/** How hard data is compressed; trees and documents always are, as by `auto`. */
export type Compression = 'off' | 'auto' | 'max';

/** Levels of zstd whose sizes are those of restic's default, at nearly the speed of level 1, and of its `max` (measured). */
export const zstdLevels = { auto: 2, max: 11 } as const;

/** One zstd frame that says how long its content is. */
export function compress(plain: Uint8Array, level: number = zstdLevels.auto): Buffer {
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  return zstdCompressSync(plain, { params, pledgedSrcSize: plain.length });
}

/** The content of zstd frames; `undefined` where they are damaged or hold more than `limit` bytes. */
export function decompress(compressed: Uint8Array, limit: number): Buffer | undefined {
  try {
    return zstdDecompressSync(compressed, { maxOutputLength: Math.max(limit, 1) });
  } catch {
    return undefined;
  }
}

/** The content of a frame that is said to hold so many bytes; `undefined` where it is damaged or holds more. */
export function decompressBlob(frame: Uint8Array, size: number): Buffer | undefined {
  const target = Buffer.allocUnsafe(size);
  return keptDecompressor()?.(frame, target) === true ? target : decompress(frame, size);
}
