import { crc32c } from '#foundation/crc32c.ts';
import type { BoltFile } from '../bolt/bolt-file.ts';
import { paced, type ReadingOptions } from '../bolt/paced.ts';
import { leafElement } from '../bolt/page.ts';
import { PageSet } from '../bolt/page-set.ts';
import { reasons } from '../bolt/reasons.ts';
import { bucketsOf, type Leaf, leavesOf } from '../bolt/tree.ts';
import { KeyIndex } from './key-index.ts';
import { readKeyValue, readRevision } from './record.ts';

/** What `etcdutl snapshot status` says of a snapshot, of every version of it. */
export interface SnapshotStatus {
  /** CRC-32C of all buckets: differs between members of one cluster. */
  readonly hash: number;
  /** The newest revision. */
  readonly revision: number;
  /** `totalKey` up to 3.5: entries of all buckets. */
  readonly entries: number;
  /** `totalKey` from 3.6 on: keys that are there. */
  readonly liveKeys: number;
  /** Bytes of the database. */
  readonly totalSize: number;
}

/**
 * Reads everything that can be reached. Memory is bounded by the number of keys.
 *
 * @throws `etcd.snapshot-damaged`
 */
export async function readStatus(file: BoltFile, options: ReadingOptions = {}): Promise<SnapshotStatus> {
  const met = new PageSet(file.meta.pages);
  const counting = new Counting(file);
  for (const [name, bucket] of bucketsOf(file, met)) {
    counting.begin(name);
    const leaves = paced(file, leavesOf(file, bucket, { met }), 'count', options);
    for await (const leaf of leaves) counting.leaf(leaf);
  }
  const totalSize = file.meta.pages * file.meta.pageSize;
  return { ...counting.result(), totalSize };
}

class Counting {
  readonly #file: BoltFile;
  readonly #index = new KeyIndex();
  #hash = 0;
  #entries = 0;
  #revision = 0;
  #isKeys = false;

  constructor(file: BoltFile) {
    this.#file = file;
  }

  begin(bucket: string): void {
    this.#hash = crc32c(Buffer.from(bucket, 'latin1'), this.#hash);
    this.#isKeys = bucket === 'key';
  }

  leaf(leaf: Leaf): void {
    const refuse = this.#file.refuser(leaf.page);
    for (let number = 0; number < leaf.count; number++) {
      const { key, value } = leafElement(leaf.bytes, number, refuse);
      this.#hash = crc32c(value, crc32c(key, this.#hash));
      if (this.#isKeys) this.#record(key, value, { page: leaf.page, element: number });
    }
    this.#entries += leaf.count;
  }

  result(): Omit<SnapshotStatus, 'totalSize'> {
    return {
      hash: this.#hash,
      revision: this.#revision,
      entries: this.#entries,
      liveKeys: this.#index.live,
    };
  }

  #record(key: Buffer, value: Buffer, place: { readonly page: number; readonly element: number }): void {
    const revision = readRevision(key) ?? this.#file.refuse(reasons.revision, place.page);
    const stored = readKeyValue(value) ?? this.#file.refuse(reasons.record, place.page);
    this.#revision = revision.main;
    this.#index.set(stored.key, place, revision.isDeletion);
  }
}
