import type { BoltFile } from '../bolt/bolt-file.ts';
import { leafElement } from '../bolt/page.ts';
import { reasons } from '../bolt/reasons.ts';
import { type Bucket, findBucket, type Leaf, lastLeaf, leavesOf, type WalkOptions } from '../bolt/tree.ts';
import type { RecordPlace } from './key-index.ts';
import { type KeyValue, type RecordKey, readKeyValue, readRevision } from './record.ts';

/** A change of a key, as the bucket `key` holds it. */
export interface StoredRecord {
  readonly revision: RecordKey;
  readonly keyValue: KeyValue;
  readonly place: RecordPlace;
}

/** The bucket `key` of a snapshot: every change that was not compacted away, in the order of the revisions. */
export class Records {
  readonly file: BoltFile;
  readonly #bucket: Bucket | undefined;

  /** @throws `etcd.snapshot-damaged` */
  constructor(file: BoltFile) {
    this.file = file;
    this.#bucket = findBucket(file, 'key');
  }

  /**
   * The leaves; no more than a page of them is in memory.
   *
   * @throws `etcd.snapshot-damaged`
   */
  *leaves(options: Pick<WalkOptions, 'pages' | 'backwards'> = {}): Generator<Leaf> {
    if (this.#bucket !== undefined) yield* leavesOf(this.file, this.#bucket, options);
  }

  /** @throws `etcd.snapshot-damaged` */
  *all(): Generator<StoredRecord> {
    for (const leaf of this.leaves()) {
      for (let element = 0; element < leaf.count; element++) yield this.inLeaf(leaf, element);
    }
  }

  /** @throws `etcd.snapshot-damaged` */
  inLeaf(leaf: Leaf, element: number): StoredRecord {
    const { key, value } = leafElement(leaf.bytes, element, this.file.refuser(leaf.page));
    const revision = readRevision(key) ?? this.file.refuse(reasons.revision, leaf.page);
    const keyValue = readKeyValue(value) ?? this.file.refuse(reasons.record, leaf.page);
    return { revision, keyValue, place: { page: leaf.page, element } };
  }

  /** @throws `etcd.snapshot-damaged` */
  at(place: RecordPlace): StoredRecord {
    return this.inLeaf(this.#leafOf(place), place.element);
  }

  /** What is stored at a place, unread. @throws `etcd.snapshot-damaged` */
  bytesAt(place: RecordPlace): Buffer {
    const leaf = this.#leafOf(place);
    return leafElement(leaf.bytes, place.element, this.file.refuser(leaf.page)).value;
  }

  #leafOf({ page }: RecordPlace): Leaf {
    if (this.#bucket !== undefined && 'inline' in this.#bucket) {
      const [leaf] = leavesOf(this.file, this.#bucket);
      if (leaf !== undefined) return leaf;
    }
    const { bytes, count } = this.file.page(page);
    return { bytes, count, page };
  }

  /** The newest revision that a record has; 0 where there is none. @throws `etcd.snapshot-damaged` */
  newest(): number {
    if (this.#bucket === undefined) return 0;
    const leaf = lastLeaf(this.file, this.#bucket);
    return leaf.count === 0 ? 0 : this.inLeaf(leaf, leaf.count - 1).revision.main;
  }
}
