import type { RecordPlace } from './key-index.ts';

/** Elements of a page fit into this many. */
const elements = 65_536;

/** Places of records, in the order in which they were added: eight bytes each. */
export class PlaceList {
  #places = new Float64Array(16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add({ page, element }: RecordPlace): void {
    if (this.#length === this.#places.length) {
      const longer = new Float64Array(2 * this.#length);
      longer.set(this.#places);
      this.#places = longer;
    }
    this.#places[this.#length++] = page * elements + element;
  }

  *[Symbol.iterator](): Generator<RecordPlace> {
    for (let at = 0; at < this.#length; at++) {
      const place = this.#places[at] ?? 0;
      yield { page: Math.floor(place / elements), element: place % elements };
    }
  }
}
