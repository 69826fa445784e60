import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareKeys } from '../keys.ts';
import type { ObjectInfo } from '../object-store.ts';
import { isAbsent } from './failures.ts';
import { unfinishedDirectory } from './places.ts';

export interface WalkOptions {
  /** Only keys that begin with it. */
  readonly prefix: string;
  /** Only keys after it. */
  readonly after: string;
  readonly signal?: AbortSignal | undefined;
}

/** A child of a directory: the key, or for a directory the beginning of its keys, ending in `/`. */
interface Child {
  readonly key: string;
  readonly bytes: Buffer;
}

/**
 * The objects below `directory`, whose keys begin with `at` (empty or ending in `/`), in the order of their UTF-8
 * bytes; holds one directory's names a level. Only regular files are objects: links, sockets and names that are
 * not UTF-8 are passed over, and so is what vanishes during the walk.
 */
export async function* walk(directory: string, at: string, options: WalkOptions): AsyncGenerator<ObjectInfo> {
  for (const child of await childrenOf(directory, at)) {
    options.signal?.throwIfAborted();
    if (!mayHold(child.key, options)) continue;
    const path = join(directory, child.key.slice(at.length));
    if (child.key.endsWith('/')) {
      yield* walk(path, child.key, options);
      continue;
    }
    const info = await objectAt(path, child.key);
    if (info !== undefined) yield info;
  }
}

/** The directories of `directory` that hold an object at any depth, as prefixes that begin with `at`. */
export async function* walkFolders(
  directory: string,
  at: string,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  for (const child of await childrenOf(directory, at)) {
    if (!child.key.endsWith('/')) continue;
    const path = join(directory, child.key.slice(at.length));
    const first = await walk(path, child.key, { prefix: '', after: '', signal }).next();
    if (first.done !== true) yield child.key;
  }
}

/** What a key holds, if it is a regular file. */
export async function objectAt(path: string, key: string): Promise<ObjectInfo | undefined> {
  try {
    const stat = await lstat(path);
    return stat.isFile() ? { key, size: stat.size, modified: stat.mtime } : undefined;
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
}

function mayHold(key: string, { prefix, after }: WalkOptions): boolean {
  if (!key.endsWith('/')) return key.startsWith(prefix) && (after === '' || compareKeys(key, after) > 0);
  if (!key.startsWith(prefix) && !prefix.startsWith(key)) return false;
  return after === '' || after.startsWith(key) || compareKeys(key, after) > 0;
}

async function childrenOf(directory: string, at: string): Promise<readonly Child[]> {
  const children: Child[] = [];
  for (const entry of await entriesOf(directory)) {
    const name = utf8(entry.name);
    if (name === undefined || name === unfinishedDirectory) continue;
    const kind = await kindOf(entry, join(directory, name));
    if (kind === undefined) continue;
    const key = kind === 'directory' ? `${at}${name}/` : `${at}${name}`;
    children.push({ key, bytes: Buffer.from(key) });
  }
  return children.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
}

async function entriesOf(directory: string): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(directory, { withFileTypes: true, encoding: 'buffer' });
  } catch (thrown) {
    if (isAbsent(thrown)) return [];
    throw thrown;
  }
}

async function kindOf(entry: Dirent<Buffer>, path: string): Promise<'file' | 'directory' | undefined> {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink() || entry.isFIFO() || entry.isSocket()) return undefined;
  if (entry.isBlockDevice() || entry.isCharacterDevice()) return undefined;
  return kindByStat(path); // some file systems do not tell the type with the name
}

async function kindByStat(path: string): Promise<'file' | 'directory' | undefined> {
  try {
    const stat = await lstat(path);
    if (stat.isFile()) return 'file';
    return stat.isDirectory() ? 'directory' : undefined;
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(name: Buffer): string | undefined {
  try {
    return strictUtf8.decode(name);
  } catch {
    return undefined;
  }
}
