import { crc32 } from 'node:zlib';
import { type ReedSolomon, reedSolomon } from './reed-solomon.ts';

/** Error correction of kopia's: `REED-SOLOMON-CRC32`, around what is sealed. */
export interface ErrorCorrection {
  readonly protect: (bytes: Uint8Array) => Buffer;
  /** What was protected, repaired where it must be; `undefined` where too much is damaged. */
  readonly recover: (stored: Uint8Array) => Buffer | undefined;
  readonly storedLength: (length: number) => number;
}

/** Each shard is stored after its checksum; the length of the content stands before the content. */
const crcSize = 4;
const lengthSize = 4;
/** Shards of what is small. */
const small = { data: 6, parity: 2 } as const;

/** How some bytes are parted: blocks of shards, all of one size. */
interface Layout {
  readonly blocks: number;
  readonly shardSize: number;
  readonly code: ReedSolomon;
  /** Whether zeros at the end are stored too. */
  readonly padded: boolean;
}

/** Sizes from which on more, and then larger, shards are made. */
interface Plan {
  readonly big: ReedSolomon;
  readonly small: ReedSolomon;
  readonly maxShard: number;
  readonly smallInput: number;
  readonly smallOutput: number;
  readonly oneBlockInput: number;
  readonly oneBlockOutput: number;
}

export function crcShards(overheadPercent: number): ErrorCorrection {
  const plan = planFor(overheadPercent);
  return {
    protect: bytes => protect(layoutOfContent(plan, bytes.length), bytes),
    recover: stored => recover(layoutOfStored(plan, stored.length), stored),
    storedLength: length => {
      const { blocks, shardSize, code, padded } = layoutOfContent(plan, length);
      const content = padded ? blocks * code.data * shardSize : lengthSize + length;
      const parity = blocks * code.parity * (crcSize + shardSize);
      return parity + content + crcSize * Math.ceil(content / shardSize);
    },
  };
}

/** Bytes of the largest shards, by how many per cent may be added. */
function maxShardFor(percent: number): number {
  return [1024, 512, 256, 128, 128, 128][percent - 1] ?? 64;
}

/** As kopia does, numbers of which have 32 bits. */
function planFor(percent: number): Plan {
  const maxShard = maxShardFor(percent);
  const forParity = Math.max(
    Math.fround(percent - Math.fround((100 * crcSize) / maxShard)),
    Math.fround(0.01),
  );
  const big = reedSolomon(...shardCounts(Math.fround(forParity)));
  const total = big.data + big.parity;
  const smallInput = 2 * crcSize * total;
  const smallShard = Math.ceil(smallInput / small.data);
  return {
    big,
    small: reedSolomon(small.data, small.parity),
    maxShard,
    smallInput,
    smallOutput: (small.data + small.parity) * (crcSize + smallShard),
    oneBlockInput: big.data * maxShard,
    oneBlockOutput: total * (crcSize + maxShard),
  };
}

/** 128 of data and what parity fits; or at least two of parity, and what data make them little enough. */
function shardCounts(percent: number): [data: number, parity: number] {
  const parity = between(Math.floor(128 * Math.fround(percent / 100)), 1, 128);
  if (parity > 1) return [128, parity];
  return [between(Math.floor(2 * Math.fround(100 / percent)), 128, 254), 2];
}

function between(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function layoutOfContent({ big, ...plan }: Plan, contentLength: number): Layout {
  const length = contentLength + lengthSize;
  if (length > plan.oneBlockInput) {
    const blocks = Math.ceil(length / plan.oneBlockInput);
    return { blocks, shardSize: plan.maxShard, code: big, padded: false };
  }
  const code = length <= plan.smallInput ? plan.small : big;
  return { blocks: 1, shardSize: Math.ceil(length / code.data), code, padded: true };
}

function layoutOfStored({ big, ...plan }: Plan, length: number): Layout {
  if (length > plan.oneBlockOutput) {
    const blocks = Math.ceil(length / plan.oneBlockOutput);
    return { blocks, shardSize: plan.maxShard, code: big, padded: false };
  }
  const code = length <= plan.smallOutput ? plan.small : big;
  const stored = Math.max(Math.ceil(length / (code.data + code.parity)), 1 + crcSize);
  return { blocks: 1, shardSize: stored - crcSize, code, padded: true };
}

/** All parity, then the data: so the zeros that fill the last block need not be stored. */
function protect({ blocks, shardSize, code, padded }: Layout, bytes: Uint8Array): Buffer {
  const content = Buffer.alloc(blocks * code.data * shardSize);
  content.writeUInt32BE(bytes.length);
  content.set(bytes, lengthSize);
  const parts: Buffer[] = [];
  for (let block = 0; block < blocks; block++) {
    const start = block * code.data * shardSize;
    const data = shardsOf(content.subarray(start, start + code.data * shardSize), shardSize);
    const parity = Array.from({ length: code.parity }, () => Buffer.alloc(shardSize));
    code.encode(data, parity);
    for (const shard of parity) parts.push(checksum(shard), shard);
  }
  const end = padded ? content.length : lengthSize + bytes.length;
  for (let at = 0; at < end; at += shardSize) {
    // The checksum is of the whole shard, with the zeros that may not be stored.
    parts.push(
      checksum(content.subarray(at, at + shardSize)),
      content.subarray(at, Math.min(at + shardSize, end)),
    );
  }
  return Buffer.concat(parts);
}

function shardsOf(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: bytes.length / size }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

function checksum(shard: Uint8Array): Buffer {
  const bytes = Buffer.alloc(crcSize);
  bytes.writeUInt32BE(crc32(shard));
  return bytes;
}

function recover({ blocks, shardSize, code }: Layout, stored: Uint8Array): Buffer | undefined {
  const unit = crcSize + shardSize;
  const parityEnd = blocks * code.parity * unit;
  if (stored.length < parityEnd + crcSize) return undefined;
  const whole = Buffer.alloc(blocks * (code.data + code.parity) * unit);
  whole.set(stored);
  const contents: Uint8Array[] = [];
  for (let block = 0; block < blocks; block++) {
    const parityAt = block * code.parity * unit;
    const dataAt = parityEnd + block * code.data * unit;
    const data = Array.from({ length: code.data }, (_, index) => {
      const at = dataAt + index * unit;
      // What was not stored are zeros, without a checksum.
      return at < stored.length ? checkedShard(whole, at, shardSize) : Buffer.alloc(shardSize);
    });
    const parity = Array.from({ length: code.parity }, (_, index) =>
      checkedShard(whole, parityAt + index * unit, shardSize),
    );
    const repaired = code.reconstruct([...data, ...parity]);
    if (repaired === undefined) return undefined;
    contents.push(...repaired);
  }
  const content = Buffer.concat(contents);
  const length = content.readUInt32BE();
  return lengthSize + length > content.length ? undefined : content.subarray(lengthSize, lengthSize + length);
}

function checkedShard(bytes: Buffer, at: number, size: number): Buffer | undefined {
  const shard = bytes.subarray(at + crcSize, at + crcSize + size);
  return crc32(shard) === bytes.readUInt32BE(at) ? shard : undefined;
}
