import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { whileNoneEnds } from './thread-end.ts';

/** A function of the C library: numbers and buffers in, a number out; -1 and {@link errno} where it failed. */
export type LibcFunction = (...given: readonly (number | bigint | Uint8Array | null)[]) => number;

interface Koffi {
  load(path: null): { func(name: string, result: string, parameters: readonly string[]): LibcFunction };
  errno(): number;
}

let loaded: { readonly koffi: Koffi; readonly library: ReturnType<Koffi['load']> } | undefined;

/**
 * A function of this process's C library, for what Node has no call for. Types are koffi's: `int`, `int64`,
 * `size_t`, `const void *`, `void *`. Calls are synchronous; some 3 µs each.
 */
export function libc(name: string, result: string, parameters: readonly string[]): LibcFunction {
  return whileNoneEnds(() => load().library.func(name, result, parameters));
}

/** The error number of the last call that failed, on this thread. */
export function errno(): number {
  return load().koffi.errno();
}

/** An error as Node's own file calls throw it: `code` (`EPERM`, …), `errno`, `syscall` and `path`. */
export function systemError(syscall: string, path: Uint8Array, number = errno()): NodeJS.ErrnoException {
  const code =
    Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
  const text = Buffer.from(path).toString();
  return Object.assign(new Error(`${code}: ${syscall} '${text}'`), {
    code,
    errno: -number,
    syscall,
    path: text,
  });
}

/** A path as C wants it. A path that holds NUL names nothing. */
export function cString(path: Uint8Array): Buffer {
  if (path.includes(0)) throw systemError('path', path, constants.errno.EINVAL);
  return Buffer.concat([path, Buffer.of(0)]);
}

/** A path on Linux has no more bytes, its NUL included. */
const longestPath = 4096;
const passed = [Buffer.alloc(longestPath), Buffer.alloc(longestPath)] as const;

/**
 * {@link cString} in memory that is used again by the next call with the same number: for names that the next call of the C library
 * takes, and nobody keeps.
 */
export function passedName(path: Uint8Array, number: 0 | 1 = 0): Buffer {
  if (path.length >= longestPath || path.includes(0)) return cString(path);
  const memory = passed[number];
  memory.set(path);
  memory[path.length] = 0;
  return memory;
}

/** Loaded when the first function is asked for: commands that touch no files do without it. */
function load(): NonNullable<typeof loaded> {
  if (loaded === undefined) {
    const koffi = addon();
    loaded = { koffi, library: koffi.load(null) };
  }
  return loaded;
}

/**
 * The package of koffi that holds its binary for this platform, and which koffi itself hands out as it is: a third less to load, in each thread.
 * Where that is not to be found, koffi knows other ways.
 */
function addon(): Koffi {
  const require = createRequire(import.meta.url);
  try {
    const name = `@koromix/koffi-${process.platform}-${process.arch}`;
    return createRequire(require.resolve('koffi'))(name) as Koffi;
  } catch {
    return require('koffi') as Koffi;
  }
}
