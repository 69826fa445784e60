import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { raise } from '../errors.ts';
import { checkKey } from '../keys.ts';
import { isAbsent } from './failures.ts';

/**
 * The directory that holds what is being written, at the top of a location. No key may have a segment of this
 * name, and no listing shows it at any depth, because a location may lie inside another one.
 */
export const unfinishedDirectory = '.hozon-unfinished';

/** Where an object lies. */
export interface Place {
  readonly root: string;
  readonly url: string;
  readonly key: string;
  readonly path: string;
  /** The directory that holds it. */
  readonly directory: string;
}

/** Where an object of this key lies, or `storage.invalid-key`. */
export function placeOf(root: string, url: string, key: string): Place {
  checkKey(key);
  if (key.split('/').includes(unfinishedDirectory)) {
    throw raise['invalid-key']({ key, reason: `the name ${unfinishedDirectory} is reserved` });
  }
  const path = join(root, key);
  return { root, url, key, path, directory: dirname(path) };
}

/**
 * Whether `directory`, inside `root`, is there without a symbolic link between the two. (`root` itself may be
 * reached through links.) Links are not followed, so for readers nothing is behind them.
 */
export async function isOwnDirectory(root: string, directory: string): Promise<boolean> {
  const [realRoot, real] = await Promise.all([realOrAbsent(root), realOrAbsent(directory)]);
  return realRoot !== undefined && real === join(realRoot, directory.slice(root.length));
}

/** Throws `storage.symlink` if a writer would follow a symbolic link on the way to the object's directory. */
export async function refuseLinks(place: Place): Promise<void> {
  const realRoot = await realOrAbsent(place.root);
  if (realRoot === undefined) return;
  let at = place.directory;
  let real = await realOrAbsent(at);
  while (real === undefined && at.length > place.root.length) {
    at = dirname(at);
    real = await realOrAbsent(at);
  }
  if (real !== undefined && real !== join(realRoot, at.slice(place.root.length))) {
    throw raise.symlink({ url: place.url, key: place.key });
  }
}

async function realOrAbsent(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
}
