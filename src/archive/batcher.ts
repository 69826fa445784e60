/** Bytes of a batch. */
const batchBytes = 128 * 1024;

/** Gathers small pieces of bytes into batches, so that what takes them is not called for each piece. */
export class Batcher {
  readonly #take: (batch: Buffer) => void;
  #batch = Buffer.allocUnsafe(batchBytes);
  #used = 0;

  /** `take` gets each batch, in order, and may keep it. */
  constructor(take: (batch: Buffer) => void) {
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
    this.#take(this.#batch.subarray(0, this.#used));
    this.#batch = Buffer.allocUnsafe(batchBytes);
    this.#used = 0;
  }
}
