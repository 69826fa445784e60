import type { BoltFile, BoltPage } from './bolt-file.ts';
import { paced, type ReadingOptions } from './paced.ts';
import { type BranchElement, branchElement, leafElement, pageFlags } from './page.ts';
import { PageSet } from './page-set.ts';
import { reasons } from './reasons.ts';
import { type Bucket, bucketsOf, deepestTree } from './tree.ts';

/**
 * Looks at every page that can be reached, as bbolt's own check does: it has its number and one type, lies in the file,
 * is referred to once; its keys ascend and are in the range that its parent says.
 *
 * @returns how many pages are in use
 * @throws `etcd.snapshot-damaged` for the first one that is not so
 */
export async function checkStructure(file: BoltFile, options: ReadingOptions = {}): Promise<number> {
  const met = new PageSet(file.meta.pages);
  let pages = 0;
  for (const root of roots(file)) {
    const checked = paced(file, checkedPages(file, { id: root, met, depth: 0 }), 'pages', options);
    for await (const page of checked) pages += 1 + page.overflow;
  }
  return pages;
}

/** The tree of buckets, and each bucket's own. */
function* roots(file: BoltFile): Generator<number> {
  yield file.meta.root;
  for (const [, bucket] of bucketsOf(file)) if (hasRoot(bucket)) yield bucket.root;
}

function hasRoot(bucket: Bucket): bucket is Extract<Bucket, { readonly root: number }> {
  return 'root' in bucket;
}

interface Below {
  readonly id: number;
  readonly met: PageSet;
  readonly depth: number;
  /** No key is less than the first, and each is less than the second. */
  readonly least?: Buffer | undefined;
  readonly beyond?: Buffer | undefined;
}

function* checkedPages(file: BoltFile, below: Below): Generator<BoltPage> {
  const { id, met, depth } = below;
  if (depth > deepestTree) file.refuse(reasons.depth, id);
  const page = file.page(id);
  for (let at = id; at <= id + page.overflow; at++) if (!met.add(at)) file.refuse(reasons.twice, at);
  yield page;
  if (page.flags === pageFlags.leaf) checkLeaf(file, page, below);
  else if (page.flags === pageFlags.branch) yield* checkedBranch(file, page, below);
  else file.refuse(reasons.type, id);
}

function checkLeaf(file: BoltFile, page: BoltPage, { least, beyond }: Below): void {
  const refuse = file.refuser(page.id);
  let before: Buffer | undefined;
  for (let number = 0; number < page.count; number++) {
    const { key } = leafElement(page.bytes, number, refuse);
    if (before !== undefined && before.compare(key) >= 0) refuse('order');
    before = key;
    if (number === 0 && least !== undefined && key.compare(least) < 0) file.refuse(reasons.range, page.id);
  }
  if (beyond !== undefined && before !== undefined && before.compare(beyond) >= 0) {
    file.refuse(reasons.range, page.id);
  }
}

function* checkedBranch(file: BoltFile, page: BoltPage, below: Below): Generator<BoltPage> {
  const refuse = file.refuser(page.id);
  if (page.count === 0) refuse('elements');
  let current: BranchElement = branchElement(page.bytes, 0, refuse);
  for (let number = 0; number < page.count; number++) {
    const next = number + 1 < page.count ? branchElement(page.bytes, number + 1, refuse) : undefined;
    if (next !== undefined && current.key.compare(next.key) >= 0) refuse('order');
    const beyond = next?.key ?? below.beyond;
    const { child: id } = current;
    yield* checkedPages(file, { id, met: below.met, depth: below.depth + 1, least: current.key, beyond });
    if (next !== undefined) current = next;
  }
}
