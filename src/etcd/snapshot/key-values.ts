import { paced, type ReadingOptions } from '../bolt/paced.ts';
import { raise } from '../errors.ts';
import { readClusterFacts } from './facts.ts';
import { KeyIndex, type RecordPlace } from './key-index.ts';
import type { KeyValue } from './record.ts';
import type { Records, StoredRecord } from './records.ts';

/** The keys of a snapshot as they were at one revision. */
export interface KeysAtRevision {
  readonly revision: number;
  /** How many there are. */
  readonly size: number;
  get(key: Uint8Array): KeyValue | undefined;
  /** Each key once, in the order of the last changes; in memory bounded by a page. */
  all(options?: ReadingOptions): AsyncIterable<PlacedKeyValue>;
  /** What is at a place that {@link all} gave. */
  at(place: RecordPlace): KeyValue;
}

export interface PlacedKeyValue {
  readonly keyValue: KeyValue;
  readonly place: RecordPlace;
}

export interface AtRevision extends ReadingOptions {
  /** The newest one unless told. */
  readonly revision?: number | undefined;
}

/**
 * Reads which keys there were at a revision: 24 bytes of memory for each key that ever was.
 *
 * @throws `etcd.snapshot-compacted`, `etcd.snapshot-revision`, `etcd.snapshot-damaged`
 */
export async function keysAt(records: Records, options: AtRevision = {}): Promise<KeysAtRevision> {
  const { file } = records;
  const head = records.head();
  const { revision = head } = options;
  const compacted = readClusterFacts(file).compactedRevision ?? 0;
  if (revision < compacted) throw raise['snapshot-compacted']({ file: file.path, revision, compacted });
  if (revision > head) throw raise['snapshot-revision']({ file: file.path, revision, head });
  const index = new KeyIndex();
  for await (const { revision: at, keyValue, place } of each(records, options)) {
    if (at.main > revision) break;
    if (keyValue.key.length > 0) index.set(keyValue.key, place, at.isDeletion);
  }
  return {
    revision,
    size: index.live,
    get(key) {
      const place = index.get(key);
      return place && records.at(place).keyValue;
    },
    at: place => records.at(place).keyValue,
    async *all(reading = {}) {
      for await (const { revision: at, keyValue, place } of each(records, reading)) {
        if (at.main > revision) return;
        if (index.isNewest(keyValue.key, place)) yield { keyValue, place };
      }
    },
  };
}

async function* each(records: Records, options: ReadingOptions): AsyncGenerator<StoredRecord> {
  for await (const leaf of paced(records.file, records.leaves(), 'read', options)) {
    for (let element = 0; element < leaf.count; element++) yield records.inLeaf(leaf, element);
  }
}
