/** Longer memory is not kept. A chunk of a file has at most 8 MiB, and something for its seal. */
export const spareLimit = 8 * 1024 * 1024 + 4096;

/** Memory that is used again by whoever comes next, so that the collector of garbage has nothing to do. Of one thread. */
export class SpareMemory {
  #spare: Buffer = Buffer.alloc(0);

  /** At least so many bytes of anything. */
  borrow(length: number): Buffer {
    const spare = this.#spare;
    this.#spare = Buffer.alloc(0);
    return spare.length >= length ? spare : Buffer.allocUnsafeSlow(length);
  }

  giveBack(memory: Buffer): void {
    if (memory.length > this.#spare.length && memory.length <= spareLimit) this.#spare = memory;
  }
}
