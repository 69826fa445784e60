import type { DiskIndex } from '../format/disk-index.ts';
import { IndexMerge, type MergedEntry } from '../format/index-merge.ts';
import { type RowFiller, rowFiller } from './add-index-file.ts';
import type { ContentIndex } from './content-index.ts';
import { deletedBit, offsetWord, wordsPerContent } from './content-table.ts';
import { emptyKeys, positionOf, type SortedKeys } from './sorted-keys.ts';

/** Set where a row is in memory because something else was said of the content since; the other bits are its number there. */
const changedBit = 0x80000000;

/**
 * What indexes on disk say of contents, of each what is valid: held are the key, one byte, and the place of the entry in its
 * index, where it is read when it is asked for. What is said later of one of them is held beside: 20 bytes more.
 */
export class SettledEntries {
  readonly keys: SortedKeys;
  /** By the place of a key: that of its entry among all entries of all indexes, or {@link changedBit} and where its row is. */
  readonly #places: Uint32Array;
  readonly #indexes: readonly SettledIndex[];
  #changed = new Uint32Array(0);
  #changes = 0;
  readonly #row = new Uint32Array(wordsPerContent);
  /** The place of which `#row` is. */
  #rowPlace = -1;
  #lastIndex: SettledIndex | undefined;

  /**
   * @param isTaken told of each valid entry and its pack; whether it is held elsewhere
   * @throws `repository.index-cache`, RangeError as {@link ContentIndex.add} does
   */
  constructor(
    indexes: readonly DiskIndex[],
    table: ContentIndex,
    isTaken: (entry: MergedEntry, pack: string) => boolean,
  ) {
    const merge = new IndexMerge(indexes);
    const capacity = indexes.reduce((sum, { count }) => sum + count, 0);
    const keys = emptyKeys(table.keySize, capacity);
    this.#places = new Uint32Array(capacity);
    let count = 0;
    while (merge.next()) {
      const { entry } = merge;
      if (isTaken(entry, merge.packs[entry.pack] ?? '')) continue;
      for (let byte = 0; byte < keys.keySize; byte++)
        keys.keys[count * keys.keySize + byte] = entry.key[byte] ?? 0;
      keys.deleted[count] = entry.deleted ? 1 : 0;
      this.#places[count++] = entry.place;
      keys.starts[(entry.key[0] ?? 0) + 1] = count;
    }
    for (let byte = 1; byte <= 256; byte++)
      keys.starts[byte] = Math.max(keys.starts[byte] ?? 0, keys.starts[byte - 1] ?? 0);
    this.keys = { ...keys, count };
    this.#indexes = settledIndexes(indexes, table);
  }

  get count(): number {
    return this.keys.count;
  }

  /** The place of a key among those that are held; -1 where it is not. */
  find(bytes: Uint8Array, at: number): number {
    return positionOf(this.keys, bytes, at);
  }

  isDeleted(position: number): boolean {
    return this.keys.deleted[position] === 1;
  }

  /** @throws `repository.index-cache` */
  word(position: number, word: number): number {
    const place = this.#places[position] ?? 0;
    if (place >= changedBit) return this.#changed[(place - changedBit) * wordsPerContent + word] ?? 0;
    if (place !== this.#rowPlace) this.#read(place);
    return this.#row[word] ?? 0;
  }

  /** Puts another row in the place of what is known of a content. */
  change(position: number, row: Uint32Array): void {
    const place = this.#places[position] ?? 0;
    const at = place >= changedBit ? place - changedBit : this.#roomForChange();
    for (let word = 0; word < wordsPerContent; word++)
      this.#changed[at * wordsPerContent + word] = row[word] ?? 0;
    this.#places[position] = changedBit + at;
    this.keys.deleted[position] = ((row[offsetWord] ?? 0) & deletedBit) === 0 ? 0 : 1;
  }

  #roomForChange(): number {
    const needed = (this.#changes + 1) * wordsPerContent;
    if (needed > this.#changed.length) {
      const larger = new Uint32Array(Math.ceil(needed * 1.25) + 1024);
      larger.set(this.#changed);
      this.#changed = larger;
    }
    return this.#changes++;
  }

  #read(place: number): void {
    const index = this.#indexOf(place);
    if (index === undefined) return;
    this.#rowPlace = -1;
    index.fill(this.#row, index.entries.part(place - index.first), 0);
    this.#rowPlace = place;
  }

  #indexOf(place: number): SettledIndex | undefined {
    const last = this.#lastIndex;
    if (last !== undefined && place >= last.first && place < last.end) return last;
    let [low, high] = [0, this.#indexes.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (place < (this.#indexes[middle]?.end ?? 0)) high = middle;
      else low = middle + 1;
    }
    this.#lastIndex = this.#indexes[low];
    return this.#lastIndex;
  }
}

/** An index with the places that its entries have among all. */
interface SettledIndex {
  readonly entries: DiskIndex;
  readonly first: number;
  readonly end: number;
  readonly fill: RowFiller;
}

/** As {@link IndexMerge} counts places. */
function settledIndexes(indexes: readonly DiskIndex[], table: ContentIndex): readonly SettledIndex[] {
  let end = 0;
  return indexes
    .filter(({ count }) => count > 0)
    .map(entries => {
      const first = end;
      end += entries.count;
      return { entries, first, end, fill: rowFiller(table, entries) };
    });
}
