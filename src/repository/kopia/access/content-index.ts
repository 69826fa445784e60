import {
  type ContentId,
  contentIdOf,
  contentKey,
  contentKeySize,
  putContentKey,
} from '../format/content-id.ts';
import type { DiskIndex } from '../format/disk-index.ts';
import type { ContentEntry } from '../format/index.ts';
import type { MergedEntry } from '../format/index-merge.ts';
import { addIndexRun } from './add-index-file.ts';
import {
  type ContentTable,
  deletedBit,
  emptyTable,
  isDeleted,
  lengthWord,
  lookUp,
  occupy,
  offsetMask,
  offsetWord,
  originalWord,
  packWord,
  timestampWord,
  wordsPerContent,
} from './content-table.ts';
import { EntriesOnDisk } from './entries-on-disk.ts';
import { SettledEntries } from './settled-entries.ts';
import { emptyKeys } from './sorted-keys.ts';

/** How contents are stored besides being sealed; a repository has few of these. */
interface Form {
  readonly compression: number;
  readonly formatVersion: number;
}

const packLimit = 1 << 24;
const formLimit = 1 << 8;

/**
 * Where every content of a repository lies: some 45 bytes for each, outside the JavaScript heap. Of what several indexes
 * say of a content the newest counts, as everywhere in kopia. Contents have numbers from 0 that never change.
 *
 * What indexes on disk say comes into memory content by content, as it is asked for, until somebody asks for what only all
 * of it tells (how many contents there are, which pack holds what, which are live), or for a great part of it. Then these
 * contents take 22 bytes each with hashes of 16, and the rest stays where it is: who asks for one content after the other in the order of
 * their numbers reads the indexes from end to end, who asks at random reads a page for each.
 */
export class ContentIndex {
  #table: ContentTable;
  #count = 0;
  #capacity: number;
  readonly #packs: string[] = [];
  readonly #packNumbers = new Map<string, number>();
  readonly #forms: Form[] = [];
  readonly #row = new Uint32Array(wordsPerContent);
  /** Of the content that is asked for by its id. */
  readonly #key: Buffer;
  readonly #onDisk = new EntriesOnDisk();
  /** What lay on disk when that was first needed altogether, and the number of its first content. */
  #settled: SettledEntries | undefined;
  #settledFrom = 0;
  /** Contents deleted until then count as absent; seconds since 1970, 0 for none. */
  watermark = 0;

  /**
   * @param keySize bytes of a hash, and 1
   * @param options.expected how many contents to make room for at first
   */
  constructor(keySize: number, { expected = 1024 } = {}) {
    this.#capacity = Math.max(16, expected);
    this.#key = Buffer.alloc(keySize);
    this.#table = emptyTable(keySize, this.#capacity, emptyKeys(keySize, 0));
  }

  /** How many contents there are, all of which have a number now; deleted and absent ones included. */
  get size(): number {
    this.load();
    return this.#count + this.#settledCount;
  }

  /** The ids of all packs. */
  get packs(): readonly string[] {
    this.load();
    return this.#packs;
  }

  /** What {@link packs} says and perhaps some again, without anything being held for it. */
  *packNames(): Generator<string> {
    yield* this.#packs;
    yield* this.#onDisk.packNames();
  }

  /** Bytes of a key: those of a hash, and 1. */
  get keySize(): number {
    return this.#table.keySize;
  }

  /** For threads that ask whether a content is known: they see what is known now, and what is added later or not. */
  shared(): ContentTable {
    this.load();
    return this.#table;
  }

  /** Where a content lies, even a deleted one; `undefined` where it is not known, or was deleted so long ago that it is absent. */
  find(id: ContentId): ContentEntry | undefined {
    const content = this.numberOf(id);
    return content < 0 ? undefined : this.entry(content, id);
  }

  /** Whether a content is known and not deleted: what need not be written again. */
  hasLive(id: ContentId): boolean {
    this.load();
    const content = this.numberOf(id);
    return content >= 0 && !this.isDeleted(content);
  }

  /** The number of a content; -1 where it is not known or absent, and for what is no content's id. */
  numberOf(id: ContentId): number {
    if (contentKeySize(id) !== this.keySize || !putContentKey(id, this.#key)) return -1;
    const known = this.#known(this.#key, 0);
    const content = this.#onDisk.wasAsked(known) ? known : this.#ask(contentKey(id));
    return content < 0 || this.isAbsent(content) ? -1 : content;
  }

  /** {@link numberOf} by the content's key, which may lie anywhere in `bytes`. */
  numberOfKey(bytes: Uint8Array, at = 0): number {
    const content = this.numberEvenIfAbsent(bytes, at);
    return content < 0 || this.isAbsent(content) ? -1 : content;
  }

  /** {@link numberOfKey} also of contents that were deleted so long ago that they count as absent. */
  numberEvenIfAbsent(bytes: Uint8Array, at = 0): number {
    const content = this.#known(bytes, at);
    return this.#onDisk.wasAsked(content) ? content : this.#ask(bytes.subarray(at, at + this.keySize));
  }

  /** What is known of the content of that number. */
  entry(content: number, id: ContentId = this.id(content)): ContentEntry {
    const { compression, formatVersion } = this.#form(content);
    return {
      id,
      pack: this.packOf(content),
      offset: this.offset(content),
      length: this.sealedLength(content),
      original: this.originalLength(content),
      compression,
      formatVersion,
      deleted: this.isDeleted(content),
      timestamp: this.#word(content, timestampWord),
    };
  }

  id(content: number): ContentId {
    return contentIdOf(this.key(content));
  }

  /** A view of the content's key. */
  key(content: number): Uint8Array {
    const { keySize } = this.#table;
    const [keys, at] = this.#keyPlace(content);
    return keys.subarray(at * keySize, (at + 1) * keySize);
  }

  /** The letter before the content's hash, as a byte; 0 where there is none. */
  prefixByte(content: number): number {
    const [keys, at] = this.#keyPlace(content);
    return keys[at * this.#table.keySize] ?? 0;
  }

  /** The id of the pack that holds the content. */
  packOf(content: number): string {
    return this.#packs[this.packNumber(content)] ?? '';
  }

  /** Which of {@link packs} holds the content. */
  packNumber(content: number): number {
    return this.#word(content, packWord) >>> 8;
  }

  /** Where the content begins in its pack. */
  offset(content: number): number {
    return this.#word(content, offsetWord) & offsetMask;
  }

  /** How many bytes the content has in its pack. */
  sealedLength(content: number): number {
    return this.#word(content, lengthWord);
  }

  /** How many bytes the content has, neither compressed nor sealed. */
  originalLength(content: number): number {
    return this.#word(content, originalWord);
  }

  /** The id of the compression, 0 for none. */
  compression(content: number): number {
    return this.#form(content).compression;
  }

  /** When the entry was made; seconds since 1970. */
  timestamp(content: number): number {
    return this.#word(content, timestampWord);
  }

  isDeleted(content: number): boolean {
    const position = this.#settledPosition(content);
    if (position >= 0) return this.#settled?.isDeleted(position) === true;
    return isDeleted(this.#table, this.#local(content));
  }

  /** Whether the content was deleted so long ago that it counts as absent. */
  isAbsent(content: number): boolean {
    return this.watermark > 0 && this.isDeleted(content) && this.timestamp(content) <= this.watermark;
  }

  /** The numbers of the contents that are not absent; those with one prefix alone, where one is given ('' for none). */
  *numbers(prefix?: string): Generator<number> {
    const wanted = prefix === '' ? 0 : prefix?.charCodeAt(0);
    this.#askFor(wanted);
    for (let content = 0; content < this.#count + this.#settledCount; content++) {
      if (wanted !== undefined && this.prefixByte(content) !== wanted) continue;
      if (!this.isAbsent(content)) yield content;
    }
  }

  /** What {@link numbers} yields, spelled out. */
  *entries(prefix?: string): Generator<ContentEntry> {
    for (const content of this.numbers(prefix)) yield this.entry(content);
  }

  /** The numbers of the contents in each pack, by the pack's number in {@link packs}: absent ones not, deleted ones too. */
  numbersByPack(): Uint32Array[] {
    this.load();
    const counts = new Uint32Array(this.#packs.length);
    for (const content of this.numbers()) {
      const pack = this.packNumber(content);
      counts[pack] = (counts[pack] ?? 0) + 1;
    }
    const lists = Array.from(counts, count => new Uint32Array(count));
    for (const content of this.numbers()) {
      const pack = this.packNumber(content);
      const left = (counts[pack] ?? 0) - 1;
      counts[pack] = left;
      const list = lists[pack];
      if (list !== undefined) list[left] = content;
    }
    return lists;
  }

  /** Takes in what an index says of a content. @throws RangeError for more packs than kopia's indexes can name */
  add(entry: ContentEntry): void {
    const row = this.#row;
    row[timestampWord] = entry.timestamp;
    row[offsetWord] = entry.offset | (entry.deleted ? deletedBit : 0);
    row[lengthWord] = entry.length;
    row[originalWord] = entry.original;
    row[packWord] = this.packNumberOf(entry.pack) * 256 + this.formNumberOf(entry);
    this.addRow(contentKey(entry.id), 0, row);
  }

  /** Takes in a row of {@link wordsPerContent} words, whose key lies in `bytes` at an offset; for many at once. */
  addRow(bytes: Uint8Array, at: number, row: Uint32Array): void {
    if (this.#count === this.#capacity) this.reserve(Math.ceil(this.#capacity / 4));
    const found = lookUp(this.#table, bytes, at);
    if (found >= 0) {
      if (this.#isNewer(row, this.#numberOfLocal(found))) this.#setWords(found, row);
    } else if (!this.#changeSettled(bytes, at, row)) {
      const { keys, keySize } = this.#table;
      for (let i = 0; i < keySize; i++) keys[this.#count * keySize + i] = bytes[at + i] ?? 0;
      this.#setWords(this.#count, row);
      occupy(this.#table, this.#count++, ~found);
    }
  }

  /** Takes in the index of a blob that lies on disk, whose keys are of {@link keySize}; each blob once. */
  addOnDisk(blob: string, index: DiskIndex): void {
    this.#onDisk.add(blob, index);
  }

  /** Brings everything into memory that lies on disk, as far as it is to be there. @throws `repository.index-cache`, RangeError as {@link add} does */
  load(): void {
    if (this.#onDisk.count === 0) return;
    const { indexes } = this.#onDisk;
    if (this.#settled === undefined) {
      this.#settled = new SettledEntries(indexes, this, (entry, pack) => this.#take(entry, pack));
      this.#settledFrom = this.#count;
      this.#table = { ...this.#table, sorted: this.#settled.keys };
    } else {
      for (const index of indexes) addIndexRun(this, index);
    }
    this.#onDisk.forget();
  }

  /** Makes room for so many more. */
  reserve(more: number): void {
    if (this.#count + more <= this.#capacity) return;
    this.#capacity = this.#count + more;
    const { keySize, keys, words } = this.#table;
    const table = emptyTable(keySize, this.#capacity, this.#table.sorted);
    table.keys.set(keys.subarray(0, this.#count * keySize));
    table.words.set(words.subarray(0, this.#count * wordsPerContent));
    for (let content = 0; content < this.#count; content++) {
      occupy(table, content, ~lookUp(table, table.keys, content * keySize));
    }
    this.#table = table;
  }

  /** The number that a pack has, or gets now. @throws RangeError */
  packNumberOf(pack: string): number {
    const known = this.#packNumbers.get(pack);
    if (known !== undefined) return known;
    if (this.#packs.length === packLimit) throw new RangeError('an index names no more than 16777216 packs');
    const number = this.#packs.push(pack) - 1;
    this.#packNumbers.set(pack, number);
    return number;
  }

  /** The number that a form has, or gets now, for the lowest byte of a row's last word. @throws RangeError */
  formNumberOf({ compression, formatVersion }: Form): number {
    const known = this.#forms.findIndex(
      form => form.compression === compression && form.formatVersion === formatVersion,
    );
    if (known >= 0) return known;
    if (this.#forms.length === formLimit) throw new RangeError('contents have no more than 256 forms');
    return this.#forms.push({ compression, formatVersion }) - 1;
  }

  /** kopia's order: by time, then what is not deleted, then the name of the pack. */
  #isNewer(row: Uint32Array, content: number): boolean {
    const [time, knownTime] = [row[timestampWord] ?? 0, this.timestamp(content)];
    if (time !== knownTime) return time > knownTime;
    const [deleted, knownDeleted] = [((row[offsetWord] ?? 0) & deletedBit) !== 0, this.isDeleted(content)];
    if (deleted !== knownDeleted) return knownDeleted;
    return this.#packName((row[packWord] ?? 0) >>> 8) > this.#packName(this.packNumber(content));
  }

  #packName(pack: number): string {
    return this.#packs[pack] ?? '';
  }

  #setWords(local: number, row: Uint32Array): void {
    const { words } = this.#table;
    for (let i = 0; i < wordsPerContent; i++) words[local * wordsPerContent + i] = row[i] ?? 0;
  }

  /** Takes in what is said of a content that is held as settled; whether it is. */
  #changeSettled(bytes: Uint8Array, at: number, row: Uint32Array): boolean {
    const position = this.#settled?.find(bytes, at) ?? -1;
    if (position < 0) return false;
    if (this.#isNewer(row, this.#settledFrom + position)) this.#settled?.change(position, row);
    return true;
  }

  /** Takes in what indexes on disk say of a content that has a number already; whether it has. */
  #take(entry: MergedEntry, pack: string): boolean {
    if (lookUp(this.#table, entry.key, 0) < 0) return false;
    const row = this.#row;
    row[timestampWord] = entry.timestamp;
    row[offsetWord] = entry.offset | (entry.deleted ? deletedBit : 0);
    row[lengthWord] = entry.length;
    row[originalWord] = entry.original;
    row[packWord] = this.packNumberOf(pack) * 256 + this.formNumberOf(entry);
    this.addRow(entry.key, 0, row);
    return true;
  }

  get #settledCount(): number {
    return this.#settled?.count ?? 0;
  }

  /** Which of the settled contents it is; -1 where it is none of them. */
  #settledPosition(content: number): number {
    const position = content - this.#settledFrom;
    return position >= 0 && position < this.#settledCount ? position : -1;
  }

  /** Where in the table a content is that is not settled. */
  #local(content: number): number {
    return content < this.#settledFrom ? content : content - this.#settledCount;
  }

  #numberOfLocal(local: number): number {
    return local < this.#settledFrom ? local : local + this.#settledCount;
  }

  #keyPlace(content: number): readonly [Uint8Array, number] {
    const position = this.#settledPosition(content);
    if (position >= 0) return [this.#table.sorted.keys, position];
    return [this.#table.keys, this.#local(content)];
  }

  /** The number of a content of which something is known already; negative where nothing is. */
  #known(bytes: Uint8Array, at: number): number {
    const local = lookUp(this.#table, bytes, at);
    if (local >= 0) return this.#numberOfLocal(local);
    const position = this.#settled?.find(bytes, at) ?? -1;
    return position < 0 ? -1 : this.#settledFrom + position;
  }

  /** What {@link lookUp} finds once the indexes on disk were asked for it. */
  #ask(key: Uint8Array): number {
    if (this.#onDisk.isMuchAsked) this.load();
    for (const entry of this.#onDisk.ofKey(key)) this.add(entry);
    const content = this.#known(key, 0);
    if (content >= 0) this.#onDisk.setAsked(content);
    return content;
  }

  /** Brings the contents of a prefix, given as a byte, into memory; all without one, and for data, which most contents are. */
  #askFor(prefix: number | undefined): void {
    if (prefix === undefined || prefix === 0) this.load();
    if (prefix === undefined || this.#onDisk.count === 0) return;
    for (const entry of this.#onDisk.ofPrefix(prefix)) this.add(entry);
    for (let content = 0; content < this.#count + this.#settledCount; content++) {
      if (this.prefixByte(content) === prefix) this.#onDisk.setAsked(content);
    }
  }

  #word(content: number, word: number): number {
    const position = this.#settledPosition(content);
    if (position >= 0) return this.#settled?.word(position, word) ?? 0;
    return this.#table.words[this.#local(content) * wordsPerContent + word] ?? 0;
  }

  #form(content: number): Form {
    const form = this.#forms[this.#word(content, packWord) & 0xff];
    return form ?? { compression: 0, formatVersion: 0 };
  }
}
