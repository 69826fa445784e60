import { constants, readdirSync } from 'node:fs';
import { closeDescriptor, openDirectoryAt, removeDirectoryAt, statusAt, unlinkAt } from '../../posix/at.ts';
import { type BytePath, bytePath } from '../byte-path.ts';
import { codeOf } from './target-metadata.ts';

/** What became of an entry that was to be removed. */
export interface Removal {
  /** From the name on of what was to be removed first. */
  readonly path: BytePath;
  /** Why it is still there, or would be. */
  readonly code?: string | undefined;
}

export interface RemovalOptions {
  /** Only says what would be removed. */
  readonly dryRun: boolean;
}

/**
 * Removes an entry of an open directory and all that is below it, what is deepest first, and says so of each. Symlinks are removed, never
 * followed; nothing of another file system is: a directory where one is mounted stays (`EXDEV`), and those above it (`ENOTEMPTY`).
 */
export function* removeTree(directory: number, name: Buffer, options: RemovalOptions): Generator<Removal> {
  yield* removeEntry({ directory, name, path: bytePath(name) }, options, 0);
}

/** The names in an open directory, in the order of their bytes. */
export function namesIn(directory: number): Buffer[] {
  const names = readdirSync(`/proc/self/fd/${directory}`, { encoding: 'buffer' });
  return names.sort((a, b) => a.compare(b));
}

interface Doomed {
  readonly directory: number;
  readonly name: Buffer;
  readonly path: BytePath;
}

/** Directories within each other that are entered; each holds a descriptor. */
const depthLimit = 2048;

/** Whether it is gone, or would be. */
function* removeEntry(
  { directory, name, path }: Doomed,
  options: RemovalOptions,
  depth: number,
): Generator<Removal, boolean> {
  let code: string | undefined;
  try {
    const status = statusAt(directory, name);
    if (status === undefined) return true;
    const isDirectory = (status.mode & constants.S_IFMT) === constants.S_IFDIR;
    if (isDirectory) code = yield* emptyDirectory({ directory, name, path }, options, depth);
    if (code === undefined && !options.dryRun) (isDirectory ? removeDirectoryAt : unlinkAt)(directory, name);
  } catch (thrown) {
    code = codeOf(thrown);
  }
  yield { path, code };
  return code === undefined;
}

/** Why it is not empty afterwards. */
function* emptyDirectory(
  { directory, name, path }: Doomed,
  options: RemovalOptions,
  depth: number,
): Generator<Removal, string | undefined> {
  if (depth === depthLimit) return 'ELOOP';
  const descriptor = openDirectoryAt(directory, name);
  try {
    if (isMountPoint(directory, descriptor)) return 'EXDEV';
    let empty = true;
    for (const below of namesIn(descriptor)) {
      const inner = { directory: descriptor, name: below, path: `${path}/${bytePath(below)}` };
      if (!(yield* removeEntry(inner, options, depth + 1))) empty = false;
    }
    return empty ? undefined : 'ENOTEMPTY';
  } finally {
    closeDescriptor(descriptor);
  }
}

function isMountPoint(above: number, directory: number): boolean {
  return statusAt(above, itself)?.device !== statusAt(directory, itself)?.device;
}

const itself = Buffer.from('.');
