import { Fault } from '../../format/fault.ts';
import type { ContentEntry, IndexFile, SortedEntries } from './index.ts';
import { type EntryLayout, entryOf, findKey, unknownKeySize } from './index-bytes.ts';
import { reasons } from './reasons.ts';

/**
 * Version 2, big-endian: a header; entries of a key and 16 to 19 bytes; for each pack the length and place of its name; for each
 * format four bytes of compression, the repository's version and a zero; the names. What may follow is not looked at.
 */
const headerSize = 17;
const packSize = 5;
const formatSize = 6;
const [leastEntry, mostEntry] = [16, 19];
/** Where in an entry, counted from the end of its key, what stands that is not always there. */
const [formatAt, packHighAt, lengthsHighAt] = [16, 17, 18];
const deletedFlag = 0x8000_0000;
/** One more than the greatest of each that can be said. */
const [offsetLimit, lengthLimit, packLimit, formatLimit] = [2 ** 30, 2 ** 28, 2 ** 24, 255];
const shortLength = 2 ** 24;
const shortPack = 2 ** 16;

interface EntryFormat {
  readonly compression: number;
  readonly version: number;
}

/** An index of version 2 over its bytes. */
export class IndexV2 implements IndexFile {
  readonly version = 2;
  readonly bytes: Buffer;
  readonly count: number;
  readonly keySize: number;
  readonly packCount: number;
  readonly #layout: EntryLayout;
  readonly #entrySize: number;
  readonly #baseTime: number;
  readonly #names: readonly string[];
  readonly #formats: readonly EntryFormat[];

  /** @throws Fault */
  constructor(bytes: Buffer) {
    if (bytes.length < headerSize) throw new Fault(reasons.index);
    const [entrySize, count] = [bytes.readUInt16BE(2), bytes.readUInt32BE(4)];
    const keySize = bytes[1] === unknownKeySize && count === 0 ? 0 : (bytes[1] ?? 0);
    const packCount = bytes.readUInt32BE(8);
    const stride = keySize + entrySize;
    const packsAt = headerSize + count * stride;
    const formatsAt = packsAt + packCount * packSize;
    const valid = entrySize >= leastEntry && entrySize <= mostEntry && (keySize > 1 || count === 0);
    if (!valid || formatsAt + (bytes[12] ?? 0) * formatSize > bytes.length) throw new Fault(reasons.index);
    this.bytes = bytes;
    this.count = count;
    this.keySize = keySize;
    this.packCount = packCount;
    this.#layout = { bytes, start: headerSize, stride, keySize, count };
    this.#entrySize = entrySize;
    this.#baseTime = bytes.readUInt32BE(13);
    this.#names = readNames(bytes, packsAt, packCount);
    this.#formats = readFormats(bytes, formatsAt, bytes[12] ?? 0);
    this.#checkEntries();
  }

  /** That no entry names a pack or a format that is not there. */
  #checkEntries(): void {
    for (let entry = 0; entry < this.count; entry++) {
      const known = this.packOf(entry) < this.packCount && this.#formatOf(entry) !== undefined;
      if (!known) throw new Fault(reasons.index);
    }
  }

  #valueAt(entry: number): number {
    return headerSize + entry * this.#layout.stride + this.keySize;
  }

  /** A byte that stands in an entry only where entries are long enough. */
  #optional(entry: number, at: number): number {
    return this.#entrySize > at ? (this.bytes[this.#valueAt(entry) + at] ?? 0) : 0;
  }

  #formatOf(entry: number): EntryFormat | undefined {
    return this.#formats[this.#optional(entry, formatAt)];
  }

  packName(pack: number): string {
    return this.#names[pack] ?? '';
  }

  keyAt(entry: number): number {
    return headerSize + entry * this.#layout.stride;
  }

  writeKey(entry: number, target: Buffer, at: number): void {
    this.bytes.copy(target, at, this.keyAt(entry), this.keyAt(entry) + this.keySize);
  }

  find(key: Uint8Array): number {
    return findKey(this.#layout, key);
  }

  timestampOf(entry: number): number {
    return this.#baseTime + this.bytes.readUInt32BE(this.#valueAt(entry));
  }

  isDeleted(entry: number): boolean {
    return this.bytes.readUInt32BE(this.#valueAt(entry) + 4) >= deletedFlag;
  }

  offsetOf(entry: number): number {
    return this.bytes.readUInt32BE(this.#valueAt(entry) + 4) % deletedFlag;
  }

  originalOf(entry: number): number {
    const high = this.#optional(entry, lengthsHighAt) >> 4;
    return high * shortLength + this.bytes.readUIntBE(this.#valueAt(entry) + 8, 3);
  }

  lengthOf(entry: number): number {
    const high = this.#optional(entry, lengthsHighAt) & 15;
    return high * shortLength + this.bytes.readUIntBE(this.#valueAt(entry) + 11, 3);
  }

  packOf(entry: number): number {
    const high = this.#optional(entry, packHighAt);
    return high * shortPack + this.bytes.readUInt16BE(this.#valueAt(entry) + 14);
  }

  compressionOf(entry: number): number {
    return this.#formatOf(entry)?.compression ?? 0;
  }

  formatVersionOf(entry: number): number {
    return this.#formatOf(entry)?.version ?? 0;
  }

  entry(entry: number): ContentEntry {
    return entryOf(this, this.#layout, { entry, keyAt: this.keyAt(entry) });
  }
}

function readNames(bytes: Buffer, packsAt: number, count: number): string[] {
  return Array.from({ length: count }, (_, pack) => {
    const at = packsAt + pack * packSize;
    const start = bytes.readUInt32BE(at + 1);
    const end = start + (bytes[at] ?? 0);
    if (end > bytes.length) throw new Fault(reasons.index);
    return bytes.toString('latin1', start, end);
  });
}

function readFormats(bytes: Buffer, formatsAt: number, count: number): EntryFormat[] {
  return Array.from({ length: count }, (_, format) => {
    const at = formatsAt + format * formatSize;
    return { compression: bytes.readUInt32BE(at), version: bytes[at + 4] ?? 0 };
  });
}

/** Packs and formats are numbered as the sorted entries first name them: so the bytes are the same as kopia's. */
interface Numbering {
  /** By the number of the pack among the given entries. */
  readonly packs: ReadonlyMap<number, number>;
  readonly formats: ReadonlyMap<string, EntryFormat & { readonly number: number }>;
  /** Whether lengths need more than three bytes. */
  readonly long: boolean;
}

/** The plain bytes of an index of version 2. */
export function buildIndexV2(entries: SortedEntries): Buffer {
  const numbering = number(entries);
  const { packs, formats } = numbering;
  const entrySize = entrySizeFor(numbering);
  const packsAt = headerSize + entries.count * (entries.keySize + entrySize);
  const namesAt = packsAt + packs.size * packSize + formats.size * formatSize;
  const names = [...packs.keys()].map(pack => Buffer.from(entries.packName(pack), 'latin1'));
  const bytes = Buffer.alloc(namesAt + names.reduce((sum, name) => sum + name.length, 0));
  bytes[0] = 2;
  bytes[1] = entries.count === 0 ? unknownKeySize : entries.keySize;
  bytes.writeUInt16BE(entrySize, 2);
  bytes.writeUInt32BE(entries.count, 4);
  bytes.writeUInt32BE(packs.size, 8);
  bytes[12] = formats.size;
  for (let entry = 0; entry < entries.count; entry++) {
    const at = headerSize + entry * (entries.keySize + entrySize);
    entries.writeKey(entry, bytes, at);
    writeValue(bytes, at + entries.keySize, { entries, entry, numbering, entrySize });
  }
  writeNames(bytes, { packsAt, namesAt }, names);
  writeFormats(bytes, packsAt + packs.size * packSize, formats.values());
  return bytes;
}

function number(entries: SortedEntries): Numbering {
  const packs = new Map<number, number>();
  const formats = new Map<string, EntryFormat & { readonly number: number }>();
  let longest = 0;
  for (let entry = 0; entry < entries.count; entry++) {
    const pack = entries.packOf(entry);
    if (!packs.has(pack)) packs.set(pack, packs.size);
    const [compression, version] = [entries.compressionOf(entry), entries.formatVersionOf(entry)];
    const key = `${compression} ${version}`;
    if (!formats.has(key)) formats.set(key, { compression, version, number: formats.size });
    longest = Math.max(longest, entries.lengthOf(entry), entries.originalOf(entry));
    if (entries.offsetOf(entry) >= offsetLimit) throw new RangeError('an offset is too great for an index');
  }
  const fits = longest < lengthLimit && packs.size <= packLimit && formats.size <= formatLimit;
  if (!fits) throw new RangeError('too much for one index');
  return { packs, formats, long: longest >= shortLength };
}

function entrySizeFor({ packs, formats, long }: Numbering): number {
  if (long) return lengthsHighAt + 1;
  if (packs.size > shortPack) return packHighAt + 1;
  return formats.size > 1 ? formatAt + 1 : leastEntry;
}

interface Value {
  readonly entries: SortedEntries;
  readonly entry: number;
  readonly numbering: Numbering;
  readonly entrySize: number;
}

function writeValue(bytes: Buffer, at: number, { entries, entry, numbering, entrySize }: Value): void {
  const [length, original] = [entries.lengthOf(entry), entries.originalOf(entry)];
  const pack = numbering.packs.get(entries.packOf(entry)) ?? 0;
  const key = `${entries.compressionOf(entry)} ${entries.formatVersionOf(entry)}`;
  bytes.writeUInt32BE(entries.timestampOf(entry), at);
  bytes.writeUInt32BE(entries.offsetOf(entry) + (entries.isDeleted(entry) ? deletedFlag : 0), at + 4);
  bytes.writeUIntBE(original % shortLength, at + 8, 3);
  bytes.writeUIntBE(length % shortLength, at + 11, 3);
  bytes.writeUInt16BE(pack % shortPack, at + 14);
  if (entrySize > formatAt) bytes[at + formatAt] = numbering.formats.get(key)?.number ?? 0;
  if (entrySize > packHighAt) bytes[at + packHighAt] = Math.floor(pack / shortPack);
  if (entrySize > lengthsHighAt) {
    bytes[at + lengthsHighAt] = Math.floor(original / shortLength) * 16 + Math.floor(length / shortLength);
  }
}

function writeNames(
  bytes: Buffer,
  { packsAt, namesAt }: { readonly packsAt: number; readonly namesAt: number },
  names: readonly Buffer[],
): void {
  let nameAt = namesAt;
  for (const [pack, name] of names.entries()) {
    bytes[packsAt + pack * packSize] = name.length;
    bytes.writeUInt32BE(nameAt, packsAt + pack * packSize + 1);
    bytes.set(name, nameAt);
    nameAt += name.length;
  }
}

function writeFormats(bytes: Buffer, formatsAt: number, formats: Iterable<EntryFormat>): void {
  let at = formatsAt;
  for (const { compression, version } of formats) {
    bytes.writeUInt32BE(compression, at);
    bytes[at + 4] = version;
    at += formatSize;
  }
}
