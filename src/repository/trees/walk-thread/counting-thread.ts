import { Worker } from 'node:worker_threads';
import { endThread } from '../../posix/thread-end.ts';
import type { SourceTotals } from '../source.ts';
import type { FromWalk } from './messages.ts';

/** A thread that only counts what there is in all. Where it fails, nothing is known; nobody is told, and nothing else fails. */
export class CountingThread<Setup> {
  readonly #worker: Worker | undefined;
  #totals: SourceTotals | undefined;

  /** @param program one that counts, as {@link serveCount} does */
  constructor(program: URL, setup: Setup) {
    this.#worker = begun(program, setup);
    this.#worker?.on('message', (message: FromWalk) => {
      if (message.kind === 'totals') this.#totals = message.totals;
    });
  }

  /** Once it is known. */
  get totals(): SourceTotals | undefined {
    return this.#totals;
  }

  async stop(): Promise<void> {
    if (this.#worker !== undefined) await endThread(this.#worker);
  }
}

/** `undefined` where the system has no room for another thread. */
function begun(program: URL, workerData: unknown): Worker | undefined {
  try {
    const worker = new Worker(program, { workerData, name: 'count', execArgv: [] });
    worker.on('error', () => {});
    return worker;
  } catch {
    return undefined;
  }
}
