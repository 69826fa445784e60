/** Numbers of contents, in four bytes each. */
export class NumberList {
  #numbers = new Uint32Array(256);
  #count = 0;

  add(number: number): void {
    if (this.#count === this.#numbers.length) {
      const larger = new Uint32Array(Math.ceil(this.#count * 1.5));
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#count++] = number;
  }

  /** A view of them, as they are now. */
  get numbers(): Uint32Array {
    return this.#numbers.subarray(0, this.#count);
  }
}
