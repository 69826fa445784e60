import { readUvarint } from '../format/uvarint.ts';
import { Growing } from './copies.ts';

/** Where a block is being read. */
interface Reading {
  readonly bytes: Buffer;
  at: number;
  /** The distance of the last copy, which S2 can name again. */
  distance: number;
}

/**
 * A block of S2, which is Snappy's with repeated distances: its length, then tags of literals and copies
 * (https://github.com/klauspost/compress/tree/master/s2). @throws RangeError where it is damaged, or comes to more than `limit`
 */
export function unpackS2Block(block: Buffer, limit: number): Buffer {
  const reading = { bytes: block, at: 0, distance: 1 };
  const length = readUvarint(reading);
  if (length === undefined || length > limit) throw new RangeError('damaged');
  const growing = new Growing(length);
  while (reading.at < block.length) readTag(reading, growing);
  if (growing.length !== length) throw new RangeError('damaged');
  return growing.bytes;
}

function readTag(reading: Reading, growing: Growing): void {
  const tag = reading.bytes.readUInt8(reading.at++);
  const high = tag >> 2;
  switch (tag & 3) {
    case 0:
      readLiterals(reading, growing, high);
      break;
    case 1:
      readShortCopy(reading, growing, tag);
      break;
    case 2:
      reading.distance = take(reading, 2);
      growing.copy(reading.distance, high + 1);
      break;
    default:
      reading.distance = take(reading, 4);
      growing.copy(reading.distance, high + 1);
  }
}

/** A number of that many bytes, the lowest first. */
function take(reading: Reading, size: number): number {
  const value = reading.bytes.readUIntLE(reading.at, size);
  reading.at += size;
  return value;
}

/** From that on, the length stands in one to four bytes after the tag. */
const longLiterals = 60;

function readLiterals(reading: Reading, growing: Growing, high: number): void {
  const count = (high < longLiterals ? high : take(reading, high - longLiterals + 1)) + 1;
  growing.literals(reading.bytes, reading.at, count);
  reading.at += count;
}

/** A copy with a distance of eleven bits; distance 0 means the one before, and lengths that may be longer. */
function readShortCopy(reading: Reading, growing: Growing, tag: number): void {
  const distance = ((tag & 0xe0) << 3) | take(reading, 1);
  const code = (tag >> 2) & 7;
  if (distance !== 0) reading.distance = distance;
  growing.copy(reading.distance, distance === 0 ? repeatLength(reading, code) : code + 4);
}

function repeatLength(reading: Reading, code: number): number {
  if (code === 5) return take(reading, 1) + 8;
  if (code === 6) return take(reading, 2) + 260;
  return code === 7 ? take(reading, 3) + 65_540 : code + 4;
}
