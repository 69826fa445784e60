import { Fault } from '../../format/fault.ts';
import type { ContentEntry, IndexFile, SortedEntries } from './index.ts';
import { type EntryLayout, entryOf, findKey, unknownKeySize } from './index-bytes.ts';
import { reasons } from './reasons.ts';

/**
 * Version 1, big-endian: a header; entries of a key and 20 bytes: 48 bits of time, the version of the format, the length and
 * the place of the pack's name, the offset whose highest bit says that it is deleted, and the sealed length; the names.
 */
const headerSize = 8;
const valueSize = 20;
const deletedFlag = 0x8000_0000;

/** An index of version 1 over its bytes. */
export class IndexV1 implements IndexFile {
  readonly version = 1;
  readonly bytes: Buffer;
  readonly count: number;
  readonly keySize: number;
  readonly #layout: EntryLayout;
  readonly #sealOverhead: number;
  /** Numbers of packs by where their names lie. */
  readonly #packs = new Map<number, number>();
  readonly #names: string[] = [];

  /** @throws Fault */
  constructor(bytes: Buffer, sealOverhead: number) {
    if (bytes.length < headerSize) throw new Fault(reasons.index);
    const count = bytes.readUInt32BE(4);
    const keySize = bytes[1] === unknownKeySize && count === 0 ? 0 : (bytes[1] ?? 0);
    const stride = keySize + valueSize;
    const valid = bytes.readUInt16BE(2) === valueSize && (keySize > 1 || count === 0);
    if (!valid || headerSize + count * stride > bytes.length) throw new Fault(reasons.index);
    this.bytes = bytes;
    this.count = count;
    this.keySize = keySize;
    this.#layout = { bytes, start: headerSize, stride, keySize, count };
    this.#sealOverhead = sealOverhead;
    this.#readNames();
  }

  #readNames(): void {
    for (let entry = 0; entry < this.count; entry++) {
      const at = this.#valueAt(entry);
      const start = this.bytes.readUInt32BE(at + 8);
      const end = start + (this.bytes[at + 7] ?? 0);
      if (end > this.bytes.length) throw new Fault(reasons.index);
      if (this.#packs.has(start)) continue;
      this.#packs.set(start, this.#names.length);
      this.#names.push(this.bytes.toString('latin1', start, end));
    }
  }

  #valueAt(entry: number): number {
    return headerSize + entry * this.#layout.stride + this.keySize;
  }

  get packCount(): number {
    return this.#names.length;
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
    return this.bytes.readUIntBE(this.#valueAt(entry), 6);
  }

  isDeleted(entry: number): boolean {
    return this.bytes.readUInt32BE(this.#valueAt(entry) + 12) >= deletedFlag;
  }

  offsetOf(entry: number): number {
    return this.bytes.readUInt32BE(this.#valueAt(entry) + 12) % deletedFlag;
  }

  originalOf(entry: number): number {
    return Math.max(this.lengthOf(entry) - this.#sealOverhead, 0);
  }

  lengthOf(entry: number): number {
    return this.bytes.readUInt32BE(this.#valueAt(entry) + 16);
  }

  packOf(entry: number): number {
    return this.#packs.get(this.bytes.readUInt32BE(this.#valueAt(entry) + 8)) ?? 0;
  }

  compressionOf(): number {
    return 0;
  }

  formatVersionOf(entry: number): number {
    return this.bytes[this.#valueAt(entry) + 6] ?? 0;
  }

  entry(entry: number): ContentEntry {
    return entryOf(this, this.#layout, { entry, keyAt: this.keyAt(entry) });
  }
}

/** The plain bytes of an index of version 1, which cannot say that a content is compressed. */
export function buildIndexV1(entries: SortedEntries): Buffer {
  const namesAt = headerSize + entries.count * (entries.keySize + valueSize);
  const places = new Map<number, { readonly at: number; readonly name: Buffer }>();
  let end = namesAt;
  for (let entry = 0; entry < entries.count; entry++) {
    const pack = entries.packOf(entry);
    if (entries.compressionOf(entry) !== 0) throw new RangeError('an index of version 1 has no compression');
    if (places.has(pack)) continue;
    const name = Buffer.from(entries.packName(pack), 'latin1');
    places.set(pack, { at: end, name });
    end += name.length;
  }
  const bytes = Buffer.alloc(end);
  bytes[0] = 1;
  bytes[1] = entries.count === 0 ? unknownKeySize : entries.keySize;
  bytes.writeUInt16BE(valueSize, 2);
  bytes.writeUInt32BE(entries.count, 4);
  for (let entry = 0; entry < entries.count; entry++) {
    const at = headerSize + entry * (entries.keySize + valueSize);
    const place = places.get(entries.packOf(entry));
    entries.writeKey(entry, bytes, at);
    const value = bytes.subarray(at + entries.keySize, at + entries.keySize + valueSize);
    value.writeUIntBE(entries.timestampOf(entry), 0, 6);
    value[6] = entries.formatVersionOf(entry);
    value[7] = place?.name.length ?? 0;
    value.writeUInt32BE(place?.at ?? 0, 8);
    value.writeUInt32BE(entries.offsetOf(entry) + (entries.isDeleted(entry) ? deletedFlag : 0), 12);
    value.writeUInt32BE(entries.lengthOf(entry), 16);
  }
  for (const { at, name } of places.values()) bytes.set(name, at);
  return bytes;
}
