type Numbers = Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Numbers in the order in which they were added, of millions of which the memory is four or eight bytes each. */
export class NumberList {
  #numbers: Numbers;
  #length = 0;

  /** @param of `uint32`: each is from 0 to 2^32 - 1 */
  constructor(of: 'uint32' | 'double') {
    this.#numbers = of === 'uint32' ? new Uint32Array(16) : new Float64Array(16);
  }

  get length(): number {
    return this.#length;
  }

  add(number: number): void {
    if (this.#length === this.#numbers.length) this.#grow();
    this.#numbers[this.#length++] = number;
  }

  at(index: number): number {
    return this.#numbers[index] as number;
  }

  #grow(): void {
    const size = 2 * this.#length;
    const longer = this.#numbers instanceof Uint32Array ? new Uint32Array(size) : new Float64Array(size);
    longer.set(this.#numbers);
    this.#numbers = longer;
  }
}
