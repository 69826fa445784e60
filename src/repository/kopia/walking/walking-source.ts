import { CountingThread } from '../../trees/walk-thread/counting-thread.ts';
import type { WalkSetup } from '../../trees/walk-thread/messages.ts';
import { isWorthThread } from '../../trees/walk-thread/walking-source.ts';
import { WalkingThread, workerProgram } from '../../trees/walk-thread/walking-thread.ts';
import type { IgnoreTree } from '../policies/ignoring/ignore-tree.ts';
import {
  type KopiaDirectoryOptions,
  type KopiaSource,
  kopiaDirectorySource,
  nothingLeftOut,
} from './directory-source.ts';
import { type Counting, LateCount } from './late-count.ts';
import type { LeftOut } from './snapshot-walk.ts';

/** What a thread that walks for a kopia snapshot is given. */
export interface KopiaWalkSetup {
  readonly root: Uint8Array;
  readonly rules: IgnoreTree | undefined;
  readonly excludes: WalkSetup['excludes'] | undefined;
  readonly tells: 'events' | 'events and totals' | 'totals';
}

export interface KopiaWalkingOptions extends Omit<KopiaDirectoryOptions, 'describe'> {
  /** Tells what there is in all: a thread that walks counts while it is ahead of who follows it; without one, it is known at the end. */
  readonly scan?: boolean | undefined;
  /** Whether to have a thread of its own that walks: unless told, to scan, and where {@link isWorthThread}. */
  readonly threaded?: boolean | undefined;
  /** To scan without such a thread: lets another one count meanwhile. */
  readonly counting?: Counting | undefined;
}

/**
 * {@link kopiaDirectorySource}, where that is worth it in a thread of its own, which begins at once: while a repository is being opened, and while what it
 * found is being stored, it goes on, as far as some ten thousand entries ahead. It can be asked for its events once. Only without
 * such a thread it can be followed.
 */
export function kopiaWalkingSource(
  root: Buffer,
  options: KopiaWalkingOptions = {},
): KopiaSource & AsyncDisposable {
  const { rules, excludes, scan = false, threaded = scan || isWorthThread() } = options;
  if (!threaded) return plainSource(root, options);
  const tells = scan ? 'events and totals' : 'events';
  const thread = new WalkingThread<KopiaWalkSetup, LeftOut>(program(), { root, rules, excludes, tells });
  return {
    roots: [root],
    get totals() {
      return thread.totals;
    },
    get leftOut() {
      return thread.result ?? nothingLeftOut;
    },
    events: ({ signal }) => thread.events(signal),
    [Symbol.asyncDispose]: () => thread.stop(),
  };
}

function program(): URL {
  return workerProgram(import.meta.url, './walk-worker.ts', 'kopia-walk-worker');
}

function plainSource(
  root: Buffer,
  { rules, excludes, scan = false, counting }: KopiaWalkingOptions,
): KopiaSource & AsyncDisposable {
  const source = kopiaDirectorySource(root, { rules, excludes });
  const { follow } = source;
  const setup: KopiaWalkSetup = { root, rules, excludes, tells: 'totals' };
  const begin = (): CountingThread<KopiaWalkSetup> => new CountingThread(program(), setup);
  const count = scan && counting !== undefined ? new LateCount(counting, begin) : undefined;
  return {
    roots: source.roots,
    get totals() {
      return scan ? (source.found ?? count?.totals) : undefined;
    },
    // both are known only as the walk goes on, so they are asked for each time
    get leftOut() {
      return source.leftOut;
    },
    events: given => source.events(given),
    follow: count === undefined || follow === undefined ? follow : by => count.beside(follow(by)),
    [Symbol.asyncDispose]: async () => count?.end(),
  };
}
