import type { WalkSetup } from '../../trees/walk-thread/messages.ts';
import { WalkingThread, workerProgram } from '../../trees/walk-thread/walking-thread.ts';
import type { IgnoreTree } from '../policies/ignoring/ignore-tree.ts';
import { type KopiaDirectoryOptions, type KopiaSource, nothingLeftOut } from './directory-source.ts';
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
}

/**
 * {@link kopiaDirectorySource} in a thread of its own, which begins at once: while a repository is being opened, and while what it
 * found is being stored, it goes on, as far as some ten thousand entries ahead. It can be asked for its events once.
 */
export function kopiaWalkingSource(
  root: Buffer,
  { rules, excludes, scan = false }: KopiaWalkingOptions = {},
): KopiaSource & AsyncDisposable {
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
