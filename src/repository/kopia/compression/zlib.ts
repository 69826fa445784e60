import {
  constants,
  deflateRawSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { keptDecompressor } from '../../format/kept-zstd.ts';
import { type Compressor, makeCompressor } from '../../pipeline/compressor.ts';
import type { Codec } from './codec.ts';

/** zstd frames; on a thread that compresses much, one context is kept. */
export function zstd(level: number): Codec {
  let kept: Compressor | undefined;
  return {
    pack: plain => {
      kept ??= makeCompressor(level);
      // Room for what does not compress at all: zstd's own bound, generously.
      const target = Buffer.allocUnsafe(plain.length + (plain.length >> 8) + 512);
      const length = kept.compress(plain, target);
      if (length > 0) return target.subarray(0, length);
      const params = { [constants.ZSTD_c_compressionLevel]: level };
      return zstdCompressSync(plain, { params, pledgedSrcSize: plain.length });
    },
    unpack: (packed, limit, into) => unzstd(packed, limit, into),
  };
}

/** Above that, memory is not taken before it is known that there is so much. */
const trustedSize = 32 * 1024 * 1024;

/** Most callers know the size, and say it as the limit: then the context that is kept does it, where Node's call makes one. */
function unzstd(packed: Uint8Array, limit: number, into: Uint8Array | undefined): Buffer {
  if (limit > 0 && limit <= trustedSize) {
    const target = into === undefined ? Buffer.allocUnsafe(limit) : bufferOf(into, limit);
    if (keptDecompressor()?.(packed, target) === true) return target;
  }
  return zstdDecompressSync(packed, { maxOutputLength: Math.max(limit, 1) });
}

/** The beginning of memory. */
function bufferOf(memory: Uint8Array, length: number): Buffer {
  return Buffer.from(memory.buffer, memory.byteOffset, length);
}

/** Streams of gzip, of which there may be several. */
export function gzip(level: number): Codec {
  return {
    pack: plain => gzipSync(plain, { level }),
    unpack: (packed, limit) => gunzipSync(packed, { maxOutputLength: Math.max(limit, 1) }),
  };
}

/** Deflate without anything around it. */
export function deflate(level: number): Codec {
  return {
    pack: plain => deflateRawSync(plain, { level }),
    unpack: (packed, limit) => inflateRawSync(packed, { maxOutputLength: Math.max(limit, 1) }),
  };
}
