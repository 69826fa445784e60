import { availableParallelism } from 'node:os';
import { type DirectorySourceOptions, directorySource } from '../directory-source.ts';
import type { TreeSource } from '../source.ts';
import { workingDirectory } from '../working-directory.ts';
import type { WalkSetup } from './messages.ts';
import { WalkingThread, workerProgram } from './walking-thread.ts';

export interface WalkingSourceOptions extends Omit<DirectorySourceOptions, 'describe'> {
  /** Counts what there is in all, while it is ahead of who follows it. */
  readonly scan?: boolean | undefined;
  /** How many batches of events it may be ahead. */
  readonly ahead?: number | undefined;
  /** Whether to have a thread of its own: {@link isWorthThread} unless told, and always to scan. */
  readonly threaded?: boolean | undefined;
}

/** With so few cores, which are busy storing anyway, a thread that walks costs more than it brings (measured: a sixth of an unchanged snapshot). */
const fewCores = 2;

/** Whether walking in a thread of its own is worth it on this machine. */
export function isWorthThread(): boolean {
  return availableParallelism() > fewCores;
}

/** A source that may be at work before it is asked, until it is disposed of. */
export type WalkingSource = TreeSource & AsyncDisposable;

/**
 * {@link directorySource}, where that is worth it in a thread of its own, which begins at once: while a repository is being opened, and while what it
 * found is being stored, it goes on, as far as some ten thousand entries ahead. It can be asked for its events once.
 *
 * @throws what that throws
 */
export function walkingSource(targets: readonly Buffer[], options: WalkingSourceOptions = {}): WalkingSource {
  const {
    base = workingDirectory(),
    excludes = {},
    scan = false,
    ahead,
    threaded = isWorthThread(),
  } = options;
  const source = directorySource(targets, { excludes, base });
  if (!threaded && !scan) return { ...source, [Symbol.asyncDispose]: async () => {} };
  const program = workerProgram(import.meta.url, './walk-worker.ts', 'walk-worker');
  const thread = new WalkingThread<WalkSetup>(program, { targets, base, excludes, scan, ahead });
  return {
    roots: source.roots,
    get totals() {
      return thread.totals;
    },
    events: ({ signal }) => thread.events(signal),
    [Symbol.asyncDispose]: () => thread.stop(),
  };
}
