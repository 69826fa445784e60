import { type FileHandle, link, lstat, mkdir, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { retry } from '#foundation/retry.ts';
import { checkedChunks } from '../bodies.ts';
import { raise } from '../errors.ts';
import type { Body, ObjectInfo, PutOptions, StoreOptions } from '../object-store.ts';
import { codeOf, isAbsent, passesSoon } from './failures.ts';
import { keepFresh, letRest } from './heartbeat.ts';
import { type Place, refuseLinks, unfinishedDirectory } from './places.ts';
import { nameOfWrite, thisWriter } from './writers.ts';

/** Whether what the key holds is replaced, or makes the write fail with `storage.already-exists`. */
export type Publish = 'replace' | 'if-absent';

/** A file below {@link unfinishedDirectory}, in a directory of its own, that is to become an object. */
export interface TemporaryFile {
  readonly file: FileHandle;
  readonly path: string;
  /** What is removed in the end. */
  readonly directory: string;
  /** The uppermost directory that had to be made for it: the location's own, or one above that, where this is its first write. */
  readonly firstMade: string | undefined;
}

/**
 * Writes an object so that its key changes in one step, after the bytes are on the disk: into
 * `.hozon-unfinished/WRITE/KEY`, synced, then renamed or (if-absent) linked to its place, whose directory is
 * synced too. Files are made with mode 0600, directories with 0700.
 */
export async function writeAtomically(
  place: Place,
  body: Body,
  publish: Publish,
  options: PutOptions,
): Promise<ObjectInfo> {
  const { size, signal } = options;
  const temporary = await makeTemporary(place, 'wx');
  try {
    for await (const chunk of checkedChunks(body, { url: place.url, key: place.key, size, signal })) {
      await writeFully(temporary.file, chunk);
    }
    return await publishTemporary(temporary, place, publish, options);
  } finally {
    await removeTemporary(temporary);
  }
}

/** Makes the file of a new write of the object: to be written to, with `wx+` also to be read. It is kept fresh until it is published or removed. */
export async function makeTemporary(place: Place, flags: 'wx' | 'wx+'): Promise<TemporaryFile> {
  await refuseLinks(place);
  const directory = join(place.root, unfinishedDirectory, nameOfWrite(await thisWriter()));
  const path = join(directory, place.key);
  await refuseLinks({ ...place, directory });
  try {
    const firstMade = await makeDirectories(place, dirname(path));
    const file = await open(path, flags, 0o600);
    keepFresh(file);
    return { file, path, directory, firstMade };
  } catch (thrown) {
    await removeDirectory(directory);
    throw thrown;
  }
}

export interface PublishOptions extends StoreOptions {
  /** Whether what is refused for want of something that others give back is asked for again: for who could not write the bytes again. */
  readonly patient?: boolean;
}

/**
 * Makes a file whose bytes are all written the object of a place, which need not be the one that it was made for; closes it. What is told of
 * bytes that did not come onto the disk is final: to ask again would not bring them there.
 */
export async function publishTemporary(
  { file, path, firstMade }: TemporaryFile,
  place: Place,
  publish: Publish,
  { signal, patient = false }: PublishOptions,
): Promise<ObjectInfo> {
  letRest(file); // its time is the object's from here on
  await file.sync();
  const stat = await file.stat();
  await file.close();
  signal?.throwIfAborted();
  const patiently: typeof retry = (action, options) => (patient ? retry(action, options) : action(1));
  const retryable = passesSoon;
  const madeThen = await patiently(() => moveIntoPlace(path, place, publish), { signal, retryable });
  await patiently(() => syncDirectories(place, [firstMade, madeThen]), { retryable });
  return { key: place.key, size: stat.size, modified: stat.mtime };
}

/** Closes and removes what is left of a write. */
export async function removeTemporary({ file, directory }: TemporaryFile): Promise<void> {
  letRest(file);
  await file.close().catch(() => {}); // what counts of closing was told to who published it
  await removeDirectory(directory);
}

/** Whether the key changed is decided by now; what cannot be removed is listed by `unfinished`. */
async function removeDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true }).catch(() => {});
}

/**
 * Bytes that one call writes. Linux takes the memory of its page cache in pieces as long as the call; of long ones, which are rarely at
 * hand, the copy of a pack took five times the processor time.
 */
const longestWrite = 256 * 1024;

async function writeFully(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, at, Math.min(longestWrite, chunk.length - at));
    at += bytesWritten;
  }
}

/** How often a directory may vanish under a writer (a delete removes the ones it empties) before it gives up. */
const attempts = 100;

/** Returns the uppermost directory that had to be made. */
async function moveIntoPlace(temporary: string, place: Place, publish: Publish): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      const firstMade = await makeDirectories(place, place.directory);
      if (publish === 'replace') await rename(temporary, place.path);
      else await linkInto(temporary, place);
      return firstMade;
    } catch (thrown) {
      const again =
        attempt < attempts && (codeOf(thrown) === 'ENOENT' || (await wasEmptyDirectory(thrown, place)));
      if (!again) throw thrown;
    }
  }
}

async function linkInto(temporary: string, place: Place): Promise<void> {
  try {
    await link(temporary, place.path);
  } catch (thrown) {
    // NFS repeats a request whose answer was lost, and then sees its own link
    if (codeOf(thrown) === 'EEXIST' && (await stat(temporary)).nlink === 2) return;
    if (codeOf(thrown) === 'EEXIST' && !(await isOwnFolder(place.path))) {
      throw raise['already-exists']({ url: place.url, key: place.key }, { cause: thrown });
    }
    if (codeOf(thrown) === 'EPERM') {
      throw raise.unsupported(
        { url: place.url, reason: 'hard links: link(2) answered EPERM' },
        { cause: thrown },
      );
    }
    throw thrown;
  }
}

/**
 * Whether what stood in the way was a directory that held nothing, which is now gone. One that holds objects is
 * a `storage.key-conflict`.
 */
async function wasEmptyDirectory(thrown: unknown, place: Place): Promise<boolean> {
  const code = codeOf(thrown);
  if (code !== 'EISDIR' && code !== 'EEXIST' && code !== 'ENOTEMPTY') return false;
  try {
    await rmdir(place.path);
    return true;
  } catch (inTheWay) {
    if (isAbsent(inTheWay)) return true;
    throw raise['key-conflict']({ url: place.url, key: place.key }, { cause: inTheWay });
  }
}

/** Whether a directory, not a link to one, is in the object's place. */
async function isOwnFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (thrown) {
    if (isAbsent(thrown)) return false;
    throw thrown;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (thrown) {
    if (isAbsent(thrown)) return false;
    throw thrown;
  }
}

/** Makes a directory and those above it; returns the uppermost that it had to make. */
async function makeDirectories(place: Place, directory: string): Promise<string | undefined> {
  try {
    return await makeChain(directory);
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'ENOTDIR' || code === 'EEXIST') {
      throw raise['key-conflict']({ url: place.url, key: place.key }, { cause: thrown });
    }
    throw thrown;
  }
}

/**
 * Not mkdir's own `recursive`: where a directory exists in which none can be made (/proc, automounts), it tries
 * for ever.
 */
async function makeChain(directory: string): Promise<string | undefined> {
  try {
    return await makeOne(directory);
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT' || directory === dirname(directory)) throw thrown;
  }
  const firstMade = await makeChain(dirname(directory));
  const made = await makeOne(directory);
  return firstMade ?? made;
}

/** Makes one directory, unless it is there; `undefined` then. ENOENT if it vanishes while that is found out. */
async function makeOne(directory: string): Promise<string | undefined> {
  try {
    await mkdir(directory, { mode: 0o700 });
    return directory;
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw thrown;
    const entry = await lstat(directory);
    if (entry.isDirectory() || (await isDirectory(directory))) return undefined;
    throw thrown;
  }
}

/**
 * Makes the object's name durable, and those of all directories above it up to the root (another writer may have
 * made one and not have synced it yet), and above that those that were made for this write.
 */
async function syncDirectories(place: Place, firstMade: readonly (string | undefined)[]): Promise<void> {
  const above = firstMade.map(made => (made === undefined ? place.root : dirname(made)));
  const last = above.reduce((upper, each) => (each.length < upper.length ? each : upper), place.root);
  for (let at = place.directory; at.length >= last.length; at = dirname(at)) {
    await syncDirectory(at);
    if (at === dirname(at)) return;
  }
}

async function syncDirectory(path: string): Promise<void> {
  let directory: FileHandle;
  try {
    directory = await open(path, 'r');
  } catch (thrown) {
    if (isAbsent(thrown)) return; // emptied and removed by a delete meanwhile
    throw thrown;
  }
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
