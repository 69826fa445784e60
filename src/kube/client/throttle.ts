/** How many requests run at once, and what held them up. */
export interface ThrottleStats {
  /** Requests that may run at once at this moment. */
  readonly concurrency: number;
  /** 429 answers seen so far. */
  readonly throttled: number;
  /** Requests that had to wait for a place. */
  readonly waits: number;
}

/** A 429 that comes this soon after one that was heeded belongs to the same burst. Milliseconds. */
const burst = 1000;

/**
 * Bounds the requests under way to one API server and heeds its 429s for all of them: additive increase,
 * multiplicative decrease, as TCP does it. After a 429 half as many may run (never fewer than one); as many
 * successes as there are places add one place back.
 */
export class Throttle {
  readonly #most: number;
  readonly #monotonic: () => number;
  readonly #waiting: (() => void)[] = [];
  #places: number;
  #taken = 0;
  #throttled = 0;
  #waits = 0;
  #lastDecrease = Number.NEGATIVE_INFINITY;

  constructor(most: number, monotonic: () => number) {
    this.#most = most;
    this.#places = most;
    this.#monotonic = monotonic;
  }

  /** Runs `work` when there is a place for it; an abort while it waits gives the place in the queue up. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#taken--;
      this.#admit();
    }
  }

  /** The server answered otherwise than with 429. */
  succeeded(): void {
    this.#places = Math.min(this.#most, this.#places + 1 / Math.max(1, this.#places));
    this.#admit();
  }

  /** The server answered 429. */
  refused(): void {
    this.#throttled++;
    const now = this.#monotonic();
    if (now - this.#lastDecrease < burst) return;
    this.#lastDecrease = now;
    this.#places = Math.max(1, this.#places / 2);
  }

  stats(): ThrottleStats {
    return { concurrency: Math.floor(this.#places), throttled: this.#throttled, waits: this.#waits };
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#waiting.length === 0 && this.#taken < Math.floor(this.#places)) {
      this.#taken++;
      return;
    }
    this.#waits++;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      const at = this.#waiting.indexOf(resolve);
      if (at < 0) return; // already admitted
      this.#waiting.splice(at, 1);
      reject(signal?.reason as Error);
    };
    this.#waiting.push(resolve);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#taken < Math.floor(this.#places)) {
      this.#taken++;
      this.#waiting.shift()?.();
    }
  }
}
