import { createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ContentHasher } from './hashing.ts';
import { buildIndex, type ContentEntry } from './index.ts';
import type { ContentSealer } from './sealing.ts';
import { readUvarint, uvarint } from './uvarint.ts';

/** Bytes at a pack's end, in which its postamble lies wholly. */
export const postambleWindow = 8192;

/** Bytes at a pack's beginning, in which a copy of `kopia.repository` lies wholly, where there is one. */
export const replicaWindow = 65536;

/** Where a pack's own index lies, as its last bytes say. */
export interface Postamble {
  /** What the index is sealed with: its hash. */
  readonly iv: Buffer;
  readonly offset: number;
  readonly length: number;
}

/** Makes so many random bytes. */
export type Random = (size: number) => Buffer;

/** What the end of a pack is made with. */
export interface PackTail {
  readonly hash: ContentHasher;
  readonly sealer: Pick<ContentSealer, 'seal'>;
  readonly indexVersion: 1 | 2;
  readonly random: Random;
}

const nameSize = 16;
const preambleSize = 32;
/** Contents end, and the pack's index begins, at a multiple of it. */
const paddingUnit = 4096;
/** Random bytes after a pack's own index, so that no two are the same. */
const suffixSize = 32;

/** A name for a new pack: `p` of file data or `q` of everything else. */
export function packBlobId(kind: 'p' | 'q', session: string, random: Random): string {
  return `${kind}${random(nameSize).toString('hex')}-${session}`;
}

/**
 * What a pack begins with.
 * @param replica - the bytes of `kopia.repository`, where packs of the repository hold a copy (`enablePasswordChange` false).
 */
export function packPreamble(random: Random, replica?: Uint8Array): Buffer {
  return Buffer.concat([
    replica === undefined ? Buffer.alloc(0) : writeReplica(replica),
    random(preambleSize),
  ]);
}

/** What follows the contents of a pack that has come to `length` bytes: padding, its own index sealed, and where that lies. */
export function packTail(
  length: number,
  entries: readonly ContentEntry[],
  { hash, sealer, indexVersion, random }: PackTail,
): Buffer {
  const padding = random(paddingUnit - (length % paddingUnit));
  const index = Buffer.concat([buildIndex(entries, indexVersion), random(suffixSize)]);
  const iv = hash(index);
  const sealed = sealer.seal(index, iv);
  const postamble = writePostamble({ iv, offset: length + padding.length, length: sealed.length });
  return Buffer.concat([padding, sealed, postamble]);
}

/** The only layout of postambles. */
const postambleVersion = 1;
const checksumSize = 4;

function writePostamble({ iv, offset, length }: Postamble): Buffer {
  const fields = [uvarint(postambleVersion), uvarint(iv.length), iv, uvarint(offset), uvarint(length)];
  const payload = Buffer.concat(fields);
  const end = Buffer.alloc(checksumSize + 1);
  end.writeUInt32BE(crc32(payload));
  end[checksumSize] = payload.length + checksumSize;
  return Buffer.concat([payload, end]);
}

/** What the last bytes of a pack say; `undefined` where they are no postamble. */
export function readPostamble(lastBytes: Uint8Array): Postamble | undefined {
  const bytes = Buffer.from(lastBytes.buffer, lastBytes.byteOffset, lastBytes.length);
  const end = bytes.length - 1;
  const start = end - (bytes[end] ?? 0);
  if (start < 0 || end - start <= checksumSize) return undefined;
  const payload = bytes.subarray(start, end - checksumSize);
  if (crc32(payload) !== bytes.readUInt32BE(end - checksumSize)) return undefined;
  const cursor = { bytes: payload, at: 0 };
  if (readUvarint(cursor) !== postambleVersion) return undefined;
  const ivLength = readUvarint(cursor);
  if (ivLength === undefined || cursor.at + ivLength > payload.length) return undefined;
  const iv = Buffer.from(payload.subarray(cursor.at, cursor.at + ivLength));
  cursor.at += ivLength;
  const [offset, length] = [readUvarint(cursor), readUvarint(cursor)];
  return offset === undefined || length === undefined ? undefined : { iv, offset, length };
}

/** No secret: it tells a copy of `kopia.repository` from other bytes. */
const replicaKey = 'kopia-repository';
const replicaChecksum = 32;
const mostReplica = 65000;

function writeReplica(formatBlob: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(formatBlob.length + replicaChecksum);
  return Buffer.concat([length, formatBlob, checksumOf(formatBlob), length]);
}

function checksumOf(formatBlob: Uint8Array): Buffer {
  return createHmac('sha256', replicaKey).update(formatBlob).digest();
}

/**
 * The copy of `kopia.repository` that these bytes, a pack's first or last {@link replicaWindow}, begin or end with; `undefined`
 * where there is none.
 */
export function readReplica(bytes: Uint8Array): Buffer | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (buffer.length < 4) return undefined;
  const [first, last] = [buffer.readUInt16LE(), buffer.readUInt16LE(buffer.length - 2)];
  const end = buffer.length - 2;
  return (
    checkedReplica(buffer.subarray(2, 2 + first), first) ??
    checkedReplica(buffer.subarray(end - last, end), last)
  );
}

function checkedReplica(bytes: Buffer, length: number): Buffer | undefined {
  if (bytes.length !== length || length < replicaChecksum || length > mostReplica) return undefined;
  const end = length - replicaChecksum;
  const formatBlob = bytes.subarray(0, end);
  return checksumOf(formatBlob).equals(bytes.subarray(end)) ? formatBlob : undefined;
}
