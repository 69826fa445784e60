import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { BoundaryFinder } from '../../chunking/boundary.ts';
import { nextChunk } from '../../chunking/next-chunk.ts';
import type { BlobStore } from './blob-store.ts';
import type { JobContent, ReadError } from './messages.ts';
import { type Calling, SharedLock } from './shared-lock.ts';

/** What a thread stores contents with. */
export interface Tools {
  readonly finder: BoundaryFinder;
  readonly blobs: BlobStore;
  readonly calling: Calling;
}

/** A link or a pipe that came where a file was must not be followed or waited for. */
export const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Stores a file of this machine. What the file system refuses is in the answer. @throws CalledOff */
export function storeFile(tools: Tools, path: Buffer): JobContent {
  try {
    const fd = openSync(path, openFlags);
    try {
      return storeOpenFile(tools, fd);
    } finally {
      closeSync(fd);
    }
  } catch (thrown) {
    return failure(thrown, path.toString());
  }
}

function storeOpenFile({ finder, blobs, calling }: Tools, fd: number): JobContent {
  const ids: Buffer[] = [];
  let size = 0;
  for (;;) {
    calling.check();
    const length = chunkOf(finder, fd, size);
    if (length === 0) return { ids, size };
    ids.push(blobs.data(finder.room.subarray(0, length)));
    size += length;
  }
}

/** Words of a shared file's cursor: a lock, the number of the next chunk, whether its end or a failure was met. */
const [lockAt, numberAt, overAt] = [0, 1, 2];
/** Where the position stands: a double, after those and a word of padding. */
const positionAt = 16;

export function newCursor(): SharedArrayBuffer {
  return new SharedArrayBuffer(positionAt + 8);
}

/**
 * Stores the chunks of a file that this thread gets hold of: the next one is found by one thread at a time, and made a
 * blob of while another one finds the next. Cuts are those that a single thread would make. @throws CalledOff
 */
export function storeSharedFile(
  { finder, blobs, calling }: Tools,
  file: { readonly fd: number; readonly path: string; readonly cursor: SharedArrayBuffer },
): JobContent {
  const words = new Int32Array(file.cursor);
  const lock = new SharedLock(words, lockAt, calling);
  const position = new Float64Array(file.cursor, positionAt, 1);
  const [ids, numbers]: [Buffer[], number[]] = [[], []];
  let size = 0;
  try {
    while (words[overAt] === 0) {
      const taken = take({ finder, lock, words, position, fd: file.fd });
      if (taken.length === 0) break;
      ids.push(blobs.data(finder.room.subarray(0, taken.length)));
      numbers.push(taken.number);
      size += taken.length;
    }
    return { ids, size, numbers };
  } catch (thrown) {
    return failure(thrown, file.path);
  }
}

interface SharedCursor {
  readonly finder: BoundaryFinder;
  readonly lock: SharedLock;
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly position: Float64Array<SharedArrayBuffer>;
  readonly fd: number;
}

/** The next chunk, into the finder's room; of length 0 where there is none. */
function take({ finder, lock, words, position, fd }: SharedCursor): { number: number; length: number } {
  lock.take();
  let length = 0;
  try {
    const at = position[0] ?? 0;
    const number = words[numberAt] ?? 0;
    if (words[overAt] === 0) length = chunkOf(finder, fd, at);
    position[0] = at + length;
    words[numberAt] = number + 1;
    return { number, length };
  } finally {
    if (length === 0) words[overAt] = 1;
    lock.leave();
  }
}

function chunkOf(finder: BoundaryFinder, fd: number, position: number): number {
  return nextChunk(finder, (into, at) => readSync(fd, into, 0, into.length, at), position);
}

/** An error of the file system as an answer; others are thrown on. */
function failure(thrown: unknown, path: string): JobContent {
  const { code, errno, syscall, message } = thrown as Partial<NodeJS.ErrnoException>;
  if (code === undefined || errno === undefined || syscall === undefined) throw thrown;
  const error: ReadError = { code, errno, syscall, path, message: message ?? code };
  return { ids: [], size: 0, error };
}
