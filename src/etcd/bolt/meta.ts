import { headerSize, numberAt, pageFlags, readHeader } from './page.ts';

/** What one of the two meta pages of a bbolt file says. */
export interface BoltMeta {
  /** Bytes. */
  readonly pageSize: number;
  /** The page that the bucket of all buckets begins at. */
  readonly root: number;
  /** The page of the free list; `undefined` where none is kept, as etcd wants it. */
  readonly freelist: number | undefined;
  /** Pages that are in use or were: those of the file. */
  readonly pages: number;
  readonly transaction: bigint;
}

const magic = 0xed0cdaed;
const version = 2;
const noFreelist = 0xffff_ffff_ffff_ffffn;
/** Bytes that the checksum covers, and where it is. */
const checksumAt = 56;
/** Bytes of a page's beginning that a meta takes. */
export const metaSize = headerSize + checksumAt + 8;

/** Page sizes that there are: of every processor that Go runs on, and more. */
export const pageSizes = [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];

/** Reads a meta page; `undefined` for what is none, or is damaged. */
export function readMeta(page: Buffer): BoltMeta | undefined {
  if (page.length < metaSize || (readHeader(page).flags & pageFlags.meta) === 0) return undefined;
  const meta = page.subarray(headerSize, metaSize);
  if (meta.readUInt32LE(0) !== magic || meta.readUInt32LE(4) !== version) return undefined;
  if (meta.readBigUInt64LE(checksumAt) !== fnv1a64(meta.subarray(0, checksumAt))) return undefined;
  const pageSize = meta.readUInt32LE(8);
  if (!pageSizes.includes(pageSize)) return undefined;
  const freelist = meta.readBigUInt64LE(32);
  return {
    pageSize,
    root: numberAt(meta, 16),
    freelist: freelist === noFreelist ? undefined : Number(freelist),
    pages: numberAt(meta, 40),
    transaction: meta.readBigUInt64LE(48),
  };
}

/** FNV-1a of 64 bits. */
function fnv1a64(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}
