import { createHash } from 'node:crypto';

/**
 * Bytes that a stream of etcd's could be as far as it can be told without walking pages: two sound meta pages, the given content, and
 * the checksum.
 *
 * @param content of whole pages
 */
export function craftedStream(content: Uint8Array, pageSize = 4096): Buffer {
  if (content.length % pageSize !== 0) throw new Error('not of whole pages');
  const pages = 2 + content.length / pageSize;
  const database = Buffer.concat([
    metaPage({ pageSize, pages, transaction: 7n, id: 0n }),
    metaPage({ pageSize, pages, transaction: 6n, id: 1n }),
    content,
  ]);
  return Buffer.concat([database, createHash('sha256').update(database).digest()]);
}

interface Meta {
  readonly id: bigint;
  readonly pageSize: number;
  readonly pages: number;
  readonly transaction: bigint;
}

function metaPage({ id, pageSize, pages, transaction }: Meta): Buffer {
  const page = Buffer.alloc(pageSize);
  page.writeBigUInt64LE(id, 0);
  page.writeUInt16LE(4, 8);
  const meta = page.subarray(16);
  meta.writeUInt32LE(0xed0cdaed, 0);
  meta.writeUInt32LE(2, 4);
  meta.writeUInt32LE(pageSize, 8);
  meta.writeBigUInt64LE(2n, 16);
  meta.writeBigUInt64LE(0xffff_ffff_ffff_ffffn, 32);
  meta.writeBigUInt64LE(BigInt(pages), 40);
  meta.writeBigUInt64LE(transaction, 48);
  let hash = 0xcbf29ce484222325n;
  for (const byte of meta.subarray(0, 56)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  meta.writeBigUInt64LE(hash, 56);
  return page;
}

/** Bytes in pieces of the given sizes, over and over. */
export async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? bytes.length);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
