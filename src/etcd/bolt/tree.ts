import type { BoltFile, BoltPage, PageSource } from './bolt-file.ts';
import { LeafCursor } from './leaf-cursor.ts';
import { branchElement, headerSize, pageFlags, readHeader } from './page.ts';
import { PageSet } from './page-set.ts';
import { reasons } from './reasons.ts';

/** A bucket's place: a page of its own, or, of a small one, its only leaf where its parent keeps values. */
export type Bucket = { readonly root: number } | { readonly inline: Buffer };

/** A leaf of a bucket: elements in the order of their keys. */
export interface Leaf {
  readonly bytes: Buffer;
  readonly count: number;
  /** The page it is, or is in; 0 for one that is inline. */
  readonly page: number;
}

export interface WalkOptions {
  /** Begin with the leaf that holds this key or, if there is no such, the next one. */
  readonly from?: Buffer | undefined;
  /** Told of every page, before it is looked into. A page that it has already is refused. */
  readonly met?: PageSet | undefined;
  /** Gives the pages out; the file itself unless given. */
  readonly pages?: PageSource | undefined;
  /** Begin with the last leaf, and end with the first. Not together with `from`. */
  readonly backwards?: boolean | undefined;
}

/** A tree of so many levels would hold more than any file. */
export const deepestTree = 32;

/**
 * The leaves of a bucket in the order of their keys.
 *
 * @throws `etcd.snapshot-damaged`: for pages of another type, cycles, places outside the file
 */
export function* leavesOf(file: BoltFile, bucket: Bucket, options: WalkOptions = {}): Generator<Leaf> {
  if ('inline' in bucket) yield inlineLeaf(file, bucket.inline);
  else {
    const { met = new PageSet(file.meta.pages), pages = file, from, backwards = false } = options;
    yield* below(file, bucket.root, { from, met, pages, backwards });
  }
}

/** Etcd has a dozen buckets with short names. */
const mostBuckets = 1000;
const longestName = 256;

/**
 * The buckets that a file has, by their names in order.
 *
 * @param leaves of the tree of buckets
 * @throws `etcd.snapshot-damaged`
 */
export function* bucketsOf(
  file: BoltFile,
  leaves: Iterable<Leaf> = leavesOf(file, { root: file.meta.root }),
): Generator<readonly [name: string, Bucket]> {
  const cursor = new LeafCursor(file);
  let count = 0;
  for (const leaf of leaves) {
    cursor.enter(leaf);
    while (cursor.next()) {
      const { bytes, key, value, end, isBucket } = cursor;
      const isLikely = value - key <= longestName && ++count <= mostBuckets;
      if (!isBucket || !isLikely) file.refuse(reasons.bucket, leaf.page);
      yield [bytes.toString('latin1', key, value), readBucket(file, bytes.subarray(value, end))];
    }
  }
}

/** A bucket by its name; `undefined` where there is none. */
export function findBucket(file: BoltFile, wanted: string): Bucket | undefined {
  for (const [name, bucket] of bucketsOf(file)) if (name === wanted) return bucket;
  return undefined;
}

/** The last leaf of a bucket. */
export function lastLeaf(file: BoltFile, bucket: Bucket): Leaf {
  if ('inline' in bucket) return inlineLeaf(file, bucket.inline);
  let page = file.page(bucket.root);
  for (let depth = 0; isBranch(file, page); depth++) {
    if (depth > deepestTree || page.count === 0) file.refuse(reasons.depth, page.id);
    page = file.page(branchElement(page.bytes, page.count - 1, file.refuser(page.id)).child);
  }
  return { bytes: page.bytes, count: page.count, page: page.id };
}

interface Walk {
  readonly from?: Buffer | undefined;
  readonly met: PageSet;
  readonly pages: PageSource;
  readonly backwards: boolean;
}

function* below(file: BoltFile, id: number, walk: Walk, depth = 0): Generator<Leaf> {
  if (depth > deepestTree) file.refuse(reasons.depth, id);
  const page = walk.pages.page(id);
  meet(file, page, walk.met);
  if (!isBranch(file, page)) {
    yield { bytes: page.bytes, count: page.count, page: id };
    return;
  }
  const refuse = file.refuser(id);
  const first = walk.from === undefined ? 0 : childFor(page, walk.from, file);
  for (let turn = first; turn < page.count; turn++) {
    const number = walk.backwards ? page.count - 1 - turn : turn;
    const { child } = branchElement(page.bytes, number, refuse);
    const from = number === first ? walk.from : undefined;
    yield* below(file, child, { ...walk, from }, depth + 1);
  }
}

/** Notes that a page and what belongs to it was met. @throws `etcd.snapshot-damaged` where one was before */
export function meet(file: BoltFile, { id, overflow }: BoltPage, met: PageSet): void {
  for (let page = id; page <= id + overflow; page++) if (!met.add(page)) file.refuse(reasons.twice, page);
}

/** The number of the child below which the key would be. */
function childFor(page: BoltPage, key: Buffer, file: BoltFile): number {
  const refuse = file.refuser(page.id);
  let [low, high] = [0, page.count - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (branchElement(page.bytes, middle, refuse).key.compare(key) <= 0) low = middle;
    else high = middle - 1;
  }
  return Math.max(low, 0);
}

/** Whether it is a branch; else it is a leaf. @throws `etcd.snapshot-damaged` */
export function isBranch(file: BoltFile, { id, flags }: BoltPage): boolean {
  if (flags !== pageFlags.branch && flags !== pageFlags.leaf) file.refuse(reasons.type, id);
  return flags === pageFlags.branch;
}

/** Bytes before an inline bucket's page: the root, which is 0, and a sequence. */
const bucketHeader = 16;

function readBucket(file: BoltFile, value: Buffer): Bucket {
  if (value.length < bucketHeader) file.refuse(reasons.bucket);
  const root = Number(value.readBigUInt64LE(0));
  return root === 0 ? { inline: value.subarray(bucketHeader) } : { root };
}

function inlineLeaf(file: BoltFile, bytes: Buffer): Leaf {
  if (bytes.length < headerSize) file.refuse(reasons.bucket);
  const { flags, count } = readHeader(bytes);
  if (flags !== pageFlags.leaf) file.refuse(reasons.bucket);
  return { bytes, count, page: 0 };
}
