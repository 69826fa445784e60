import type { BoltFile } from '../bolt/bolt-file.ts';
import { checkedLeaves } from '../bolt/check-structure.ts';
import { LeafCursor } from '../bolt/leaf-cursor.ts';
import { Pace, type ReadingOptions } from '../bolt/paced.ts';
import { PageScan } from '../bolt/page-scan.ts';
import { PageSet } from '../bolt/page-set.ts';
import { type Bucket, bucketsOf, type Leaf, leavesOf } from '../bolt/tree.ts';

/** Told of everything that a database holds, in its order. */
export interface Visitor {
  bucket(name: string): void;
  /** The cursor stands before the first element of a leaf of that bucket. */
  leaf(cursor: LeafCursor): void;
}

export interface ScanOptions extends ReadingOptions {
  /** As progress names it. */
  readonly phase: string;
  /** Whether pages are looked at as {@link checkedLeaves} does. */
  readonly isChecked?: boolean | undefined;
}

/** Reads everything that can be reached, each page once. Memory is bounded by the number of pages: a bit for each. */
export async function scanDatabase(file: BoltFile, visitor: Visitor, options: ScanOptions): Promise<void> {
  const met = new PageSet(file.meta.pages);
  const pages = new PageScan(file);
  const [cursor, ahead] = [new LeafCursor(file), new LeafCursor(file)];
  const leaves = (bucket: Bucket): Iterable<Leaf> =>
    options.isChecked === true
      ? checkedLeaves(file, bucket, { pages, met, cursor: ahead })
      : leavesOf(file, bucket, { pages, met });
  const pace = new Pace(file, options.phase, options);
  const buckets = [...bucketsOf(file, copied(leaves({ root: file.meta.root })))];
  for (const [name, bucket] of buckets) {
    visitor.bucket(name);
    for (const leaf of leaves(bucket)) {
      cursor.enter(leaf);
      visitor.leaf(cursor);
      if (pace.isDue(leaf.bytes.length)) await pace.rest();
    }
  }
}

/** Leaves that hold while others are read. */
function* copied(leaves: Iterable<Leaf>): Generator<Leaf> {
  for (const leaf of leaves) yield { ...leaf, bytes: Buffer.from(leaf.bytes) };
}
