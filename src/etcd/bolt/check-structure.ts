import type { BoltFile, BoltPage, PageSource } from './bolt-file.ts';
import type { LeafCursor } from './leaf-cursor.ts';
import { type BranchElement, branchElement } from './page.ts';
import type { PageSet } from './page-set.ts';
import { reasons } from './reasons.ts';
import { type Bucket, deepestTree, isBranch, type Leaf, leavesOf, meet } from './tree.ts';

export interface CheckedWalk {
  readonly pages: PageSource;
  /** Pages that were met already: in this bucket or in others. */
  readonly met: PageSet;
  /** Used for each leaf before it is given out. */
  readonly cursor: LeafCursor;
}

/**
 * The leaves of a bucket, each given out once it and what leads to it was looked at as bbolt's own check does: a page has
 * its number and one type, lies in the file, is referred to once; its keys ascend and are in the range that its
 * parent says.
 *
 * @throws `etcd.snapshot-damaged` for the first page that is not so
 */
export function* checkedLeaves(file: BoltFile, bucket: Bucket, walk: CheckedWalk): Generator<Leaf> {
  if ('root' in bucket) {
    yield* checkedBelow({ file, ...walk }, { id: bucket.root, depth: 0 });
    return;
  }
  for (const leaf of leavesOf(file, bucket)) {
    checkLeaf({ file, ...walk }, leaf, {});
    yield leaf;
  }
}

interface Checking extends CheckedWalk {
  readonly file: BoltFile;
}

/** No key is less than the first, and each is less than the second. */
interface KeyRange {
  readonly least?: Buffer | undefined;
  readonly beyond?: Buffer | undefined;
}

interface Below extends KeyRange {
  readonly id: number;
  readonly depth: number;
}

function* checkedBelow(checking: Checking, below: Below): Generator<Leaf> {
  const { file, pages, met } = checking;
  const { id, depth } = below;
  if (depth > deepestTree) file.refuse(reasons.depth, id);
  const page = pages.page(id);
  meet(file, page, met);
  if (isBranch(file, page)) {
    yield* checkedBranch(checking, page, below);
    return;
  }
  const leaf = { bytes: page.bytes, count: page.count, page: id };
  checkLeaf(checking, leaf, below);
  yield leaf;
}

function checkLeaf({ file, cursor }: Checking, leaf: Leaf, { least, beyond }: KeyRange): void {
  const { bytes, page } = leaf;
  let from = 0;
  let to = 0;
  cursor.enter(leaf);
  while (cursor.next()) {
    const { key, value, element } = cursor;
    if (element > 0 && !isAscending(cursor, from, to)) file.refuse(reasons.order, page);
    if (element === 0 && least !== undefined && bytes.compare(least, 0, least.length, key, value) < 0) {
      file.refuse(reasons.range, page);
    }
    from = key;
    to = value;
  }
  const hasLast = beyond !== undefined && leaf.count > 0;
  if (hasLast && bytes.compare(beyond, 0, beyond.length, from, to) >= 0) file.refuse(reasons.range, page);
}

/** Whether the key at the cursor is greater than the one from `from` to `to`. */
function isAscending({ bytes, key, value }: LeafCursor, from: number, to: number): boolean {
  const length = Math.min(to - from, value - key);
  for (let at = 0; at < length; at++) {
    const difference = (bytes[key + at] as number) - (bytes[from + at] as number);
    if (difference !== 0) return difference > 0;
  }
  return value - key > to - from;
}

function* checkedBranch(checking: Checking, page: BoltPage, below: Below): Generator<Leaf> {
  const { file } = checking;
  const refuse = file.refuser(page.id);
  if (page.count === 0) refuse('elements');
  let current: BranchElement = branchElement(page.bytes, 0, refuse);
  for (let number = 0; number < page.count; number++) {
    const next = number + 1 < page.count ? branchElement(page.bytes, number + 1, refuse) : undefined;
    if (next !== undefined && current.key.compare(next.key) >= 0) refuse('order');
    const beyond = next?.key ?? below.beyond;
    const { child: id, key: least } = current;
    yield* checkedBelow(checking, { id, depth: below.depth + 1, least, beyond });
    if (next !== undefined) current = next;
  }
}
