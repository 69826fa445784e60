import { uvarint } from '../format/uvarint.ts';
import type { Codec } from './codec.ts';
import { maskedCrc32c } from './masked-crc32c.ts';
import { matchesIn } from './matches.ts';
import { unpackS2Block } from './s2-block.ts';

/**
 * Snappy's framing (https://github.com/google/snappy/blob/main/framing_format.txt): chunks of a kind and three bytes of length, after
 * one that says `S2sTwO`, or `sNaPpY` as here, since the blocks written are ones that both can read.
 */
const kinds = { compressed: 0x00, plain: 0x01, firstSkippable: 0x80, stream: 0xff } as const;
const names = ['S2sTwO', 'sNaPpY'] as const;
const headerSize = 4;
const checksumSize = 4;
/** Bytes of content in the largest block, and in those written: Snappy's readers take no larger ones. */
const [blockLimit, blockSize] = [4 * 1024 * 1024, 65536];

export const s2: Codec = { pack, unpack };

function unpack(packed: Uint8Array, limit: number): Buffer {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const blocks: Buffer[] = [];
  let [at, size] = [0, 0];
  while (at < bytes.length) {
    const kind = bytes.readUInt8(at);
    const end = at + headerSize + bytes.readUIntLE(at + 1, 3);
    if (end > bytes.length || (at === 0 && kind !== kinds.stream)) throw new RangeError('damaged');
    const block = unpackChunk(kind, bytes.subarray(at + headerSize, end), Math.min(limit - size, blockLimit));
    if (block !== undefined) blocks.push(block);
    size += block?.length ?? 0;
    at = end;
  }
  return Buffer.concat(blocks);
}

/** `undefined` for chunks that hold no content. */
function unpackChunk(kind: number, chunk: Buffer, limit: number): Buffer | undefined {
  if (kind === kinds.stream) {
    if (!names.some(name => name === chunk.toString('latin1'))) throw new RangeError('damaged');
    return undefined;
  }
  if (kind >= kinds.firstSkippable) return undefined;
  if (kind > kinds.plain) throw new RangeError('an unknown kind of chunk');
  const content = chunk.subarray(checksumSize);
  const block = kind === kinds.plain ? content : unpackS2Block(content, limit);
  if (block.length > limit || maskedCrc32c(block) !== chunk.readUInt32LE()) throw new RangeError('damaged');
  return block;
}

function pack(plain: Uint8Array): Buffer {
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.length);
  const chunks = [chunkOf(kinds.stream, Buffer.from('sNaPpY'))];
  for (let at = 0; at < bytes.length; at += blockSize) {
    const block = bytes.subarray(at, at + blockSize);
    const checksum = Buffer.alloc(checksumSize);
    checksum.writeUInt32LE(maskedCrc32c(block));
    const packed = packBlock(block);
    const smaller = packed.length < block.length;
    const kind = smaller ? kinds.compressed : kinds.plain;
    chunks.push(chunkOf(kind, Buffer.concat([checksum, smaller ? packed : block])));
  }
  return Buffer.concat(chunks);
}

function chunkOf(kind: number, content: Buffer): Buffer {
  const header = Buffer.alloc(headerSize);
  header[0] = kind;
  header.writeUIntLE(content.length, 1, 3);
  return Buffer.concat([header, content]);
}

function packBlock(block: Buffer): Buffer {
  const parts = [uvarint(block.length)];
  let end = 0;
  for (const match of matchesIn(block, { distance: 65_535, tail: 0 })) {
    pushLiterals(parts, block.subarray(match.literalsAt, match.start));
    pushCopies(parts, match.distance, match.length);
    end = match.start + match.length;
  }
  pushLiterals(parts, block.subarray(end));
  return Buffer.concat(parts);
}

function pushLiterals(parts: Buffer[], literals: Buffer): void {
  const count = literals.length - 1;
  if (count < 0) return;
  if (count < 60) parts.push(Buffer.of(count << 2));
  else if (count < 256) parts.push(Buffer.of(60 << 2, count));
  else parts.push(Buffer.of(61 << 2, count & 0xff, count >> 8));
  parts.push(literals);
}

/** In copies of at most 64 bytes with distances of 16 bits. */
function pushCopies(parts: Buffer[], distance: number, length: number): void {
  for (let rest = length; rest > 0; rest -= 64) {
    parts.push(Buffer.of(((Math.min(rest, 64) - 1) << 2) | 2, distance & 0xff, distance >> 8));
  }
}
