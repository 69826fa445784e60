import type { BoltFile } from '../bolt/bolt-file.ts';
import type { LeafCursor } from '../bolt/leaf-cursor.ts';
import type { ReadingOptions } from '../bolt/paced.ts';
import { reasons } from '../bolt/reasons.ts';
import { KeyIndex } from './key-index.ts';
import { isDeletion, mainRevision } from './record.ts';
import { RecordScan } from './record-scan.ts';
import { scanDatabase, type Visitor } from './scan.ts';
import { StreamChecksum } from './stream-checksum.ts';

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
  const counting = new Counting(file);
  await scanDatabase(file, counting, { ...options, phase: 'count' });
  return counting.status();
}

/** Told of each change of a key that was read; where the cursor stands is its place. */
export type OnRecord = (revision: number, record: RecordScan, cursor: LeafCursor) => void;

/** Finds the status of a database while it is read. */
export class Counting implements Visitor {
  readonly #file: BoltFile;
  readonly #onRecord: OnRecord | undefined;
  readonly #index = new KeyIndex();
  readonly #hash = new StreamChecksum();
  readonly #record = new RecordScan();
  #entries = 0;
  #revision = 0;
  #isKeys = false;

  constructor(file: BoltFile, onRecord?: OnRecord) {
    this.#file = file;
    this.#onRecord = onRecord;
  }

  bucket(name: string): void {
    const bytes = Buffer.from(name, 'latin1');
    this.#hash.update(bytes, 0, bytes.length);
    this.#isKeys = name === 'key';
  }

  leaf(cursor: LeafCursor): void {
    // Keys and values of neighbours mostly follow each other without a gap.
    let from = 0;
    let to = 0;
    while (cursor.next()) {
      if (cursor.key !== to) {
        this.#hash.update(cursor.bytes, from, to);
        from = cursor.key;
      }
      to = cursor.end;
      this.#entries++;
      if (this.#isKeys) this.#take(cursor);
    }
    this.#hash.update(cursor.bytes, from, to);
  }

  status(): SnapshotStatus {
    const { pages, pageSize } = this.#file.meta;
    return {
      hash: this.#hash.value(),
      revision: this.#revision,
      entries: this.#entries,
      liveKeys: this.#index.live,
      totalSize: pages * pageSize,
    };
  }

  #take(cursor: LeafCursor): void {
    const { bytes, key, value, end, page } = cursor;
    const revision = mainRevision(bytes, key, value);
    if (revision < 0) this.#file.refuse(reasons.revision, page);
    const record = this.#record;
    if (!record.read(bytes, value, end)) this.#file.refuse(reasons.record, page);
    this.#revision = revision;
    this.#index.set(record, cursor, isDeletion(bytes, key, value));
    this.#onRecord?.(revision, record, cursor);
  }
}
