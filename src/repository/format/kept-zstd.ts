import { type LibcFunction, libc } from '../posix/libc.ts';

/** Fills `target` with the content of the frame; whether that is exactly as long. */
export type Decompressor = (frame: Uint8Array, target: Uint8Array) => boolean;

let made: Decompressor | false | undefined;

/**
 * zstd by its own C interface, which Node's binary carries and exports, with one context kept for each thread: where blobs are
 * small, Node's own call takes ten times as long, most of it for a new context. `undefined` where that cannot be had.
 */
export function keptDecompressor(): Decompressor | undefined {
  made ??= make() ?? false;
  return made === false ? undefined : made;
}

function make(): Decompressor | undefined {
  let decompress: LibcFunction;
  let context: number;
  try {
    context = libc('ZSTD_createDCtx', 'void *', [])();
    decompress = libc('ZSTD_decompressDCtx', 'size_t', ['void *', 'void *', 'size_t', 'void *', 'size_t']);
  } catch {
    return undefined; // this Node does not export them, or nothing can call them
  }
  return (frame, target) => decompress(context, target, target.length, frame, frame.length) === target.length;
}
