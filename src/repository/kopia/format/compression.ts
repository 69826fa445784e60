import { Fault } from '../../format/fault.ts';
import type { Codec } from '../compression/codec.ts';
import { lz4 } from '../compression/lz4.ts';
import { s2 } from '../compression/s2.ts';
import { deflate, gzip, zstd } from '../compression/zlib.ts';
import { reasons } from './reasons.ts';

interface Known extends Codec {
  readonly name: string;
}

const known: ReadonlyMap<number, Known> = new Map(
  Object.entries({
    0x1000: { name: 'gzip', ...gzip(6) },
    0x1001: { name: 'gzip-best-speed', ...gzip(1) },
    0x1002: { name: 'gzip-best-compression', ...gzip(9) },
    0x1100: { name: 'zstd', ...zstd(3) },
    0x1101: { name: 'zstd-fastest', ...zstd(1) },
    0x1102: { name: 'zstd-better-compression', ...zstd(7) },
    0x1103: { name: 'zstd-best-compression', ...zstd(11) },
    0x1200: { name: 's2-default', ...s2 },
    0x1201: { name: 's2-better', ...s2 },
    0x1202: { name: 's2-parallel-4', ...s2 },
    0x1203: { name: 's2-parallel-8', ...s2 },
    0x1300: { name: 'pgzip', ...gzip(6) },
    0x1301: { name: 'pgzip-best-speed', ...gzip(1) },
    0x1302: { name: 'pgzip-best-compression', ...gzip(9) },
    0x1400: { name: 'lz4', ...lz4 },
    0x1500: { name: 'deflate-default', ...deflate(6) },
    0x1501: { name: 'deflate-best-speed', ...deflate(1) },
    0x1502: { name: 'deflate-best-compression', ...deflate(9) },
  }).map(([id, each]) => [Number(id), each]),
);

/** Names of compressions by the numbers that stand in indexes and before compressed bytes. 0 is none. */
export const compressionNames: ReadonlyMap<number, string> = new Map(
  [...known].map(([id, { name }]) => [id, name] as const),
);

/** The number of a compression; `undefined` for a name that is not known. */
export function compressionId(name: string): number | undefined {
  for (const [id, each] of compressionNames) if (each === name) return id;
  return undefined;
}

/** Bytes before compressed ones, which say how they are compressed. */
export const compressionHeaderSize = 4;

/**
 * The content of compressed bytes, which begin with the number of their compression, four bytes.
 * @param headerId - that number as the index has it, or `undefined` where the bytes alone say it (objects named `Z…`).
 * @param options - `limit`: at most so many bytes come out; where it is exactly what comes out, it is done faster. `into`: memory of
 *   at least so many bytes that they may come to lie in.
 * @throws Fault where they are damaged, are compressed otherwise, or hold more
 */
export function decompress(
  headerId: number | undefined,
  bytes: Uint8Array,
  { limit, into }: { readonly limit: number; readonly into?: Uint8Array | undefined },
): Buffer {
  if (bytes.length < compressionHeaderSize) throw new Fault(reasons.encoding);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const id = buffer.readUInt32BE();
  if (headerId !== undefined && headerId !== id) throw new Fault(reasons.otherCompression);
  const codec = known.get(id);
  if (codec === undefined) throw new Fault(reasons.unknownCompression);
  let plain: Buffer;
  try {
    plain = codec.unpack(buffer.subarray(compressionHeaderSize), limit, into);
  } catch (cause) {
    throw new Fault(reasons.encoding, { cause });
  }
  if (plain.length > limit) throw new Fault(reasons.encoding);
  return plain;
}

/** The compressed bytes with that number before them; they may be longer than the plain ones. */
export function compress(name: string, plain: Uint8Array): Buffer {
  const id = compressionId(name);
  const codec = id === undefined ? undefined : known.get(id);
  if (id === undefined || codec === undefined) throw new RangeError(`no compression is named ${name}`);
  const header = Buffer.alloc(compressionHeaderSize);
  header.writeUInt32BE(id);
  return Buffer.concat([header, codec.pack(plain)]);
}
