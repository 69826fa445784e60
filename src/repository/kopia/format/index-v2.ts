import { Fault } from '../../format/fault.ts';
import type { ContentEntry, IndexFile, SortedEntries } from './index.ts';
import { type EntryLayout, entryOf, findKey, unknownKeySize } from './index-bytes.ts';
import {
  deletedFlag,
  type EntryFormat,
  formatAt,
  formatSizeV2,
  headerSizeV2,
  leastEntry,
  lengthsHighAt,
  nameBoundsV2,
  packHighAt,
  packSizeV2,
  readHeaderV2,
  shortLength,
  shortPack,
  ValuesV2,
} from './index-v2-layout.ts';
import { reasons } from './reasons.ts';

/** One more than the greatest of each that can be said. */
const [offsetLimit, lengthLimit, packLimit, formatLimit] = [2 ** 30, 2 ** 28, 2 ** 24, 255];

/** An index of version 2 over its bytes. */
export class IndexV2 implements IndexFile {
  readonly version = 2;
  readonly bytes: Buffer;
  readonly count: number;
  readonly keySize: number;
  readonly packCount: number;
  readonly #layout: EntryLayout;
  readonly #values: ValuesV2;
  readonly #names: readonly string[];

  /** @throws Fault */
  constructor(bytes: Buffer) {
    const header = readHeaderV2(bytes, bytes.length);
    const { keySize, count, stride, packCount } = header;
    this.bytes = bytes;
    this.count = count;
    this.keySize = keySize;
    this.packCount = packCount;
    this.#layout = { bytes, start: headerSizeV2, stride, keySize, count };
    this.#values = new ValuesV2(header, bytes.subarray(header.formatsAt));
    this.#names = readNames(bytes, header.packsAt, packCount);
    this.#checkEntries();
  }

  /** That no entry names a pack or a format that is not there. */
  #checkEntries(): void {
    for (let entry = 0; entry < this.count; entry++) {
      const isKnown = this.#values.isKnown(this.bytes, this.#valueAt(entry), this.packCount);
      if (!isKnown) throw new Fault(reasons.index);
    }
  }

  #valueAt(entry: number): number {
    return headerSizeV2 + entry * this.#layout.stride + this.keySize;
  }

  packName(pack: number): string {
    return this.#names[pack] ?? '';
  }

  keyAt(entry: number): number {
    return headerSizeV2 + entry * this.#layout.stride;
  }

  writeKey(entry: number, target: Buffer, at: number): void {
    this.bytes.copy(target, at, this.keyAt(entry), this.keyAt(entry) + this.keySize);
  }

  find(key: Uint8Array): number {
    return findKey(this.#layout, key);
  }

  timestampOf(entry: number): number {
    return this.#values.timestamp(this.bytes, this.#valueAt(entry));
  }

  isDeleted(entry: number): boolean {
    return this.#values.isDeleted(this.bytes, this.#valueAt(entry));
  }

  offsetOf(entry: number): number {
    return this.#values.offset(this.bytes, this.#valueAt(entry));
  }

  originalOf(entry: number): number {
    return this.#values.original(this.bytes, this.#valueAt(entry));
  }

  lengthOf(entry: number): number {
    return this.#values.length(this.bytes, this.#valueAt(entry));
  }

  packOf(entry: number): number {
    return this.#values.pack(this.bytes, this.#valueAt(entry));
  }

  compressionOf(entry: number): number {
    return this.#values.compression(this.bytes, this.#valueAt(entry));
  }

  formatVersionOf(entry: number): number {
    return this.#values.formatVersion(this.bytes, this.#valueAt(entry));
  }

  entry(entry: number): ContentEntry {
    return entryOf(this, this.#layout, { entry, keyAt: this.keyAt(entry) });
  }
}

function readNames(bytes: Buffer, packsAt: number, count: number): string[] {
  return Array.from({ length: count }, (_, pack) => {
    const at = packsAt + pack * packSizeV2;
    const { start, end } = nameBoundsV2(bytes.subarray(at, at + packSizeV2));
    if (end > bytes.length) throw new Fault(reasons.index);
    return bytes.toString('latin1', start, end);
  });
}

/** Packs and formats are numbered as the sorted entries first name them: so the bytes are the same as kopia's. */
interface Numbering {
  /** By the number of the pack among the given entries. */
  readonly packs: ReadonlyMap<number, number>;
  readonly formats: ReadonlyMap<number, EntryFormat & { readonly number: number }>;
  /** Whether lengths need more than three bytes. */
  readonly long: boolean;
}

/** The plain bytes of an index of version 2. */
export function buildIndexV2(entries: SortedEntries): Buffer {
  const numbering = number(entries);
  const { packs, formats } = numbering;
  const entrySize = entrySizeFor(numbering);
  const packsAt = headerSizeV2 + entries.count * (entries.keySize + entrySize);
  const namesAt = packsAt + packs.size * packSizeV2 + formats.size * formatSizeV2;
  const names = [...packs.keys()].map(pack => Buffer.from(entries.packName(pack), 'latin1'));
  const bytes = Buffer.alloc(namesAt + names.reduce((sum, name) => sum + name.length, 0));
  bytes[0] = 2;
  bytes[1] = entries.count === 0 ? unknownKeySize : entries.keySize;
  bytes.writeUInt16BE(entrySize, 2);
  bytes.writeUInt32BE(entries.count, 4);
  bytes.writeUInt32BE(packs.size, 8);
  bytes[12] = formats.size;
  for (let entry = 0; entry < entries.count; entry++) {
    const at = headerSizeV2 + entry * (entries.keySize + entrySize);
    entries.writeKey(entry, bytes, at);
    writeValue(bytes, at + entries.keySize, { entries, entry, numbering, entrySize });
  }
  writeNames(bytes, { packsAt, namesAt }, names);
  writeFormats(bytes, packsAt + packs.size * packSizeV2, formats.values());
  return bytes;
}

function number(entries: SortedEntries): Numbering {
  const packs = new Map<number, number>();
  const formats = new Map<number, EntryFormat & { readonly number: number }>();
  let longest = 0;
  for (let entry = 0; entry < entries.count; entry++) {
    const pack = entries.packOf(entry);
    if (!packs.has(pack)) packs.set(pack, packs.size);
    const [compression, version] = [entries.compressionOf(entry), entries.formatVersionOf(entry)];
    const key = formatKey(entries, entry);
    if (!formats.has(key)) formats.set(key, { compression, version, number: formats.size });
    longest = Math.max(longest, entries.lengthOf(entry), entries.originalOf(entry));
    if (entries.offsetOf(entry) >= offsetLimit) throw new RangeError('an offset is too great for an index');
  }
  const fits = longest < lengthLimit && packs.size <= packLimit && formats.size <= formatLimit;
  if (!fits) throw new RangeError('too much for one index');
  return { packs, formats, long: longest >= shortLength };
}

function formatKey(entries: SortedEntries, entry: number): number {
  return entries.compressionOf(entry) * 256 + entries.formatVersionOf(entry);
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
  const key = formatKey(entries, entry);
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
    bytes[packsAt + pack * packSizeV2] = name.length;
    bytes.writeUInt32BE(nameAt, packsAt + pack * packSizeV2 + 1);
    bytes.set(name, nameAt);
    nameAt += name.length;
  }
}

function writeFormats(bytes: Buffer, formatsAt: number, formats: Iterable<EntryFormat>): void {
  let at = formatsAt;
  for (const { compression, version } of formats) {
    bytes.writeUInt32BE(compression, at);
    bytes[at + 4] = version;
    at += formatSizeV2;
  }
}
