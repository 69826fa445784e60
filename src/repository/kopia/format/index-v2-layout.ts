import { Fault } from '../../format/fault.ts';
import { unknownKeySize } from './index-bytes.ts';
import { reasons } from './reasons.ts';

/**
 * Version 2, big-endian: a header; entries of a key and 16 to 19 bytes; for each pack the length and place of its name; for each
 * format four bytes of compression, the repository's version and a zero; the names. What may follow is not looked at.
 */
export const headerSizeV2 = 17;
/** Bytes that stand for a pack, and for a format. */
export const packSizeV2 = 5;
export const formatSizeV2 = 6;
export const [leastEntry, mostEntry] = [16, 19];
/** Where in an entry, counted from the end of its key, what stands that is not always there. */
export const [formatAt, packHighAt, lengthsHighAt] = [16, 17, 18];
/** The bit of an offset that says that the content is deleted. */
export const deletedFlag = 0x8000_0000;
/** From here on lengths, and numbers of packs, have a part at an entry's end. */
export const [shortLength, shortPack] = [2 ** 24, 2 ** 16];

/** How an entry says that a content is stored. */
export interface EntryFormat {
  readonly compression: number;
  readonly version: number;
}

/** What an index of version 2 begins with, and where its parts are. */
export interface HeaderV2 {
  /** 0 where there are no entries. */
  readonly keySize: number;
  readonly count: number;
  /** Bytes of an entry besides its key, and with it. */
  readonly entrySize: number;
  readonly stride: number;
  readonly packCount: number;
  readonly packsAt: number;
  readonly formatCount: number;
  readonly formatsAt: number;
  /** What times of entries are counted from, in seconds since 1970. */
  readonly baseTime: number;
}

/** @param length bytes of the whole index. @throws Fault where it is too short for what it says is in it */
export function readHeaderV2(header: Buffer, length: number): HeaderV2 {
  if (header.length < headerSizeV2) throw new Fault(reasons.index);
  const [entrySize, count] = [header.readUInt16BE(2), header.readUInt32BE(4)];
  const keySize = header[1] === unknownKeySize && count === 0 ? 0 : (header[1] ?? 0);
  const [packCount, formatCount] = [header.readUInt32BE(8), header[12] ?? 0];
  const stride = keySize + entrySize;
  const packsAt = headerSizeV2 + count * stride;
  const formatsAt = packsAt + packCount * packSizeV2;
  const valid = entrySize >= leastEntry && entrySize <= mostEntry && (keySize > 1 || count === 0);
  if (!valid || formatsAt + formatCount * formatSizeV2 > length) throw new Fault(reasons.index);
  const baseTime = header.readUInt32BE(13);
  return { keySize, count, entrySize, stride, packCount, packsAt, formatCount, formatsAt, baseTime };
}

/** What the values of entries say, each `at` where in `bytes` an entry's key ends. */
export class ValuesV2 {
  readonly #entrySize: number;
  readonly #baseTime: number;
  readonly #formats: readonly EntryFormat[];

  /** @param formats the bytes of the index's formats */
  constructor({ entrySize, baseTime, formatCount }: HeaderV2, formats: Buffer) {
    this.#entrySize = entrySize;
    this.#baseTime = baseTime;
    this.#formats = readFormats(formats, formatCount);
  }

  /** A byte that stands in an entry only where entries are long enough. */
  #optional(bytes: Buffer, at: number, place: number): number {
    return this.#entrySize > place ? (bytes[at + place] ?? 0) : 0;
  }

  #formatOf(bytes: Buffer, at: number): EntryFormat | undefined {
    return this.#formats[this.#optional(bytes, at, formatAt)];
  }

  /** Whether the entry names a pack and a format that are there. */
  isKnown(bytes: Buffer, at: number, packCount: number): boolean {
    return this.pack(bytes, at) < packCount && this.#formatOf(bytes, at) !== undefined;
  }

  timestamp(bytes: Buffer, at: number): number {
    return this.#baseTime + bytes.readUInt32BE(at);
  }

  isDeleted(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at + 4) >= deletedFlag;
  }

  offset(bytes: Buffer, at: number): number {
    return bytes.readUInt32BE(at + 4) % deletedFlag;
  }

  original(bytes: Buffer, at: number): number {
    const high = this.#optional(bytes, at, lengthsHighAt) >> 4;
    return high * shortLength + bytes.readUIntBE(at + 8, 3);
  }

  length(bytes: Buffer, at: number): number {
    const high = this.#optional(bytes, at, lengthsHighAt) & 15;
    return high * shortLength + bytes.readUIntBE(at + 11, 3);
  }

  pack(bytes: Buffer, at: number): number {
    const high = this.#optional(bytes, at, packHighAt);
    return high * shortPack + bytes.readUInt16BE(at + 14);
  }

  compression(bytes: Buffer, at: number): number {
    return this.#formatOf(bytes, at)?.compression ?? 0;
  }

  formatVersion(bytes: Buffer, at: number): number {
    return this.#formatOf(bytes, at)?.version ?? 0;
  }
}

/** Where in the index a pack's name lies, out of the {@link packSizeV2} bytes that stand for the pack. */
export function nameBoundsV2(pack: Buffer): { readonly start: number; readonly end: number } {
  const start = pack.readUInt32BE(1);
  return { start, end: start + (pack[0] ?? 0) };
}

function readFormats(bytes: Buffer, count: number): EntryFormat[] {
  return Array.from({ length: count }, (_, format) => {
    const at = format * formatSizeV2;
    return { compression: bytes.readUInt32BE(at), version: bytes[at + 4] ?? 0 };
  });
}
