import { type FileHandle, lstat, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { raise } from '../errors.ts';
import { codeOf, isAbsent, isRefused } from './failures.ts';
import type { Place } from './places.ts';

/**
 * By a location's root, the uppermost directory from there on that this process made and whose name may not be on the disk yet: the root
 * itself, or one above it. Kept until a write has synced it, which need not be the write that it was made for.
 */
const unsynced = new Map<string, { readonly made: string }>();

/** Makes a directory of a location, and those above it. */
export async function makeDirectories(place: Place, directory: string): Promise<void> {
  try {
    await makeChain(directory, place.root);
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
async function makeChain(directory: string, root: string): Promise<void> {
  try {
    return await makeOne(directory, root);
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT' || directory === dirname(directory)) throw thrown;
  }
  await makeChain(dirname(directory), root);
  await makeOne(directory, root);
}

/** Makes one directory, unless it is there. ENOENT if it vanishes while that is found out. */
async function makeOne(directory: string, root: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw thrown;
    const entry = await lstat(directory);
    if (entry.isDirectory() || (await isDirectory(directory))) return;
    throw thrown;
  }
  const known = unsynced.get(root)?.made;
  if (directory.length <= (known ?? root).length) unsynced.set(root, { made: directory });
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (thrown) {
    if (isAbsent(thrown)) return false;
    throw thrown;
  }
}

/**
 * Makes the object's name durable, and those of all directories above it up to the root (another writer may have
 * made one and not have synced it yet), and above that those that this process made. A directory above the root that
 * may not be read may well be written into: what was made there is then as durable as it can be.
 */
export async function syncDirectories(place: Place): Promise<void> {
  const { root } = place;
  for (let at = place.directory; at.length >= root.length; at = dirname(at)) {
    await syncDirectory(at);
    if (at === dirname(at)) return;
  }
  const first = unsynced.get(root);
  if (first === undefined) return;
  for (let at = root; at.length >= first.made.length && at !== dirname(at); at = dirname(at)) {
    await syncDirectory(dirname(at)).catch(unlessRefused);
  }
  if (unsynced.get(root) === first) unsynced.delete(root);
}

function unlessRefused(thrown: unknown): void {
  if (!isRefused(thrown)) throw thrown;
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
