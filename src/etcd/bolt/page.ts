/**
 * Pages of a bbolt file (format version 2, little-endian), as `go.etcd.io/bbolt` 1.4 lays them out: a header of 16
 * bytes, then elements of 16 bytes each, then the keys and values that these point to.
 */
export const headerSize = 16;
export const elementSize = 16;

export const pageFlags = { branch: 0x01, leaf: 0x02, meta: 0x04, freelist: 0x10 } as const;
/** In the flags of a leaf's element: its value is a bucket. */
export const bucketFlag = 0x01;

export interface PageHeader {
  readonly id: number;
  readonly flags: number;
  /** Elements. */
  readonly count: number;
  /** Pages that belong to this one behind it. */
  readonly overflow: number;
}

export interface LeafElement {
  readonly key: Buffer;
  readonly value: Buffer;
}

export interface BranchElement {
  /** Not greater than any key below the child. */
  readonly key: Buffer;
  readonly child: number;
}

/** Says what is wrong with a page; throws. */
export type Refuse = (reason: 'elements' | 'type' | 'order') => never;

/** @param bytes at least {@link headerSize} bytes */
export function readHeader(bytes: Buffer): PageHeader {
  return {
    id: numberAt(bytes, 0),
    flags: bytes.readUInt16LE(8),
    count: bytes.readUInt16LE(10),
    overflow: bytes.readUInt32LE(12),
  };
}

/** An element of a leaf, by its number: views of the page's bytes, which others may share in a file that was made to. */
export function leafElement(page: Buffer, number: number, refuse: Refuse): LeafElement {
  const at = headerSize + elementSize * number;
  if (at + elementSize > page.length) refuse('elements');
  const start = at + page.readUInt32LE(at + 4);
  const middle = start + page.readUInt32LE(at + 8);
  const end = middle + page.readUInt32LE(at + 12);
  if (end > page.length) refuse('elements');
  return { key: page.subarray(start, middle), value: page.subarray(middle, end) };
}

/** An element of a branch, by its number. */
export function branchElement(page: Buffer, number: number, refuse: Refuse): BranchElement {
  const at = headerSize + elementSize * number;
  if (at + elementSize > page.length) refuse('elements');
  const start = at + page.readUInt32LE(at);
  const end = start + page.readUInt32LE(at + 4);
  if (end > page.length) refuse('elements');
  return { key: page.subarray(start, end), child: numberAt(page, at + 8) };
}

/** An unsigned number of eight bytes; what is beyond 2^53 loses its exactness, and is beyond every file. */
export function numberAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}
