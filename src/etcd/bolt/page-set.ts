/** Which pages of a file were met: a bit for each. */
export class PageSet {
  readonly #bits: Uint8Array;
  #size = 0;

  /** @param pages of the file */
  constructor(pages: number) {
    this.#bits = new Uint8Array(Math.ceil(pages / 8));
  }

  get size(): number {
    return this.#size;
  }

  /** `false` where it was there already. */
  add(page: number): boolean {
    const bit = 1 << (page & 7);
    const byte = this.#bits[page >> 3] ?? 0;
    if ((byte & bit) !== 0) return false;
    this.#bits[page >> 3] = byte | bit;
    this.#size++;
    return true;
  }

  has(page: number): boolean {
    return ((this.#bits[page >> 3] ?? 0) & (1 << (page & 7))) !== 0;
  }
}
