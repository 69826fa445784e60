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
import type { LeftOut } from './snapshot-walk.ts';

/** What a thread that walks for a kopia snapshot is given. */
export interface KopiaWalkSetup {
  readonly root: Uint8Array;
  readonly rules: IgnoreTree | undefined;
  readonly excludes: WalkSetup['excludes'] | undefined;
  readonly scan: boolean;
}

export interface KopiaWalkingOptions extends Omit<KopiaDirectoryOptions, 'describe'> {
  /** Counts what there is in all, while it is ahead of who follows it. */
  readonly scan?: boolean | undefined;
  /** Whether to have a thread of its own: {@link isWorthThread} unless told, and always to scan. */
  readonly threaded?: boolean | undefined;
}

/**
 * {@link kopiaDirectorySource}, where that is worth it in a thread of its own, which begins at once: while a repository is being opened, and while what it
 * found is being stored, it goes on, as far as some ten thousand entries ahead. It can be asked for its events once.
 */
export function kopiaWalkingSource(
  root: Buffer,
  { rules, excludes, scan = false, threaded = isWorthThread() }: KopiaWalkingOptions = {},
): KopiaSource & AsyncDisposable {
  if (!threaded && !scan) return plainSource(root, { rules, excludes });
  const program = workerProgram(import.meta.url, './walk-worker.ts', 'kopia-walk-worker');
  const thread = new WalkingThread<KopiaWalkSetup, LeftOut>(program, { root, rules, excludes, scan });
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

/** What was left out is known only as the walk goes on, so it is asked for each time. */
function plainSource(root: Buffer, options: KopiaDirectoryOptions): KopiaSource & AsyncDisposable {
  const source = kopiaDirectorySource(root, options);
  return {
    roots: source.roots,
    get leftOut() {
      return source.leftOut;
    },
    events: given => source.events(given),
    follow: source.follow,
    [Symbol.asyncDispose]: async () => {},
  };
}
