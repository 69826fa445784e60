/**
 * Memory that threads share, for what is read: a few buffers that are used again and again, so that what is read at once is bounded. What
 * does not fit has a buffer of its own, one at a time.
 */
export class ReadBuffers {
  readonly #size: number;
  readonly #free: SharedArrayBuffer[] = [];
  #unmade: number;
  readonly #waiting: ((buffer: SharedArrayBuffer) => void)[] = [];
  #oversize: Promise<void> = Promise.resolve();

  /** `count` buffers of `size` bytes. */
  constructor(count: number, size: number) {
    [this.#unmade, this.#size] = [count, size];
  }

  /** Runs `action` with a buffer of at least that many bytes. */
  async use<T>(bytes: number, action: (buffer: SharedArrayBuffer) => Promise<T>): Promise<T> {
    if (bytes > this.#size) return this.#useOversize(bytes, action);
    const buffer = await this.#take();
    try {
      return await action(buffer);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(buffer);
      else next(buffer);
    }
  }

  async #take(): Promise<SharedArrayBuffer> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#unmade === 0) return new Promise(resolve => this.#waiting.push(resolve));
    this.#unmade--;
    return new SharedArrayBuffer(this.#size);
  }

  async #useOversize<T>(bytes: number, action: (buffer: SharedArrayBuffer) => Promise<T>): Promise<T> {
    const before = this.#oversize;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#oversize = promise;
    await before;
    try {
      return await action(new SharedArrayBuffer(bytes));
    } finally {
      resolve();
    }
  }
}
