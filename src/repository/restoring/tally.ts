import { noProgress, type Progress } from '#foundation/progress.ts';
import { pathBytes } from '../trees/byte-path.ts';
import type { TargetEvent } from '../trees/target/target-event.ts';
import type { PlannedFile } from './planned-file.ts';

/** How many entries came to what. */
export interface RestoreSummary {
  readonly written: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly left: number;
  readonly removed: number;
  /** Not restored, or not removed. */
  readonly failed: number;
  /** Restored but for some of their metadata. */
  readonly incomplete: number;
  /** Found to be otherwise when they were looked at again. */
  readonly differing: number;
  /** Bytes of the files that were written. */
  readonly bytes: number;
  /** Entries that were looked at again. */
  readonly verified: number;
}

/** Who is told of what comes to pass. */
export interface Listeners {
  /** Of every entry. */
  readonly onEvent?: ((event: TargetEvent) => void) | undefined;
  readonly progress?: Progress | undefined;
}

/** Counts events on their way to who asked for them. */
export class Tally {
  readonly #listeners: Listeners;
  readonly #counts = {
    written: 0,
    updated: 0,
    unchanged: 0,
    left: 0,
    removed: 0,
    failed: 0,
    differs: 0,
  };
  #incomplete = 0;
  #bytes = 0;

  constructor(listeners: Listeners) {
    this.#listeners = listeners;
  }

  add(event: TargetEvent): void {
    this.#counts[event.action]++;
    if ('problems' in event && event.problems.length > 0) this.#incomplete++;
    this.#listeners.onEvent?.(event);
  }

  wrote({ outcome, size, path }: PlannedFile): void {
    if (outcome !== 'written') return;
    this.#bytes += size;
    const { progress = noProgress } = this.#listeners;
    progress({
      phase: 'restore',
      done: this.#bytes,
      unit: 'bytes',
      current: pathBytes(path).toString(),
    });
  }

  summary(verified: number): RestoreSummary {
    const { differs, ...counts } = this.#counts;
    return { ...counts, differing: differs, incomplete: this.#incomplete, bytes: this.#bytes, verified };
  }
}
