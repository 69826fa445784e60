/** Thrown in a thread that waits for something in shared memory after all work was called off. */
export class CalledOff extends Error {
  override readonly name = 'CalledOff';
}

/** How long a thread sleeps before it looks whether work was called off. Milliseconds. */
const patience = 200;

const [free, held, wanted] = [0, 1, 2];

/** Words of shared memory that say whether all work was called off, because it was aborted or a thread failed. */
export class Calling {
  readonly #cell: Int32Array<SharedArrayBuffer>;

  constructor(memory: SharedArrayBuffer) {
    this.#cell = new Int32Array(memory);
  }

  /** The memory of one that is not off. */
  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(4);
  }

  off(): void {
    Atomics.store(this.#cell, 0, 1);
  }

  /** @throws CalledOff */
  check(): void {
    if (Atomics.load(this.#cell, 0) !== 0) throw new CalledOff();
  }
}

/**
 * Mutual exclusion between threads by one word of shared memory, for sections of microseconds that do not throw. A thread
 * that waits does so without its event loop, the main thread too.
 */
export class SharedLock {
  readonly #cells: Int32Array<SharedArrayBuffer>;
  readonly #at: number;
  readonly #calling: Calling;

  /** The word is 0 at first. */
  constructor(cells: Int32Array<SharedArrayBuffer>, at: number, calling: Calling) {
    this.#cells = cells;
    this.#at = at;
    this.#calling = calling;
  }

  /** @throws CalledOff while it waits */
  take(): void {
    if (Atomics.compareExchange(this.#cells, this.#at, free, held) === free) return;
    while (Atomics.exchange(this.#cells, this.#at, wanted) !== free) {
      Atomics.wait(this.#cells, this.#at, wanted, patience);
      this.#calling.check();
    }
  }

  leave(): void {
    if (Atomics.exchange(this.#cells, this.#at, free) === wanted) Atomics.notify(this.#cells, this.#at, 1);
  }
}

/** Sleeps while a word has this value; returns early now and then. @throws CalledOff */
export function waitWhile(
  cells: Int32Array<SharedArrayBuffer>,
  at: number,
  value: number,
  calling: Calling,
): void {
  calling.check();
  Atomics.wait(cells, at, value, patience);
  calling.check();
}
