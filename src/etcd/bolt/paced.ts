import { setImmediate } from 'node:timers/promises';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { BoltFile } from './bolt-file.ts';

export interface ReadingOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
}

/** Bytes after which others get their turn: of some milliseconds. */
const bytesAtOnce = 2 * 1024 * 1024;

/**
 * Keeps a loop over a file's pages, which are read synchronously, from holding everything else up:
 * `if (pace.isDue(page.bytes.length)) await pace.rest()`.
 */
export class Pace {
  readonly #total: number;
  readonly #phase: string;
  readonly #options: ReadingOptions;
  #done = 0;
  #rested = 0;

  /** @param phase as progress names it */
  constructor({ meta }: BoltFile, phase: string, options: ReadingOptions) {
    this.#total = meta.pages * meta.pageSize;
    this.#phase = phase;
    this.#options = options;
  }

  /** Counts bytes of the file; `true` where it is time to {@link rest}. */
  isDue(bytes: number): boolean {
    this.#done += bytes;
    return this.#done - this.#rested >= bytesAtOnce;
  }

  /** Tells progress, and lets others have their turn. Rejects where the signal has aborted. */
  async rest(): Promise<void> {
    const { signal, progress = noProgress } = this.#options;
    this.#rested = this.#done;
    progress({ phase: this.#phase, done: this.#done, total: this.#total, unit: 'bytes' });
    await setImmediate();
    signal?.throwIfAborted();
  }
}
