import { constants, zstdCompressSync } from 'node:zlib';
import { type LibcFunction, libc } from '../posix/libc.ts';

/** Makes one zstd frame, which says how long its content is. */
export interface Compressor {
  /** Writes the frame of `plain` into `target`; its length, or 0 where it does not fit. */
  readonly compress: (plain: Uint8Array, target: Uint8Array) => number;
}

/** The number of zstd's parameter for the level, in its C interface and Node's. */
const levelParameter = constants.ZSTD_c_compressionLevel;

/**
 * zstd by its own C interface, which Node's binary carries and exports: one context is kept, where Node's synchronous
 * call makes one each time (a small blob takes a tenth of the time). Where the functions are not to be found, Node's call.
 */
export function makeCompressor(level: number): Compressor {
  return keptContext(level) ?? nodesOwn(level);
}

/** Node's synchronous call. */
export function nodesOwn(level: number): Compressor {
  const params = { [levelParameter]: level };
  return {
    compress: (plain, target) => {
      const frame = zstdCompressSync(plain, { params, pledgedSrcSize: plain.length });
      if (frame.length > target.length) return 0;
      target.set(frame);
      return frame.length;
    },
  };
}

/** One context of the C library for all calls; it lives as long as the thread's process. `undefined` without the functions. */
export function keptContext(level: number): Compressor | undefined {
  let compress2: LibcFunction;
  let context: number;
  try {
    context = libc('ZSTD_createCCtx', 'void *', [])();
    const setParameter = libc('ZSTD_CCtx_setParameter', 'size_t', ['void *', 'int', 'int']);
    if (setParameter(context, levelParameter, level) > largest) return undefined;
    compress2 = libc('ZSTD_compress2', 'size_t', ['void *', 'void *', 'size_t', 'void *', 'size_t']);
  } catch {
    return undefined; // the symbols are not exported, or the way to call them is not there
  }
  return {
    compress: (plain, target) => {
      const length = compress2(context, target, target.length, plain, plain.length);
      return length > largest ? 0 : length;
    },
  };
}

/** Greater results are error codes: negative numbers as unsigned ones. */
const largest = 2 ** 40;
