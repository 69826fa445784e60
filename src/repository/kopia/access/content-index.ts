import { type ContentId, contentIdOf, contentKey } from '../format/content-id.ts';
import type { ContentEntry } from '../format/index.ts';
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
 */
export class ContentIndex {
  #table: ContentTable;
  #count = 0;
  #capacity: number;
  readonly #packs: string[] = [];
  readonly #packNumbers = new Map<string, number>();
  readonly #forms: Form[] = [];
  readonly #row = new Uint32Array(wordsPerContent);
  /** Contents deleted until then count as absent; seconds since 1970, 0 for none. */
  watermark = 0;

  /**
   * @param keySize bytes of a hash, and 1
   * @param options.expected how many contents to make room for at first
   */
  constructor(keySize: number, { expected = 1024 } = {}) {
    this.#capacity = Math.max(16, expected);
    this.#table = emptyTable(keySize, this.#capacity);
  }

  /** How many contents have a number, deleted and absent ones included. */
  get size(): number {
    return this.#count;
  }

  /** The ids of all packs. */
  get packs(): readonly string[] {
    return this.#packs;
  }

  /** Bytes of a key: those of a hash, and 1. */
  get keySize(): number {
    return this.#table.keySize;
  }

  /** For threads that ask whether a content is known: they see what is known now, and what is added later or not. */
  shared(): ContentTable {
    return this.#table;
  }

  /** Where a content lies, even a deleted one; `undefined` where it is not known, or was deleted so long ago that it is absent. */
  find(id: ContentId): ContentEntry | undefined {
    const content = this.numberOf(id);
    return content < 0 ? undefined : this.entry(content);
  }

  /** Whether a content is known and not deleted: what need not be written again. */
  hasLive(id: ContentId): boolean {
    const content = this.numberOf(id);
    return content >= 0 && !this.isDeleted(content);
  }

  /** The number of a content; -1 where it is not known or absent. */
  numberOf(id: ContentId): number {
    const key = contentKey(id);
    return key.length === this.keySize ? this.numberOfKey(key) : -1;
  }

  /** {@link numberOf} by the content's key, which may lie anywhere in `bytes`. */
  numberOfKey(bytes: Uint8Array, at = 0): number {
    const content = lookUp(this.#table, bytes, at);
    return content < 0 || this.isAbsent(content) ? -1 : content;
  }

  /** What is known of the content of that number. */
  entry(content: number): ContentEntry {
    const { compression, formatVersion } = this.#form(content);
    return {
      id: this.id(content),
      pack: this.#packs[this.packNumber(content)] ?? '',
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
    const { keys, keySize } = this.#table;
    return keys.subarray(content * keySize, (content + 1) * keySize);
  }

  /** The letter before the content's hash, as a byte; 0 where there is none. */
  prefixByte(content: number): number {
    return this.#table.keys[content * this.#table.keySize] ?? 0;
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
    return isDeleted(this.#table, content);
  }

  /** Whether the content was deleted so long ago that it counts as absent. */
  isAbsent(content: number): boolean {
    return this.watermark > 0 && this.timestamp(content) <= this.watermark && this.isDeleted(content);
  }

  /** The numbers of the contents that are not absent; those with one prefix alone, where one is given ('' for none). */
  *numbers(prefix?: string): Generator<number> {
    const wanted = prefix === '' ? 0 : prefix?.charCodeAt(0);
    for (let content = 0; content < this.#count; content++) {
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
    const { keys, words, keySize } = this.#table;
    const found = lookUp(this.#table, bytes, at);
    const content = found < 0 ? this.#count : found;
    const first = content * wordsPerContent;
    if (found >= 0 && !this.#isNewer(row, first)) return;
    if (found < 0) for (let i = 0; i < keySize; i++) keys[content * keySize + i] = bytes[at + i] ?? 0;
    for (let i = 0; i < wordsPerContent; i++) words[first + i] = row[i] ?? 0;
    if (found >= 0) return;
    this.#count++;
    occupy(this.#table, content, ~found);
  }

  /** Makes room for so many more. */
  reserve(more: number): void {
    if (this.#count + more <= this.#capacity) return;
    this.#capacity = this.#count + more;
    const { keySize, keys, words } = this.#table;
    const table = emptyTable(keySize, this.#capacity);
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
  #isNewer(row: Uint32Array, first: number): boolean {
    const { words } = this.#table;
    const [time, knownTime] = [row[timestampWord] ?? 0, words[first + timestampWord] ?? 0];
    if (time !== knownTime) return time > knownTime;
    const [deleted, knownDeleted] = [row[offsetWord] ?? 0, words[first + offsetWord] ?? 0].map(
      word => (word & deletedBit) !== 0,
    );
    if (deleted !== knownDeleted) return knownDeleted === true;
    const [pack, knownPack] = [row[packWord] ?? 0, words[first + packWord] ?? 0].map(
      word => this.#packs[word >>> 8] ?? '',
    );
    return (pack ?? '') > (knownPack ?? '');
  }

  #word(content: number, word: number): number {
    return this.#table.words[content * wordsPerContent + word] ?? 0;
  }

  #form(content: number): Form {
    const form = this.#forms[this.#word(content, packWord) & 0xff];
    return form ?? { compression: 0, formatVersion: 0 };
  }
}
