import { lstatSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { raise } from '#repository/errors.ts';
import { type BytePath, bytePath, pathBytes } from './byte-path.ts';
import { DirectoryWalk, type WalkOptions } from './directory-walk.ts';
import { type Excludes, excludeRules } from './excludes/exclusion.ts';
import type { Describe } from './local-entry.ts';
import type { SourceEvent, TreeSource } from './source.ts';
import { planTargets } from './targets.ts';
import { workingDirectory } from './working-directory.ts';

export interface DirectorySourceOptions {
  /** What relative targets are relative to: an absolute path; where this process is unless given. */
  readonly base?: Buffer | undefined;
  readonly excludes?: Excludes | undefined;
  /** What is told of each entry: everything, unless told otherwise. */
  readonly describe?: Describe | undefined;
}

/**
 * Files and directories of this machine, laid out as `restic backup` lays out its targets: an absolute target with the directories
 * above it, a relative one with those it names, and of `.` what is in it. Each directory's entries come
 * in the order of their names' bytes; sockets are left out; nothing below a directory that cannot be listed is told.
 * A target that does not exist is a `failed` entry and no root.
 *
 * @throws `repository.no-sources` where none of the targets exists; `repository.bad-pattern`, `repository.bad-mark`
 */
export function directorySource(
  targets: readonly Buffer[],
  options: DirectorySourceOptions = {},
): TreeSource {
  const base = bytePath(options.base ?? workingDirectory());
  const rules = excludeRules(options.excludes ?? {});
  const looked = targets.map(bytePath).map(target => lookAt(posix.resolve(base, target), target));
  const present = looked.filter(each => each.missing === undefined);
  if (present.length === 0) throw noSources(targets);
  const missing = looked.flatMap(({ target, missing }) =>
    missing === undefined ? [] : [failed(target, missing)],
  );
  const devices = new Map(
    present.flatMap(({ path, device }) => (device === undefined ? [] : [[path, device]])),
  );
  return {
    roots: present.map(({ path }) => pathBytes(path)),
    events: ({ signal }) =>
      batches(
        present.map(({ target }) => target),
        { base, rules, devices, describe: options.describe, missing, signal },
      ),
  };
}

interface Looked {
  readonly target: BytePath;
  /** Absolute. */
  readonly path: BytePath;
  readonly device?: bigint;
  readonly missing?: NodeJS.ErrnoException;
}

interface Walked extends WalkOptions {
  readonly missing: readonly SourceEvent[];
  readonly signal?: AbortSignal | undefined;
}

async function* batches(
  targets: readonly BytePath[],
  { missing, signal, ...options }: Walked,
): AsyncGenerator<readonly SourceEvent[]> {
  signal?.throwIfAborted();
  const list = (directory: BytePath) =>
    readdirSync(pathBytes(posix.resolve(options.base, directory)), 'latin1');
  const { tree, unlisted } = planTargets(targets, list);
  const unread = unlisted.map(({ path, error }) => failed(path, error));
  if (missing.length + unread.length > 0) yield [...missing, ...unread];
  const walk = new DirectoryWalk(tree, options);
  while (!walk.ended) {
    const batch = walk.next();
    if (batch.length > 0) yield batch;
    await setImmediate();
    signal?.throwIfAborted();
  }
}

function lookAt(path: BytePath, target: BytePath): Looked {
  try {
    return { target, path, device: lstatSync(pathBytes(path), { bigint: true }).dev };
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    return cause.code === 'ENOENT' ? { target, path, missing: cause } : { target, path };
  }
}

function failed(target: BytePath, error: NodeJS.ErrnoException): SourceEvent {
  const path = pathBytes(posix.resolve('/', target).slice(1));
  return { kind: 'failed', path, error };
}

function noSources(targets: readonly Buffer[]): Error {
  return raise['no-sources']({ targets: targets.map(target => target.toString()) });
}
