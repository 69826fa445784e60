import { closeSync, constants, openSync } from 'node:fs';
import type { BoundaryFinder } from '../chunking/boundary.ts';
import { nextChunk, type Read } from '../chunking/next-chunk.ts';
import { type ReadAt, sparseReader } from '../posix/sparse-read.ts';
import type { JobContent, ReadError } from './messages.ts';
import { type Calling, SharedLock } from './shared-lock.ts';
import type { Storer } from './storer.ts';

/** What a thread stores contents with. */
export interface Tools {
  readonly storer: Storer;
  readonly calling: Calling;
}

/** A link or a pipe that came where a file was must not be followed or waited for. */
export const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A file, and how many bytes it had when it was looked at. */
export interface LookedAt {
  readonly path: Buffer;
  readonly size: number;
  /** See {@link Job}. */
  readonly how: string;
}

/** Stores a file of this machine. What the file system refuses is in the answer. @throws CalledOff */
export function storeFile(tools: Tools, { path, size, how }: LookedAt): JobContent {
  try {
    const fd = openSync(path, openFlags);
    try {
      return storeOpenFile(tools, readerOf(fd, size), how);
    } finally {
      closeSync(fd);
    }
  } catch (thrown) {
    return failure(thrown, path.toString());
  }
}

function storeOpenFile({ storer, calling }: Tools, read: Read, how: string): JobContent {
  const finder = storer.finder(how);
  const [keys, lengths]: [Buffer[], number[]] = [[], []];
  for (let at = 0; ; ) {
    calling.check();
    const length = nextChunk(finder, read, at);
    if (length === 0 && (at > 0 || !storer.emptyContents)) return { keys, lengths };
    keys.push(storer.store(finder.room.subarray(0, length), how));
    lengths.push(length);
    if (length === 0) return { keys, lengths };
    at += length;
  }
}

/**
 * Reads a file from its beginning to its end. Where a read comes short and all is read that the file is said to have, nothing
 * more is asked for: a small file is one read. A file system that gives less than it could is asked again.
 */
function readerOf(fd: number, size: number): Read {
  const readAt = sparseReader(fd);
  let end = Number.POSITIVE_INFINITY;
  return (into, at) => {
    if (at >= end) return 0;
    const count = readAt(into, at);
    if (count === 0 || (count < into.length && at + count >= size)) end = at + count;
    return count;
  };
}

/** Words of a shared file's cursor: a lock, the number of the next chunk, whether its end or a failure was met, whether it is held. */
const [lockAt, numberAt, overAt, heldAt] = [0, 1, 2, 3];
/** Where the position and the end stand: doubles, after those. */
const positionAt = 16;

/** A cursor for what lies from one position of a file to another. Bytes. */
export function newCursor(from = 0, to: number = Number.POSITIVE_INFINITY): SharedArrayBuffer {
  const cursor = new SharedArrayBuffer(positionAt + 16);
  new Float64Array(cursor, positionAt).set([from, to]);
  return cursor;
}

/** Has threads end their part with the chunk they are at; or, given out again, go on. */
export function holdCursor(cursor: SharedArrayBuffer, held: boolean): void {
  Atomics.store(new Int32Array(cursor), heldAt, held ? 1 : 0);
}

/** Whether a file's end was met, or a failure. */
export function isOver(cursor: SharedArrayBuffer): boolean {
  return Atomics.load(new Int32Array(cursor), overAt) === 1;
}

/**
 * Stores the chunks of a file that this thread gets hold of: the next one is found by one thread at a time, and stored while
 * another one finds the next. Cuts are those that a single thread would make. @throws CalledOff
 */
export function storeSharedFile(
  { storer, calling }: Tools,
  file: {
    readonly fd: number;
    readonly path: string;
    readonly cursor: SharedArrayBuffer;
    readonly how: string;
  },
): JobContent {
  const words = new Int32Array(file.cursor);
  const lock = new SharedLock(words, lockAt, calling);
  const finder = storer.finder(file.how);
  const range = new Float64Array(file.cursor, positionAt);
  const read = sparseReader(file.fd);
  const [keys, lengths, numbers]: [Buffer[], number[], number[]] = [[], [], []];
  try {
    while (words[overAt] === 0 && Atomics.load(words, heldAt) === 0) {
      const taken = take({ finder, lock, words, range, read });
      if (taken.length === 0) break;
      keys.push(storer.store(finder.room.subarray(0, taken.length), file.how));
      lengths.push(taken.length);
      numbers.push(taken.number);
    }
    return { keys, lengths, numbers };
  } catch (thrown) {
    return failure(thrown, file.path);
  }
}

interface SharedCursor {
  readonly finder: BoundaryFinder;
  readonly lock: SharedLock;
  readonly words: Int32Array<SharedArrayBuffer>;
  /** The position and the end. */
  readonly range: Float64Array<SharedArrayBuffer>;
  readonly read: ReadAt;
}

/** The next chunk, into the finder's room; of length 0 where there is none. */
function take({ finder, lock, words, range, read }: SharedCursor): { number: number; length: number } {
  lock.take();
  let length = 0;
  try {
    const [from = 0, to = 0] = range;
    const number = words[numberAt] ?? 0;
    if (words[overAt] === 0) length = chunkOf(finder, read, { from, to });
    range[0] = from + length;
    words[numberAt] = number + 1;
    return { number, length };
  } finally {
    if (length === 0) words[overAt] = 1;
    lock.leave();
  }
}

function chunkOf(finder: BoundaryFinder, read: ReadAt, { from, to }: { from: number; to: number }): number {
  return nextChunk(
    finder,
    (into, at) => {
      const length = Math.min(into.length, to - at);
      return length <= 0 ? 0 : read(into.subarray(0, length), at);
    },
    from,
  );
}

/** An error of the file system as an answer; others are thrown on. */
function failure(thrown: unknown, path: string): JobContent {
  const { code, errno, syscall, message } = thrown as Partial<NodeJS.ErrnoException>;
  if (code === undefined || errno === undefined || syscall === undefined) throw thrown;
  const error: ReadError = { code, errno, syscall, path, message: message ?? code };
  return { keys: [], lengths: [], error };
}
