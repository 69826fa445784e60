import { LeafCursor } from '../bolt/leaf-cursor.ts';
import { Pace, type ReadingOptions } from '../bolt/paced.ts';
import { PageScan } from '../bolt/page-scan.ts';
import { reasons } from '../bolt/reasons.ts';
import { raise } from '../errors.ts';
import { headRevision, readClusterFacts } from './facts.ts';
import { KeyIndex, type RecordPlace, wholeKey } from './key-index.ts';
import { isDeletion, type KeyValue, mainRevision } from './record.ts';
import { RecordScan } from './record-scan.ts';
import type { Records, StoredRecord } from './records.ts';

/** The keys of a snapshot as they were at one revision. */
export interface KeysAtRevision {
  readonly revision: number;
  /** How many there are. */
  readonly size: number;
  get(key: Uint8Array): KeyValue | undefined;
  /** Each key once, in the order of the last changes; in memory bounded by a page. */
  all(options?: ReadingOptions): AsyncIterable<PlacedKeyValue>;
  /** Every change until then that the file still holds, in their order; deletions are none. */
  history(options?: ReadingOptions): AsyncIterable<PlacedKeyValue>;
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
  const facts = readClusterFacts(file);
  const head = headRevision(records.newest(), facts);
  const { revision = head } = options;
  const { compactedRevision: compacted = 0 } = facts;
  if (revision < compacted) throw raise['snapshot-compacted']({ file: file.path, revision, compacted });
  if (revision > head) throw raise['snapshot-revision']({ file: file.path, revision, head });
  const index = await indexAt(records, revision, options);
  return {
    revision,
    size: index.live,
    get(key) {
      const place = index.get(wholeKey(key));
      return place && records.at(place).keyValue;
    },
    at: place => records.at(place).keyValue,
    history: (reading = {}) =>
      until(
        revision,
        records,
        reading,
        ({ revision: at, keyValue }) => !at.isDeletion && keyValue.key.length > 0,
      ),
    all: (reading = {}) =>
      until(revision, records, reading, ({ keyValue, place }) =>
        index.isNewest(wholeKey(keyValue.key), place),
      ),
  };
}

/** Where each key was changed last, up to a revision. */
async function indexAt(records: Records, revision: number, options: ReadingOptions): Promise<KeyIndex> {
  const { file } = records;
  const index = new KeyIndex();
  const pace = new Pace(file, 'read', options);
  const [cursor, record] = [new LeafCursor(file), new RecordScan()];
  for (const leaf of records.leaves(new PageScan(file))) {
    cursor.enter(leaf);
    while (cursor.next()) {
      const { bytes, key, value, end } = cursor;
      const main = mainRevision(bytes, key, value);
      if (main < 0) file.refuse(reasons.revision, leaf.page);
      if (main > revision) return index;
      if (!record.read(bytes, value, end)) file.refuse(reasons.record, leaf.page);
      if (record.key < record.keyEnd) index.set(record, cursor, isDeletion(bytes, key, value));
    }
    if (pace.isDue(leaf.bytes.length)) await pace.rest();
  }
  return index;
}

/** The records up to a revision that are wanted. */
async function* until(
  revision: number,
  records: Records,
  options: ReadingOptions,
  isWanted: (record: StoredRecord) => boolean,
): AsyncGenerator<PlacedKeyValue> {
  const pace = new Pace(records.file, 'read', options);
  for (const leaf of records.leaves()) {
    for (let element = 0; element < leaf.count; element++) {
      const record = records.inLeaf(leaf, element);
      if (record.revision.main > revision) return;
      if (isWanted(record)) yield record;
    }
    if (pace.isDue(leaf.bytes.length)) await pace.rest();
  }
}
