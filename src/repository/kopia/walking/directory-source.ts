import { setImmediate } from 'node:timers/promises';
import { bytePath, pathBytes } from '../../trees/byte-path.ts';
import { type Excludes, Exclusion, excludeRules, excludesNothing } from '../../trees/excludes/exclusion.ts';
import type { Describe } from '../../trees/local-entry.ts';
import type { SourceEvent, SourceTotals, TreeSource } from '../../trees/source.ts';
import { type IgnoreTree, plainIgnoreTree } from '../policies/ignoring/ignore-tree.ts';
import type { FollowedWalk, Follower } from './follower.ts';
import { type LeftOut, SnapshotWalk } from './snapshot-walk.ts';

export interface KopiaDirectoryOptions {
  /** What policies say of files; kopia's defaults without it. */
  readonly rules?: IgnoreTree | undefined;
  /** Leaves out more, by restic's rules. */
  readonly excludes?: Excludes | undefined;
  /** What is told of each entry: everything, unless told otherwise; such a source cannot be followed. */
  readonly describe?: Describe | undefined;
}

/** What a kopia snapshot is of, by path. */
export interface KopiaSource extends TreeSource {
  /** What the rules left out; all of it once the events have ended. */
  readonly leftOut: LeftOut;
  /** The same as its events, for one who has each of them at once; absent where another thread walks, or not everything is told. */
  readonly follow?: ((follower: Follower) => FollowedWalk) | undefined;
}

/** A directory of this machine, walked by the thread that asks for it. */
export interface KopiaDirectorySource extends KopiaSource {
  /** What there was in all, as soon as it has been gone through. */
  readonly found: SourceTotals | undefined;
}

/** Events of one batch, and entries that are looked at for it at most: some milliseconds of work, between which others get their turn. */
const [batchEvents, batchLooks] = [512, 2048];
/** Where each takes long, as on a slow disk, a step ends after so many milliseconds; how often that is looked at, in entries. */
const [stepTime, looksBetween] = [25, 32];

export const nothingLeftOut: LeftOut = { files: 0, directories: 0, bytes: 0 };

/**
 * A directory or a file of this machine as kopia walks it: the root first, with an empty path, then what is in it, in the order of
 * the names' bytes; rules of policies, and of files such as `.kopiaignore`, are applied. Sockets, devices and
 * fifos are told too. A directory that cannot be listed, or whose rules cannot be read, is a `failed` entry.
 *
 * @param root an absolute path
 * @throws `repository.bad-pattern`, `repository.bad-mark`; when events are asked for, what the system says of the root
 */
export function kopiaDirectorySource(
  root: Buffer,
  options: KopiaDirectoryOptions = {},
): KopiaDirectorySource {
  const excludes = options.excludes === undefined ? undefined : excludeRules(options.excludes);
  const { rules = plainIgnoreTree(), describe } = options;
  let current: SnapshotWalk | undefined;
  const walked = (follower?: Follower): Walked => {
    const marks: SourceEvent[] = [];
    const failure = (mark: string, error: NodeJS.ErrnoException): void =>
      void marks.push({ kind: 'failed', path: pathBytes(mark), error });
    const exclusion =
      excludes && !excludesNothing(excludes)
        ? new Exclusion(excludes, { devices: new Map(), failure })
        : undefined;
    current = new SnapshotWalk(bytePath(root), rules, { exclusion, describe, follower });
    return { walk: current, marks };
  };
  const follow = (follower: Follower): FollowedWalk => {
    const { walk, marks } = walked(follower);
    return {
      get ended() {
        return walk.ended;
      },
      step: () => step(walk, follower, marks),
    };
  };
  return {
    roots: [root],
    get leftOut() {
      return current?.leftOut ?? nothingLeftOut;
    },
    get found() {
      return current?.ended === true ? current.found : undefined;
    },
    async *events({ signal }) {
      signal?.throwIfAborted();
      const { walk, marks } = walked();
      while (!walk.ended) {
        const batch = [...batchOf(walk), ...marks.splice(0)];
        if (batch.length > 0) yield batch;
        await setImmediate();
        signal?.throwIfAborted();
      }
    },
    follow: describe === undefined ? follow : undefined,
  };
}

interface Walked {
  readonly walk: SnapshotWalk;
  /** What was found wrong with marks of directories, told after a batch. */
  readonly marks: SourceEvent[];
}

function batchOf(walk: SnapshotWalk): readonly SourceEvent[] {
  const batch: SourceEvent[] = [];
  for (let looked = 0; batch.length < batchEvents && looked < batchLooks && !walk.ended; looked++) {
    batch.push(...walk.next());
  }
  return batch;
}

async function step(walk: SnapshotWalk, follower: Follower, marks: SourceEvent[]): Promise<void> {
  let told = 0;
  const begun = performance.now();
  for (let looked = 0; told < batchEvents && looked < batchLooks && !walk.ended; looked++) {
    if (looked % looksBetween === looksBetween - 1 && performance.now() - begun > stepTime) break;
    const events = walk.next();
    for (let at = 0; at < events.length; at++) {
      const event = events[at];
      const waiting = event && follower.take(event);
      if (waiting !== undefined) await waiting;
    }
    told += events.length;
  }
  for (const event of marks.splice(0)) await follower.take(event);
}
