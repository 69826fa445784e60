import { setTimeout as delay } from 'node:timers/promises';

/** Time as the rest of the code sees it, so that a test can hold or advance it. */
export interface Clock {
  /** The wall clock. */
  now(): Date;
  /** Milliseconds that only grow; for durations. */
  monotonic(): number;
  /** Waits; rejects with an AbortError as soon as `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, signal === undefined ? {} : { signal }),
};
