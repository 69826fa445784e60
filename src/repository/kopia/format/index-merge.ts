import type { EntryForm } from './entry-columns.ts';
import type { IndexPart, IndexRun } from './index-run.ts';

/** An entry that {@link IndexMerge} has come to; it changes with the next. */
export interface MergedEntry extends EntryForm {
  readonly key: Uint8Array;
  /** Where it lies: how many entries all indexes before its own have, and how many its own has before it. */
  readonly place: number;
  /** The number of its pack among {@link IndexMerge.packs}. */
  readonly pack: number;
  readonly offset: number;
  readonly length: number;
  readonly original: number;
  readonly deleted: boolean;
  readonly timestamp: number;
}

/**
 * Goes through several indexes at once, in the order of keys: of each content the valid entry, as kopia's merge chooses it
 * (`repo/content/index/merged.go`): the latest; else one that is not deleted; else by the name of the pack. Keys of every index
 * ascend. What is held does not grow with the entries.
 */
export class IndexMerge {
  /** The names of all packs, each once. */
  readonly packs: readonly string[];
  /** 0 where there are no entries. */
  readonly keySize: number;
  readonly entry: MergedEntry;
  readonly #entry: CopiedEntry;
  /** The cursor that stands at the least key is the first. */
  readonly #heap: Cursor[] = [];

  /** @throws RangeError where keys have several lengths, and what reading an index throws */
  constructor(runs: readonly IndexRun[]) {
    const numbers = new Map<string, number>();
    const filled = runs.filter(({ count }) => count > 0);
    this.keySize = filled[0]?.keySize ?? 0;
    this.#entry = new CopiedEntry(this.keySize);
    this.entry = this.#entry;
    let first = 0;
    for (const run of filled) {
      if (run.keySize !== this.keySize) throw new RangeError('indexes with keys of several lengths');
      const cursor = new Cursor(run, { numbers, first });
      first += run.count;
      if (cursor.advance()) this.#heap.push(cursor);
    }
    this.packs = [...numbers.keys()];
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  /** Comes to the next content; whether there is one. @throws what reading an index throws */
  next(): boolean {
    const [first] = this.#heap;
    if (first === undefined) return false;
    first.copyTo(this.#entry);
    this.#advanceFirst(first);
    for (let [other] = this.#heap; other?.isAt(this.#entry) === true; [other] = this.#heap) {
      if (this.#isNewer(other)) other.copyTo(this.#entry);
      this.#advanceFirst(other);
    }
    return true;
  }

  #isNewer({ part, at, pack }: Cursor): boolean {
    const known = this.#entry;
    const [timestamp, deleted] = [part.timestampOf(at), part.isDeleted(at)];
    if (timestamp !== known.timestamp) return timestamp > known.timestamp;
    if (deleted !== known.deleted) return known.deleted;
    return (this.packs[pack] ?? '') > (this.packs[known.pack] ?? '');
  }

  #advanceFirst(first: Cursor): void {
    if (!first.advance()) {
      const last = this.#heap.pop();
      if (last === undefined || this.#heap.length === 0) return;
      this.#heap[0] = last;
    }
    this.#sink(0);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const sinking = heap[from];
    if (sinking === undefined) return;
    let at = from;
    for (let below = this.#lesserBelow(at); below > 0; below = this.#lesserBelow(at)) {
      const lesser = heap[below];
      if (lesser === undefined || lesser.compare(sinking) >= 0) break;
      heap[at] = lesser;
      heap[below] = sinking;
      at = below;
    }
  }

  /** Which of the two below a place in the heap is the lesser; 0 where there is none. */
  #lesserBelow(at: number): number {
    const [left, right] = [this.#heap[2 * at + 1], this.#heap[2 * at + 2]];
    if (left === undefined) return 0;
    return right !== undefined && right.compare(left) < 0 ? 2 * at + 2 : 2 * at + 1;
  }
}

class CopiedEntry implements MergedEntry {
  readonly key: Uint8Array;
  /** {@link Cursor.beginning} of the key. */
  beginning = 0;
  place = 0;
  pack = 0;
  offset = 0;
  length = 0;
  original = 0;
  compression = 0;
  formatVersion = 0;
  deleted = false;
  timestamp = 0;

  constructor(keySize: number) {
    this.key = new Uint8Array(keySize);
  }
}

const noPart: IndexPart = {
  count: 0,
  bytes: new Uint8Array(),
  keyAt: () => 0,
  packOf: () => 0,
  offsetOf: () => 0,
  lengthOf: () => 0,
  originalOf: () => 0,
  compressionOf: () => 0,
  formatVersionOf: () => 0,
  isDeleted: () => false,
  timestampOf: () => 0,
};

/** So many bytes of a key are compared as one number. */
const beginningSize = 6;

/** Where in an index a merge stands. */
class Cursor {
  part: IndexPart = noPart;
  at = -1;
  readonly #keySize: number;
  readonly #parts: Iterator<IndexPart>;
  readonly #packs: Uint32Array;
  #beginning = 0;
  #keyAt = 0;
  #place: number;

  constructor(
    run: IndexRun,
    { numbers, first }: { readonly numbers: Map<string, number>; readonly first: number },
  ) {
    this.#place = first - 1;
    this.#keySize = run.keySize;
    this.#parts = run.parts()[Symbol.iterator]();
    this.#packs = Uint32Array.from(run.packNames(), name => {
      const number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      return number;
    });
  }

  /** The number of the present entry's pack among those of the merge. */
  get pack(): number {
    return this.#packs[this.part.packOf(this.at)] ?? 0;
  }

  /** Comes to the next entry; whether there is one. */
  advance(): boolean {
    this.at++;
    this.#place++;
    while (this.at >= this.part.count) {
      const { value, done } = this.#parts.next();
      if (done === true) return false;
      this.part = value;
      this.at = 0;
    }
    const { bytes } = this.part;
    this.#keyAt = this.part.keyAt(this.at);
    let beginning = 0;
    for (let byte = 0; byte < Math.min(beginningSize, this.#keySize); byte++) {
      beginning = beginning * 256 + (bytes[this.#keyAt + byte] ?? 0);
    }
    this.#beginning = beginning;
    return true;
  }

  compare(other: Cursor): number {
    if (this.#beginning !== other.#beginning) return this.#beginning - other.#beginning;
    return this.#compareRest(other.part.bytes, other.#keyAt);
  }

  isAt({ beginning, key }: CopiedEntry): boolean {
    return this.#beginning === beginning && this.#compareRest(key, 0) === 0;
  }

  copyTo(entry: CopiedEntry): void {
    const { part, at } = this;
    for (let byte = 0; byte < this.#keySize; byte++) entry.key[byte] = part.bytes[this.#keyAt + byte] ?? 0;
    entry.beginning = this.#beginning;
    entry.place = this.#place;
    entry.pack = this.pack;
    entry.offset = part.offsetOf(at);
    entry.length = part.lengthOf(at);
    entry.original = part.originalOf(at);
    entry.compression = part.compressionOf(at);
    entry.formatVersion = part.formatVersionOf(at);
    entry.deleted = part.isDeleted(at);
    entry.timestamp = part.timestampOf(at);
  }

  #compareRest(bytes: Uint8Array, keyAt: number): number {
    for (let byte = beginningSize; byte < this.#keySize; byte++) {
      const difference = (this.part.bytes[this.#keyAt + byte] ?? 0) - (bytes[keyAt + byte] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }
}
