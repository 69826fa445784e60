import { lstatSync, readdirSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { type BytePath, bytePath, joined, pathBytes } from '../byte-path.ts';
import { globMatch } from './glob.ts';

/**
 * The paths that exist and that a pattern means, in order; with the rules of Go's `path/filepath.Glob`: directories that cannot
 * be read hold nothing. `undefined` where the pattern is malformed. A relative pattern begins at `base`.
 */
export function expandGlob(pattern: Buffer, base: BytePath): readonly Buffer[] | undefined {
  return expand(bytePath(pattern), base)?.map(pathBytes);
}

function expand(pattern: BytePath, base: BytePath): readonly BytePath[] | undefined {
  if (globMatch(pattern) === undefined) return undefined;
  if (!isPattern(pattern)) return exists(from(base, pattern)) ? [pattern] : [];
  const { directory, name } = parted(pattern);
  if (directory === pattern) return undefined;
  const directories = isPattern(directory) ? expand(directory, base) : [directory];
  return directories?.flatMap(each => matching(each, name, base));
}

function isPattern(text: BytePath): boolean {
  return /[*?[\\]/.test(text);
}

/** The name behind the last slash, and what is before it, without the slash unless it is the root. */
function parted(pattern: BytePath): { readonly directory: BytePath; readonly name: BytePath } {
  const slash = pattern.lastIndexOf('/');
  const before = pattern.slice(0, slash + 1);
  const directory = before === '' ? '.' : before === '/' ? before : before.slice(0, -1);
  return { directory, name: pattern.slice(slash + 1) };
}

function matching(directory: BytePath, name: BytePath, base: BytePath): readonly BytePath[] {
  const matches = globMatch(name);
  const path = pathBytes(from(base, directory));
  if (matches === undefined || !isDirectory(path)) return [];
  return names(path)
    .filter(matches)
    .map(each => posix.join(directory, each));
}

/** As the system takes it: `..` goes up from where it really is. */
function from(base: BytePath, path: BytePath): BytePath {
  return path.startsWith('/') ? path : joined(base, path);
}

function exists(path: BytePath): boolean {
  try {
    return lstatSync(pathBytes(path), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function isDirectory(path: Buffer): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}

function names(path: Buffer): BytePath[] {
  try {
    return readdirSync(path, 'latin1').sort();
  } catch {
    return [];
  }
}
