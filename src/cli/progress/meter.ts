import type { ProgressEvent } from '#foundation/progress.ts';

interface Sample {
  readonly time: number;
  readonly done: number;
}

/** How fast a phase goes, judged by its last fifteen seconds. */
export class Meter {
  readonly #window: number;
  #samples: Sample[] = [];

  constructor(windowMilliseconds = 15_000) {
    this.#window = windowMilliseconds;
  }

  /** Takes an event that was told at `time` (monotonic milliseconds). */
  add(event: Pick<ProgressEvent, 'done'>, time: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && event.done < last.done) this.#samples = [];
    if (last !== undefined && time - last.time < 100 && this.#samples.length > 1) this.#samples.pop();
    this.#samples.push({ time, done: event.done });
    while (this.#samples.length > 2 && time - (this.#samples[0]?.time ?? time) > this.#window)
      this.#samples.shift();
  }

  /** Units per second; `undefined` until there is enough to judge by. */
  rate(): number | undefined {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.time - first.time < 500) return undefined;
    return ((last.done - first.done) * 1000) / (last.time - first.time);
  }

  /** Milliseconds until `total` is reached at this rate; `undefined` while it cannot be said. */
  remaining(total: number | undefined): number | undefined {
    const rate = this.rate();
    const done = this.#samples.at(-1)?.done;
    if (total === undefined || done === undefined || rate === undefined || rate <= 0) return undefined;
    return (Math.max(0, total - done) * 1000) / rate;
  }
}
