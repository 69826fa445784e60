import { fstatSync, readSync } from 'node:fs';
import { constants, platform } from 'node:os';
import { errno, type LibcFunction, libc, systemError } from './libc.ts';

/** Reads bytes of a file from a position on; how many, 0 at its end. */
export type ReadAt = (into: Uint8Array, at: number) => number;

/** Of Linux's `unistd.h`. Source: lseek(2), "Seeking file data and holes". */
const [seekData, seekHole] = [3, 4];
/** Holes of files that are not longer are read as they are: to look for them takes longer. */
const shortFile = 1024 * 1024;

let lseekCall: LibcFunction | undefined;

function lseek(fd: number, at: number, whence: number): number {
  lseekCall ??= libc('lseek', 'int64', ['int', 'int64', 'int']);
  return lseekCall(fd, at, whence);
}

/**
 * Reads an open file; what is a hole in it is filled with zeros here, and never read. A file that is not sparse, or lies on a file
 * system that knows no holes, is read as any other. Of a file that changes meanwhile, some of both is read, as always.
 */
export function sparseReader(fd: number): ReadAt {
  const plain: ReadAt = (into, at) => readSync(fd, into, 0, into.length, at);
  let reader: ReadAt | undefined;
  return (into, at) => {
    if (at === 0 && reader === undefined) return plain(into, at);
    reader ??= (platform() === 'linux' ? holeReader(fd, plain) : undefined) ?? plain;
    return reader(into, at);
  };
}

/** `undefined` where the file has no holes that are worth it. */
function holeReader(fd: number, plain: ReadAt): ReadAt | undefined {
  const { size, blocks } = fstatSync(fd);
  if (size <= shortFile || blocks * 512 >= size) return undefined;
  /** What is known of the file: data from `data` to `hole`, and a hole from `from` to `data`. */
  let [from, data, hole] = [0, 0, 0];
  return (into, at) => {
    if (at >= size) return plain(into, at);
    if (at < from || at >= hole) {
      from = at;
      data = nextData(fd, at, size);
      hole = data >= size ? size : nextHole(fd, data, size);
    }
    if (at < data) return zeros(into, data - at);
    return plain(into.subarray(0, Math.min(into.length, hole - at)), at);
  };
}

function zeros(into: Uint8Array, most: number): number {
  const length = Math.min(into.length, most);
  into.fill(0, 0, length);
  return length;
}

/** Where data begins at or after a position; the size where nothing but a hole comes. */
function nextData(fd: number, at: number, size: number): number {
  const found = lseek(fd, at, seekData);
  if (found >= 0) return Math.min(found, size);
  const number = errno();
  if (number === constants.errno.ENXIO) return size;
  if (number === constants.errno.EINVAL) return at;
  throw systemError('lseek', Buffer.alloc(0), number);
}

function nextHole(fd: number, at: number, size: number): number {
  const found = lseek(fd, at, seekHole);
  return found > at ? Math.min(found, size) : size;
}
