import { type FileHandle, link, lstat, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { retry } from '#foundation/retry.ts';
import { checkedChunks } from '../bodies.ts';
import { raise } from '../errors.ts';
import type { Body, ObjectInfo, PutOptions, StoreOptions } from '../object-store.ts';
import { makeDirectories, syncDirectories } from './directories.ts';
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
    await makeDirectories(place, dirname(path));
    const file = await open(path, flags, 0o600);
    keepFresh(file);
    return { file, path, directory };
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
  { file, path }: TemporaryFile,
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
  await patiently(() => moveIntoPlace(path, place, publish), { signal, retryable });
  await patiently(() => syncDirectories(place), { retryable });
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

async function moveIntoPlace(temporary: string, place: Place, publish: Publish): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await makeDirectories(place, place.directory);
      if (publish === 'replace') await rename(temporary, place.path);
      else await linkInto(temporary, place);
      return;
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
