import { Fault } from '../../format/fault.ts';
import { contentIdOf } from './content-id.ts';
import type { ContentEntry } from './index.ts';
import { compareAt } from './index-bytes.ts';
import type { IndexPart, IndexRun } from './index-run.ts';
import {
  formatSizeV2,
  type HeaderV2,
  headerSizeV2,
  nameBoundsV2,
  packSizeV2,
  readHeaderV2,
  ValuesV2,
} from './index-v2-layout.ts';
import { reasons } from './reasons.ts';

/** Bytes that lie elsewhere than in memory. */
export interface DistantBytes {
  readonly length: number;
  /** Fills `target` with what begins `at`. Who asks has made sure that so much is there. */
  read(target: Uint8Array, at: number): void;
}

/** Entries that are looked at together where all of them are. */
const batch = 1024;
/** Hashes are as good as random, so a few guesses by their value come near; what is guessed amiss, halving finds. */
const guesses = 4;
/** So many bytes of a hash are guessed by. */
const guessedBytes = 6;

/**
 * An index of version 2 that lies elsewhere, a file for instance: entries are found by reading a few of them, and nothing is held for
 * each.
 */
export class DiskIndex implements IndexRun {
  readonly count: number;
  /** 0 where there are no entries. */
  readonly keySize: number;
  readonly #bytes: DistantBytes;
  readonly #header: HeaderV2;
  readonly #values: ValuesV2;
  /** The entry that was read last. */
  readonly #entry: Buffer;
  readonly #part: EntriesV2;
  /** By the first byte of their keys: the numbers of the first entry that has it, and of the first beyond. */
  readonly #ranges = new Map<number, readonly [number, number]>();

  /** @throws Fault for what is no index of version 2 */
  constructor(bytes: DistantBytes) {
    if (bytes.length < headerSizeV2) throw new Fault(reasons.index);
    const beginning = Buffer.alloc(headerSizeV2);
    bytes.read(beginning, 0);
    if (beginning[0] !== 2) throw new Fault(reasons.index);
    const header = readHeaderV2(beginning, bytes.length);
    const formats = Buffer.alloc(header.formatCount * formatSizeV2);
    bytes.read(formats, header.formatsAt);
    this.count = header.count;
    this.keySize = header.keySize;
    this.#bytes = bytes;
    this.#header = header;
    this.#values = new ValuesV2(header, formats);
    this.#entry = Buffer.alloc(header.stride);
    this.#part = new EntriesV2(this.#entry, header, this.#values);
  }

  /** What the index says of the content with this key. */
  find(key: Uint8Array): ContentEntry | undefined {
    return key.length === this.keySize && this.#search(key) ? this.#spelledOut() : undefined;
  }

  /** The entries whose keys begin with a byte, in their order. */
  *beginningWith(byte: number): Generator<ContentEntry> {
    const [first, end] = this.#rangeOf(byte);
    for (let entry = first; entry < end; entry++) {
      this.#read(entry);
      yield this.#spelledOut();
    }
  }

  /** All entries in their order, some thousand at a time; each part takes the memory of the one before. */
  *parts(): Generator<IndexPart> {
    const { stride } = this.#header;
    const memory = Buffer.allocUnsafe(Math.min(batch, this.count) * stride);
    for (let first = 0; first < this.count; first += batch) {
      const count = Math.min(batch, this.count - first);
      const bytes = memory.subarray(0, count * stride);
      this.#bytes.read(bytes, headerSizeV2 + first * stride);
      yield new EntriesV2(bytes, this.#header, this.#values);
    }
  }

  /** One entry, by its number. What is returned holds until anything else is asked for. */
  part(entry: number): IndexPart {
    this.#read(entry);
    return this.#part;
  }

  /** The names of all packs, each read when it is asked for. */
  *packNames(): Generator<string> {
    for (let pack = 0; pack < this.#header.packCount; pack++) yield this.#packName(pack);
  }

  /**
   * Whether all of it can be relied on: keys ascend, and everything that is named is there. Looks at every entry, some thousand at a
   * time; {@link find} and the others are right, and throw nothing, only for an index of which this is so.
   */
  isSound(): boolean {
    return this.#entriesAreSound() && this.#namesAreSound();
  }

  /** Reads the entry with this key; whether there is one. */
  #search(key: Uint8Array): boolean {
    let [low, high] = this.#rangeOf(key[0] ?? 0);
    const wanted = hashValue(key);
    let [least, most] = [0, 2 ** (8 * guessedBytes)];
    for (let step = 0; low < high; step++) {
      const share = step < guesses && most > least ? (wanted - least) / (most - least) : 0.5;
      const middle = Math.min(high - 1, Math.max(low, low + Math.floor(share * (high - low))));
      this.#read(middle);
      const order = compareAt(this.#entry, 0, key);
      if (order === 0) return true;
      if (order < 0) [low, least] = [middle + 1, hashValue(this.#entry)];
      else [high, most] = [middle, hashValue(this.#entry)];
    }
    return false;
  }

  #rangeOf(byte: number): readonly [number, number] {
    const known = this.#ranges.get(byte);
    if (known !== undefined) return known;
    const range = [this.#firstFrom(byte), this.#firstFrom(byte + 1)] as const;
    this.#ranges.set(byte, range);
    return range;
  }

  /** The number of the first entry whose key's first byte is no less. */
  #firstFrom(byte: number): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      this.#read(middle);
      if ((this.#entry[0] ?? 0) < byte) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #read(entry: number): void {
    this.#bytes.read(this.#entry, headerSizeV2 + entry * this.#header.stride);
  }

  /** @throws Fault where its key is none */
  #spelledOut(): ContentEntry {
    const [bytes, at, values] = [this.#entry, this.keySize, this.#values];
    return {
      id: contentIdOf(bytes.subarray(0, at)),
      pack: this.#packName(values.pack(bytes, at)),
      offset: values.offset(bytes, at),
      length: values.length(bytes, at),
      original: values.original(bytes, at),
      compression: values.compression(bytes, at),
      formatVersion: values.formatVersion(bytes, at),
      deleted: values.isDeleted(bytes, at),
      timestamp: values.timestamp(bytes, at),
    };
  }

  #packName(pack: number): string {
    const { start, end } = this.#boundsOf(pack);
    const name = Buffer.alloc(end - start);
    this.#bytes.read(name, start);
    return name.toString('latin1');
  }

  #boundsOf(pack: number): { readonly start: number; readonly end: number } {
    const place = Buffer.alloc(packSizeV2);
    this.#bytes.read(place, this.#header.packsAt + pack * packSizeV2);
    return nameBoundsV2(place);
  }

  #entriesAreSound(): boolean {
    const { stride, packCount } = this.#header;
    // The key before the first has no bytes, and each is compared with those that are there.
    let before = Buffer.alloc(0);
    for (let first = 0; first < this.count; first += batch) {
      const entries = Buffer.allocUnsafe(Math.min(batch, this.count - first) * stride);
      this.#bytes.read(entries, headerSizeV2 + first * stride);
      for (let at = 0; at < entries.length; at += stride) {
        const ascends = before.length === 0 || compareAt(entries, at, before) > 0;
        if (!ascends || !this.#values.isKnown(entries, at + this.keySize, packCount)) return false;
        before = entries.subarray(at, at + this.keySize);
      }
    }
    return true;
  }

  #namesAreSound(): boolean {
    for (let pack = 0; pack < this.#header.packCount; pack++) {
      if (this.#boundsOf(pack).end > this.#bytes.length) return false;
    }
    return true;
  }
}

/** Some entries of an index, over their bytes. */
class EntriesV2 implements IndexPart {
  readonly count: number;
  readonly bytes: Buffer;
  readonly #stride: number;
  readonly #keySize: number;
  readonly #values: ValuesV2;

  constructor(bytes: Buffer, { stride, keySize }: HeaderV2, values: ValuesV2) {
    this.bytes = bytes;
    this.count = bytes.length / stride;
    this.#stride = stride;
    this.#keySize = keySize;
    this.#values = values;
  }

  keyAt(entry: number): number {
    return entry * this.#stride;
  }

  packOf(entry: number): number {
    return this.#values.pack(this.bytes, this.#valueAt(entry));
  }

  offsetOf(entry: number): number {
    return this.#values.offset(this.bytes, this.#valueAt(entry));
  }

  lengthOf(entry: number): number {
    return this.#values.length(this.bytes, this.#valueAt(entry));
  }

  originalOf(entry: number): number {
    return this.#values.original(this.bytes, this.#valueAt(entry));
  }

  compressionOf(entry: number): number {
    return this.#values.compression(this.bytes, this.#valueAt(entry));
  }

  formatVersionOf(entry: number): number {
    return this.#values.formatVersion(this.bytes, this.#valueAt(entry));
  }

  isDeleted(entry: number): boolean {
    return this.#values.isDeleted(this.bytes, this.#valueAt(entry));
  }

  timestampOf(entry: number): number {
    return this.#values.timestamp(this.bytes, this.#valueAt(entry));
  }

  #valueAt(entry: number): number {
    return this.keyAt(entry) + this.#keySize;
  }
}

/** The beginning of a key's hash as a number. */
function hashValue(key: Uint8Array): number {
  let value = 0;
  for (let at = 1; at <= guessedBytes; at++) value = value * 256 + (key[at] ?? 0);
  return value;
}
