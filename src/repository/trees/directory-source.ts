import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { raise } from '#repository/errors.ts';
import { type BytePath, bytePath, pathBytes } from './byte-path.ts';
import { DirectoryWalk } from './directory-walk.ts';
import type { SourceEvent, TreeSource } from './source.ts';
import { planTargets } from './targets.ts';
import { workingDirectory } from './working-directory.ts';

export interface DirectorySourceOptions {
  /** What relative targets are relative to: an absolute path; where this process is unless given. */
  readonly base?: Buffer | undefined;
}

/**
 * Files and directories of this machine, laid out as `restic backup` lays out its targets: an absolute target with the directories
 * above it, a relative one with those it names, and of `.` what is in it. Each directory's entries come
 * in the order of their names' bytes; sockets are left out; nothing below a directory that cannot be listed is told.
 * A target that does not exist is a `failed` entry and no root.
 *
 * @throws `repository.no-sources` where none of the targets exists
 */
export function directorySource(
  targets: readonly Buffer[],
  options: DirectorySourceOptions = {},
): TreeSource {
  const base = bytePath(options.base ?? workingDirectory());
  const given = targets.map(target => ({ target: bytePath(target), error: absence(base, bytePath(target)) }));
  const present = given.filter(each => each.error === undefined).map(each => each.target);
  if (present.length === 0) throw noSources(targets);
  const missing = given.flatMap(({ target, error }) => (error === undefined ? [] : [failed(target, error)]));
  return {
    roots: present.map(target => pathBytes(posix.resolve(base, target))),
    events: ({ signal }) => batches(present, { base, missing, signal }),
  };
}

interface Walked {
  readonly base: BytePath;
  readonly missing: readonly SourceEvent[];
  readonly signal?: AbortSignal | undefined;
}

async function* batches(
  targets: readonly BytePath[],
  { base, missing, signal }: Walked,
): AsyncGenerator<readonly SourceEvent[]> {
  signal?.throwIfAborted();
  const list = (directory: BytePath) => readdirSync(pathBytes(posix.resolve(base, directory)), 'latin1');
  const { tree, unlisted } = planTargets(targets, list);
  const unread = unlisted.map(({ path, error }) => failed(path, error));
  if (missing.length + unread.length > 0) yield [...missing, ...unread];
  const walk = new DirectoryWalk(tree, { base });
  while (!walk.ended) {
    const batch = walk.next();
    if (batch.length > 0) yield batch;
    await setImmediate();
    signal?.throwIfAborted();
  }
}

function absence(base: BytePath, target: BytePath): NodeJS.ErrnoException | undefined {
  try {
    lstat(posix.resolve(base, target));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return error as NodeJS.ErrnoException;
  }
  return undefined;
}

function lstat(path: BytePath): BigIntStats {
  return lstatSync(pathBytes(path), { bigint: true });
}

function failed(target: BytePath, error: NodeJS.ErrnoException): SourceEvent {
  const path = pathBytes(posix.resolve('/', target).slice(1));
  return { kind: 'failed', path, error };
}

function noSources(targets: readonly Buffer[]): Error {
  return raise['no-sources']({ targets: targets.map(target => target.toString()) });
}
