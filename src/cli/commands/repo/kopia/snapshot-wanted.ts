import { lstat, realpath } from 'node:fs/promises';
import { posix } from 'node:path';
import { raise } from '#repository/errors.ts';
import type { KopiaIdentity } from '#repository/kopia/access/identity.ts';
import type { SnapshotSource } from '#repository/kopia/format/snapshot-manifest.ts';
import { ignoreTreeOf, type PolicyTree } from '#repository/kopia/policies/policy-tree.ts';
import type { KopiaSource } from '#repository/kopia/walking/directory-source.ts';
import { kopiaWalkingSource } from '#repository/kopia/walking/walking-source.ts';
import type { TreeSource } from '#repository/trees/source.ts';
import { workingDirectory } from '#repository/trees/working-directory.ts';
import { isOfThisMachine } from '#storage/filesystem/this-machine.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import { excludesOf, type SnapshotFlags, scans, standardInput, tarStream } from '../snapshot-source.ts';

/** What one snapshot is of. */
export interface WantedSnapshot {
  readonly source: SnapshotSource;
  /** What the root is called. */
  readonly rootName: Buffer;
  /** Begins to look for what is to be stored. */
  readonly open: (policies: PolicyTree, how: Opening) => Promise<TreeSource & Partial<KopiaSource>>;
}

/** A source that is gone through sooner is not counted beforehand. Milliseconds. */
const countedAfter = 1000;

/** How a source is going to be stored. */
export interface Opening {
  /** Whether there are earlier snapshots to be compared with. */
  readonly compared: boolean;
}

/**
 * The snapshots that paths and flags ask for, one for each path.
 *
 * @throws `cli.missing-argument`, `cli.bad-value`, `cli.conflicting-flags`, `repository.no-sources`
 */
export async function wantedSnapshots(
  paths: readonly string[],
  flags: SnapshotFlags,
  { identity, context }: { readonly identity: KopiaIdentity; readonly context: Context },
): Promise<readonly WantedSnapshot[]> {
  const who = { host: flags.host ?? identity.hostname, userName: identity.username };
  const wanted =
    flags.tar === true || flags.stdin === true
      ? [streamed(paths, flags, { who, context })]
      : await Promise.all(paths.map(path => onDisk(path, flags, { who, context })));
  if (wanted.length === 0) {
    throw cliErrors.raise['missing-argument']({ argument: 'PATH', help: 'hozon repo snapshot --help' });
  }
  if (flags.source === undefined) return wanted;
  if (wanted.length > 1) throw cliErrors.raise['conflicting-flags']({ flags: ['--source', paths.join(' ')] });
  const source = sourceOf(flags.source);
  return wanted.map(each => ({ ...each, source }));
}

interface Asked {
  readonly who: Omit<SnapshotSource, 'path'>;
  readonly context: Context;
}

function streamed(paths: readonly string[], flags: SnapshotFlags, { who, context }: Asked): WantedSnapshot {
  if (flags.stdin === true && paths[0] !== undefined) {
    throw cliErrors.raise['bad-value']({
      flag: '--stdin',
      given: paths[0],
      expected: '--stdin [--stdin-filename PATH]',
    });
  }
  const source = flags.tar === true ? tarStream(paths, flags, context) : standardInput(flags, context);
  const path = (source.roots[0] ?? Buffer.from('/')).toString();
  return { source: { ...who, path }, rootName: nameOf(path), open: async () => source };
}

async function onDisk(given: string, flags: SnapshotFlags, { who, context }: Asked): Promise<WantedSnapshot> {
  const path = posix.resolve(workingDirectory().toString(), given);
  const place = await resolved(path);
  return {
    source: { ...who, path },
    rootName: nameOf(place),
    open: async (policies, { compared }) => {
      const excludes = await excludesOf({ ...flags, oneFileSystem: undefined }, context);
      const rules = ignoreTreeOf(policies);
      const oneFileSystem = flags.oneFileSystem ?? rules.rules?.oneFileSystem ?? false;
      const own = rules.rules && { ...rules.rules, oneFileSystem };
      const { clock, progressIsFollowed } = context;
      const threaded = await hasOwnThread(place, compared);
      const counting = progressIsFollowed ? { clock, after: countedAfter } : undefined;
      const source = kopiaWalkingSource(Buffer.from(place), {
        rules: { ...rules, rules: own },
        excludes,
        scan: scans(flags, context),
        threaded,
        counting,
      });
      context.defer(async () => source[Symbol.asyncDispose]());
      return source;
    },
  };
}

/**
 * Whether another thread walks; `undefined` where neither is better. What has not changed is taken over at once where the walk is in this thread, in
 * less time than it takes to be told of it; also with several earlier snapshots, in every directory that is the same in all of them. But a file
 * system that hangs then holds up this thread with all that it has to do, signals too, so one that may be of a server has another to itself.
 */
async function hasOwnThread(place: string, compared: boolean): Promise<boolean | undefined> {
  if (!(await isOfThisMachine(place))) return true;
  return compared ? false : undefined;
}

/** Where a path leads if it is a symlink, as kopia follows one that is named. */
async function resolved(path: string): Promise<string> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await realpath(path) : path;
  } catch (cause) {
    throw raise['no-sources']({ targets: [path] }, { cause });
  }
}

function nameOf(path: string): Buffer {
  return Buffer.from(posix.basename(path) || '/');
}

/** @throws `cli.bad-value` */
function sourceOf(given: string): SnapshotSource {
  const [, userName, host, path] = /^([^@:]+)@([^:]+):(.+)$/s.exec(given) ?? [];
  if (userName !== undefined && host !== undefined && path !== undefined) return { userName, host, path };
  throw cliErrors.raise['bad-value']({ flag: '--source', given, expected: 'USER@HOST:PATH' });
}
