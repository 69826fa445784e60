import type { SortedEntries } from './index.ts';
import type { MergedEntry } from './index-merge.ts';

/** How a content is stored besides being sealed. */
export interface EntryForm {
  readonly compression: number;
  readonly formatVersion: number;
}

/** What is held of an entry besides its key: the timestamp; the offset, and {@link deletedBit}; two lengths; pack and form. */
const wordsPerEntry = 6;
const deletedBit = 0x80000000;

/** Entries to be written as an index, in the order of their keys: a key and 24 bytes are held for each, outside the JavaScript heap. */
export class EntryColumns implements SortedEntries {
  readonly keySize: number;
  readonly #packs: readonly string[];
  readonly #capacity: number;
  readonly #keys: Uint8Array;
  readonly #words: Uint32Array;
  readonly #forms: EntryForm[] = [];
  #count = 0;

  /** @param packs the names of packs, by the numbers that entries have */
  constructor(
    keySize: number,
    { capacity, packs }: { readonly capacity: number; readonly packs: readonly string[] },
  ) {
    this.keySize = keySize;
    this.#capacity = capacity;
    this.#packs = packs;
    this.#keys = new Uint8Array(capacity * keySize);
    this.#words = new Uint32Array(capacity * wordsPerEntry);
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#capacity;
  }

  /** Adds an entry, whose key comes after all others'; there must be room. */
  add(entry: MergedEntry): void {
    const [first, words] = [this.#count * wordsPerEntry, this.#words];
    const { key, timestamp, offset, deleted, length, original, pack } = entry;
    for (let byte = 0; byte < this.keySize; byte++) {
      this.#keys[this.#count * this.keySize + byte] = key[byte] ?? 0;
    }
    words[first] = timestamp;
    words[first + 1] = offset | (deleted ? deletedBit : 0);
    words[first + 2] = length;
    words[first + 3] = original;
    words[first + 4] = pack;
    words[first + 5] = this.#formNumber(entry);
    this.#count++;
  }

  /** Forgets all entries. */
  clear(): void {
    this.#count = 0;
  }

  packName(pack: number): string {
    return this.#packs[pack] ?? '';
  }

  packOf(entry: number): number {
    return this.#word(entry, 4);
  }

  offsetOf(entry: number): number {
    return this.#word(entry, 1) % deletedBit;
  }

  lengthOf(entry: number): number {
    return this.#word(entry, 2);
  }

  originalOf(entry: number): number {
    return this.#word(entry, 3);
  }

  compressionOf(entry: number): number {
    return this.#forms[this.#word(entry, 5)]?.compression ?? 0;
  }

  formatVersionOf(entry: number): number {
    return this.#forms[this.#word(entry, 5)]?.formatVersion ?? 0;
  }

  isDeleted(entry: number): boolean {
    return this.#word(entry, 1) >= deletedBit;
  }

  timestampOf(entry: number): number {
    return this.#word(entry, 0);
  }

  writeKey(entry: number, target: Buffer, at: number): void {
    const first = entry * this.keySize;
    for (let byte = 0; byte < this.keySize; byte++) target[at + byte] = this.#keys[first + byte] ?? 0;
  }

  #word(entry: number, word: number): number {
    return this.#words[entry * wordsPerEntry + word] ?? 0;
  }

  /** There are few forms. */
  #formNumber({ compression, formatVersion }: EntryForm): number {
    for (let number = 0; number < this.#forms.length; number++) {
      const form = this.#forms[number];
      if (form?.compression === compression && form.formatVersion === formatVersion) return number;
    }
    return this.#forms.push({ compression, formatVersion }) - 1;
  }
}
