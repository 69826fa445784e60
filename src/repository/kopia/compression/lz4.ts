import type { Codec } from './codec.ts';
import { Growing } from './copies.ts';
import { matchesIn } from './matches.ts';
import { xxh32 } from './xxh32.ts';

/**
 * Frames of LZ4 (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md): a descriptor, blocks whose copies may reach
 * into those before, and checksums where the descriptor says so.
 */
const magic = 0x184d2204;
const rawBlock = 0x8000_0000;
const bits = {
  independent: 0x20,
  blockChecksum: 0x10,
  size: 0x08,
  checksum: 0x04,
  dictionary: 0x01,
} as const;
/** Bytes of the largest block, by the code in the descriptor. */
const blockSizes = new Map([
  [4, 65_536],
  [5, 262_144],
  [6, 1_048_576],
  [7, 4_194_304],
]);

export const lz4: Codec = { pack, unpack };

/** One frame and nothing after it. */
function unpack(packed: Uint8Array, limit: number): Buffer {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const flags = bytes.readUInt8(4);
  const blockSize = blockSizes.get((bytes.readUInt8(5) >> 4) & 7);
  const descriptorEnd = 6 + (flags & bits.size ? 8 : 0);
  const check = (xxh32(bytes.subarray(4, descriptorEnd)) >>> 8) & 0xff;
  const usable = bytes.readUInt32LE() === magic && flags >> 6 === 1 && (flags & bits.dictionary) === 0;
  if (!usable || blockSize === undefined || bytes[descriptorEnd] !== check) throw new RangeError('damaged');
  const growing = new Growing(limit);
  const blocks = { at: descriptorEnd + 1, blockSize, checked: (flags & bits.blockChecksum) !== 0 };
  const end = unpackBlocks(bytes, growing, blocks);
  const content = growing.bytes.subarray(0, growing.length);
  const checked = (flags & bits.checksum) !== 0;
  if (checked && bytes.readUInt32LE(end) !== xxh32(content)) throw new RangeError('damaged');
  if (end + (checked ? 4 : 0) !== bytes.length) throw new RangeError('damaged');
  return content;
}

interface Blocks {
  readonly at: number;
  /** Bytes that one holds at most. */
  readonly blockSize: number;
  /** Whether a checksum follows each. */
  readonly checked: boolean;
}

/** Where the blocks, and the zero that ends them, end. */
function unpackBlocks(bytes: Buffer, growing: Growing, { at, blockSize, checked }: Blocks): number {
  let next = at;
  for (let head = bytes.readUInt32LE(next); head !== 0; head = bytes.readUInt32LE(next)) {
    const size = head % rawBlock;
    const end = next + 4 + size;
    if (end > bytes.length || size > blockSize) throw new RangeError('damaged');
    const before = growing.length;
    if (head >= rawBlock) growing.literals(bytes, next + 4, size);
    else unpackBlock(bytes.subarray(next + 4, end), growing);
    if (growing.length - before > blockSize) throw new RangeError('damaged');
    next = end + (checked ? 4 : 0);
  }
  return next + 4;
}

interface Reading {
  readonly bytes: Buffer;
  at: number;
}

/** Sequences of literals and a copy, the last without one. */
function unpackBlock(bytes: Buffer, growing: Growing): void {
  const reading = { bytes, at: 0 };
  while (reading.at < bytes.length) {
    const token = bytes.readUInt8(reading.at++);
    const count = extended(reading, token >> 4);
    growing.literals(bytes, reading.at, count);
    reading.at += count;
    if (reading.at === bytes.length) return;
    const distance = bytes.readUInt16LE(reading.at);
    reading.at += 2;
    growing.copy(distance, extended(reading, token & 15) + 4);
  }
}

/** Lengths of 15 and more go on in bytes that are added up, until one that is not 255. */
function extended(reading: Reading, begun: number): number {
  if (begun < 15) return begun;
  let length = begun;
  for (;;) {
    const byte = reading.bytes.readUInt8(reading.at++);
    length += byte;
    if (byte < 255) return length;
  }
}

const [writtenCode, writtenSize] = [4, 65_536];
/** The last bytes of a block are always literals, and so is what is as short as that. */
const tail = 12;

function pack(plain: Uint8Array): Buffer {
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.length);
  const descriptor = Buffer.of(0x40 | bits.independent | bits.checksum, writtenCode << 4);
  const parts = [word(magic), descriptor, Buffer.of((xxh32(descriptor) >>> 8) & 0xff)];
  for (let at = 0; at < bytes.length; at += writtenSize) {
    const block = bytes.subarray(at, at + writtenSize);
    const packed = packBlock(block);
    if (packed.length < block.length) parts.push(word(packed.length), packed);
    else parts.push(word(rawBlock + block.length), block);
  }
  return Buffer.concat([...parts, word(0), word(xxh32(bytes))]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function packBlock(block: Buffer): Buffer {
  const parts: Buffer[] = [];
  let end = 0;
  for (const { literalsAt, start, distance, length } of matchesIn(block, { distance: 65_535, tail })) {
    const literals = block.subarray(literalsAt, start);
    parts.push(token(literals.length, length - 4), literals);
    parts.push(Buffer.of(distance & 0xff, distance >> 8), extension(length - 4));
    end = start + length;
  }
  const literals = block.subarray(end);
  return Buffer.concat([...parts, token(literals.length, 0), literals]);
}

function token(literals: number, copied: number): Buffer {
  const first = Buffer.of((Math.min(literals, 15) << 4) | Math.min(copied, 15));
  return Buffer.concat([first, extension(literals)]);
}

function extension(length: number): Buffer {
  if (length < 15) return Buffer.alloc(0);
  const rest = length - 15;
  return Buffer.concat([Buffer.alloc(Math.floor(rest / 255), 255), Buffer.of(rest % 255)]);
}
