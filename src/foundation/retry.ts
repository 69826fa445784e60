import { type Clock, systemClock } from './clock.ts';

/** Exponential back-off with full jitter. Milliseconds. */
export interface Backoff {
  readonly attempts: number;
  readonly firstDelay: number;
  readonly maxDelay: number;
}

export const defaultBackoff: Backoff = { attempts: 6, firstDelay: 100, maxDelay: 10_000 };

export interface RetryOptions {
  readonly backoff?: Backoff;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly signal?: AbortSignal | undefined;
  /**
   * Decides about a failure: `false` gives it up at once, `true` waits as the back-off says, a number waits at
   * least that many milliseconds (a server's Retry-After).
   */
  readonly retryable: (thrown: unknown) => boolean | number;
  /** Told before each wait. */
  readonly onRetry?: (thrown: unknown, waitMilliseconds: number) => void;
}

/** Milliseconds to wait before try number `attempt` (1 is the first retry), before any Retry-After. */
export function backoffDelay(attempt: number, backoff: Backoff, random: () => number): number {
  return Math.min(backoff.maxDelay, backoff.firstDelay * 2 ** (attempt - 1)) * (0.5 + random() / 2);
}

/** Runs `action` until it succeeds, fails for good, runs out of attempts (the last failure is thrown) or is aborted. */
export async function retry<T>(action: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { backoff = defaultBackoff, clock = systemClock, random = Math.random, signal } = options;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await action(attempt);
    } catch (thrown) {
      signal?.throwIfAborted();
      const verdict = attempt < backoff.attempts && options.retryable(thrown);
      if (verdict === false) throw thrown;
      const wait = Math.max(backoffDelay(attempt, backoff, random), verdict === true ? 0 : verdict);
      options.onRetry?.(thrown, wait);
      await clock.sleep(wait, signal);
    }
  }
}
