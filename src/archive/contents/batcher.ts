/** Bytes of a batch. */
const batchBytes = 128 * 1024;

/** Batches that are kept for their next use: more are rarely under way at once. */
const mostSpare = 8;

/**
 * Gathers small pieces of bytes into batches, so that what takes them is not called for each piece. Batches are used
 * again: as garbage they would be most of a long run's memory.
 */
export class Batcher {
  readonly #take: (batch: Buffer, done: () => void) => void;
  readonly #spare: Buffer[] = [];
  #batch: Buffer = Buffer.allocUnsafe(batchBytes);
  #used = 0;

  /** `take` gets each batch, in order, and calls `done` when it needs the bytes no more. */
  constructor(take: (batch: Buffer, done: () => void) => void) {
    this.#take = take;
  }

  write(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) {
      const copied = bytes.copy(this.#batch, this.#used, done);
      this.#used += copied;
      done += copied;
      if (this.#used === batchBytes) this.flush();
    }
  }

  /** Hands on what has been gathered. */
  flush(): void {
    if (this.#used === 0) return;
    const batch = this.#batch;
    this.#take(batch.subarray(0, this.#used), () => {
      if (this.#spare.length < mostSpare) this.#spare.push(batch);
    });
    this.#batch = this.#spare.pop() ?? Buffer.allocUnsafe(batchBytes);
    this.#used = 0;
  }
}
