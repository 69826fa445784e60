import { NumberList } from './number-list.ts';

/**
 * Names in sets, for those who keep millions of them: each takes its bytes and twelve more. A name is known by its number, from 0 on in
 * the order in which they were added.
 */
export class NameTable {
  #bytes = Buffer.alloc(1024);
  /** Where each name ends. */
  readonly #ends = new NumberList('double');
  /** The number of the name that was added to the same set before, and one more; 0 for the first. */
  readonly #before = new NumberList('uint32');

  get length(): number {
    return this.#ends.length;
  }

  /** Adds a name, which is in `bytes` from `at` to `end`. */
  add(set: NameSet, bytes: Uint8Array, at: number, end: number): void {
    const from = this.#start(this.length);
    const to = from + end - at;
    if (to > this.#bytes.length) this.#grow(to);
    const into = this.#bytes;
    for (let index = at, next = from; index < end; index++) into[next++] = bytes[index] as number;
    this.#ends.add(to);
    this.#before.add(set.last);
    set.last = this.length;
    set.size++;
  }

  /** The numbers of the names in a set, the last one first. */
  numbersIn({ last }: NameSet): number[] {
    const numbers: number[] = [];
    for (let next = last; next !== 0; next = this.#before.at(next - 1)) numbers.push(next - 1);
    return numbers;
  }

  /** A name, each byte a character. */
  nameOf(number: number): string {
    return this.#bytes.toString('latin1', this.#start(number), this.#ends.at(number));
  }

  /** Orders two names by their bytes. */
  compare(one: number, other: number): number {
    const bytes = this.#bytes;
    const [end, otherEnd] = [this.#ends.at(one), this.#ends.at(other)];
    let at = this.#start(one);
    let otherAt = this.#start(other);
    while (at < end && otherAt < otherEnd) {
      const difference = (bytes[at++] as number) - (bytes[otherAt++] as number);
      if (difference !== 0) return difference;
    }
    return end - at - (otherEnd - otherAt);
  }

  #start(number: number): number {
    return number === 0 ? 0 : this.#ends.at(number - 1);
  }

  #grow(least: number): void {
    const longer = Buffer.alloc(Math.max(least, 2 * this.#bytes.length));
    longer.set(this.#bytes);
    this.#bytes = longer;
  }
}

/** Names that belong together: begins as `{ last: 0, size: 0 }`, and the table changes it. */
export interface NameSet {
  last: number;
  size: number;
}
