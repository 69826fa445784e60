import type { StoreOptions } from '#storage/object-store.ts';
import type { StoredEntry } from '../../browsing/browsable.ts';
import type { PartCounter, PartTotals, Side } from '../../browsing/diff.ts';
import type { IndexedKopia } from '../access/indexed.ts';
import { contentsOf, numberOf, objectOf } from './content-marks.ts';

const bits = { removed: 1, added: 2, both: 4 } as const;

/** Which contents are on which side of a comparison: a byte for each of the index. Lists of a file's parts count as its data. */
export class ContentSides implements PartCounter {
  readonly #repository: IndexedKopia;
  readonly #options: StoreOptions;
  readonly #sides: Uint8Array;

  constructor(repository: IndexedKopia, options: StoreOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#sides = new Uint8Array(repository.index.size);
  }

  async add(side: Side, entry: StoredEntry): Promise<void> {
    const object = objectOf(entry);
    if (object === undefined) return;
    for (const id of await contentsOf(this.#repository, object, this.#options)) {
      const number = numberOf(this.#repository, id);
      this.#sides[number] = (this.#sides[number] ?? 0) | bits[side];
    }
  }

  /** Of the contents that are on one side alone. */
  totals(): { readonly removed: PartTotals; readonly added: PartTotals } {
    return { removed: this.#totalsOf(bits.removed), added: this.#totalsOf(bits.added) };
  }

  #totalsOf(side: number): PartTotals {
    const { index } = this.#repository;
    const directory = 'k'.charCodeAt(0);
    const sum = { dataBlobs: 0, treeBlobs: 0, bytes: 0 };
    for (const [number, sides] of this.#sides.entries()) {
      if (sides !== side) continue;
      if (index.prefixByte(number) === directory) sum.treeBlobs++;
      else sum.dataBlobs++;
      sum.bytes += index.originalLength(number);
    }
    return sum;
  }
}
