import { Fault } from '../../format/fault.ts';
import { type SealKey, seal, sealOverhead, unseal } from '../sealing/seal.ts';
import { reasons } from './reasons.ts';

export type BlobType = 'data' | 'tree';

/** A blob as a pack's header or an index names it. */
export interface PackedBlob {
  readonly id: string;
  readonly type: BlobType;
  /** Where its sealed bytes begin in the pack. */
  readonly offset: number;
  /** How many sealed bytes there are. */
  readonly length: number;
  /** Bytes of its content where it is compressed; 0 where it is not. */
  readonly uncompressed: number;
}

/** The length of the sealed header stands in the last four bytes of a pack. */
export const trailerSize = 4;
/** Bytes of a sealed header; restic's own limit. */
const headerLimit = 16 * 1024 * 1024;
/** Bytes at which a pack is closed, unless a repository is opened with another size. */
export const usualPackSize = 16 * 1024 * 1024;
const plainEntry = 37;
const compressedEntry = 41;

/** How many bytes a pack of these blobs has. */
export function packSize(blobs: Iterable<PackedBlob>): number {
  let size = trailerSize + sealOverhead;
  for (const blob of blobs) size += blob.length + entrySize(blob);
  return size;
}

/** Bytes of a blob's entry in a header, before it is sealed. */
export function entrySize({ uncompressed }: Pick<PackedBlob, 'uncompressed'>): number {
  return uncompressed === 0 ? plainEntry : compressedEntry;
}

/** How many bytes before the last four the header has, by those four. @throws Fault */
export function headerLength(lastFour: Uint8Array, fileSize: number): number {
  const length = Buffer.from(lastFour).readUInt32LE();
  if (length < sealOverhead || length > headerLimit || length + trailerSize > fileSize) {
    throw new Fault(reasons.headerLength);
  }
  return length;
}

/**
 * The blobs that a sealed header names, in the order in which they lie in the pack; they fill all of it before
 * the header. @throws Fault
 */
export function readHeader(key: SealKey, sealed: Uint8Array, fileSize: number): PackedBlob[] {
  const header = unseal(key, sealed);
  if (header === undefined) throw new Fault(reasons.header);
  const blobs: PackedBlob[] = [];
  let offset = 0;
  for (let at = 0; at < header.length; ) {
    const blob = readEntry(header, at, offset);
    blobs.push(blob);
    at += entrySize(blob);
    offset += blob.length;
  }
  if (offset + sealed.length + trailerSize !== fileSize) {
    throw new Fault(reasons.packSize);
  }
  return blobs;
}

/** The first byte says `data` or `tree`, and by its second bit whether a length before compression follows. */
function readEntry(header: Buffer, at: number, offset: number): PackedBlob {
  const kind = header[at] ?? 0;
  const compressed = kind > 1;
  if (kind > 3 || at + (compressed ? compressedEntry : plainEntry) > header.length) {
    throw new Fault(reasons.headerEntry);
  }
  const idAt = at + (compressed ? 9 : 5);
  const length = header.readUInt32LE(at + 1);
  const uncompressed = compressed ? header.readUInt32LE(at + 5) : 0;
  if (length < sealOverhead || (compressed && uncompressed === 0)) {
    throw new Fault(reasons.headerEntry);
  }
  const type = (kind & 1) === 0 ? 'data' : 'tree';
  return { id: header.toString('hex', idAt, idAt + 32), type, offset, length, uncompressed };
}

/** The end of a pack: the sealed header that names these blobs, and its length. */
export function writeHeader(key: SealKey, blobs: readonly PackedBlob[]): Buffer {
  const sealed = seal(key, Buffer.concat(blobs.map(writeEntry)));
  const trailer = Buffer.alloc(trailerSize);
  trailer.writeUInt32LE(sealed.length);
  return Buffer.concat([sealed, trailer]);
}

function writeEntry(blob: PackedBlob): Buffer {
  const entry = Buffer.alloc(entrySize(blob));
  entry[0] = (blob.type === 'tree' ? 1 : 0) + (blob.uncompressed === 0 ? 0 : 2);
  entry.writeUInt32LE(blob.length, 1);
  if (blob.uncompressed !== 0) entry.writeUInt32LE(blob.uncompressed, 5);
  entry.write(blob.id, entry.length - 32, 'hex');
  return entry;
}
