import { Pace, type ReadingOptions } from '../bolt/paced.ts';
import { reasons } from '../bolt/reasons.ts';
import { raise } from '../errors.ts';
import { type ChangeVisitor, eachChange, eachChangeBackwards } from './changes.ts';
import { headRevision, readClusterFacts } from './facts.ts';
import { KeyIndex, type RecordPlace, wholeKey } from './key-index.ts';
import { PlaceList } from './place-list.ts';
import type { KeyValue } from './record.ts';
import { RecordScan } from './record-scan.ts';
import type { Records, StoredRecord } from './records.ts';

/** Told of a record, which is another one after the call. */
export type RecordVisitor = (record: RecordScan, place: RecordPlace) => void;

/** The keys of a snapshot as they were at one revision; where only some were wanted, those. */
export interface KeysAtRevision {
  readonly revision: number;
  /** How many there are. */
  readonly size: number;
  get(key: Uint8Array): KeyValue | undefined;
  /** Each key once, in the order of the last changes; in memory bounded by a page. */
  all(options?: ReadingOptions): AsyncIterable<PlacedKeyValue>;
  /** Tells of each key once, in the same order, without an object for each: several times as fast as {@link all}. */
  each(visit: RecordVisitor, options?: ReadingOptions): Promise<void>;
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
  /** Which keys are wanted: from then on only they are read, from where they are. All unless told. */
  readonly isWanted?: ((record: RecordScan) => boolean) | undefined;
}

/**
 * Reads which keys there were at a revision: 24 bytes of memory for each key that ever was, and 8 for each change of one where only some
 * are wanted.
 *
 * @throws `etcd.snapshot-compacted`, `etcd.snapshot-revision`, `etcd.snapshot-damaged`
 */
export async function keysAt(records: Records, options: AtRevision = {}): Promise<KeysAtRevision> {
  const revision = revisionIn(records, options);
  const index = await indexAt(records, revision, options);
  const isNewest = ({ keyValue, place }: StoredRecord): boolean =>
    index.keys.isNewest(wholeKey(keyValue.key), place);
  const isChange = ({ revision: at, keyValue }: StoredRecord): boolean =>
    !at.isDeletion && keyValue.key.length > 0;
  const wanted = (reading: ReadingOptions, is: (record: StoredRecord) => boolean) =>
    index.places === undefined
      ? until(revision, records, reading, is)
      : among(index.places, records, reading, is);
  return {
    revision,
    size: index.keys.live,
    get(key) {
      const place = index.keys.get(wholeKey(key));
      return place && records.at(place).keyValue;
    },
    at: place => records.at(place).keyValue,
    history: (reading = {}) => wanted(reading, isChange),
    all: (reading = {}) => wanted(reading, isNewest),
    each: (visit, reading = {}) => visitEach(records, { index, revision }, visit, reading),
  };
}

/**
 * Tells of each key that there was at a revision, the one that was changed last first, in one reading of the file: 24 bytes of memory for
 * each key that is wanted and ever was.
 *
 * @throws `etcd.snapshot-compacted`, `etcd.snapshot-revision`, `etcd.snapshot-damaged`
 */
export async function eachKeyAt(records: Records, options: AtRevision, visit: RecordVisitor): Promise<void> {
  const { isWanted } = options;
  const keys = new KeyIndex();
  const newest: ChangeVisitor = (record, cursor, isGone) => {
    if (record.key === record.keyEnd || isWanted?.(record) === false) return;
    if (keys.addFirst(record, cursor, isGone) && !isGone) visit(record, cursor);
  };
  await eachChangeBackwards(records, revisionIn(records, options), newest, options);
}

/** The revision that is asked for, if the file still holds it. */
function revisionIn(records: Records, options: AtRevision): number {
  const { file } = records;
  const facts = readClusterFacts(file);
  const head = headRevision(records.newest(), facts);
  const { revision = head } = options;
  const { compactedRevision: compacted = 0 } = facts;
  if (revision < compacted) throw raise['snapshot-compacted']({ file: file.path, revision, compacted });
  if (revision > head) throw raise['snapshot-revision']({ file: file.path, revision, head });
  return revision;
}

interface Index {
  readonly keys: KeyIndex;
  /** Of every change of a key that is wanted, where only some are. */
  readonly places: PlaceList | undefined;
}

/** Where each key was changed last, up to a revision. */
async function indexAt(records: Records, revision: number, options: AtRevision): Promise<Index> {
  const { isWanted } = options;
  const keys = new KeyIndex();
  const places = isWanted && new PlaceList();
  const visit: ChangeVisitor = (record, cursor, isGone) => {
    if (record.key === record.keyEnd || isWanted?.(record) === false) return;
    keys.set(record, cursor, isGone);
    places?.add(cursor);
  };
  await eachChange(records, revision, visit, options);
  return { keys, places };
}

async function visitEach(
  records: Records,
  { index: { keys, places }, revision }: { readonly index: Index; readonly revision: number },
  visit: RecordVisitor,
  options: ReadingOptions,
): Promise<void> {
  if (places === undefined) {
    const newest: ChangeVisitor = (record, cursor) => {
      if (keys.isNewest(record, cursor)) visit(record, cursor);
    };
    return eachChange(records, revision, newest, options);
  }
  const pace = new Pace(records.file, 'read', options);
  const record = new RecordScan();
  for (const place of places) {
    const bytes = records.bytesAt(place);
    if (!record.read(bytes, 0, bytes.length)) records.file.refuse(reasons.record, place.page);
    if (keys.isNewest(record, place)) visit(record, place);
    if (pace.isDue(bytes.length)) await pace.rest();
  }
}

/** The records at places that are wanted. */
async function* among(
  places: PlaceList,
  records: Records,
  options: ReadingOptions,
  isWanted: (record: StoredRecord) => boolean,
): AsyncGenerator<PlacedKeyValue> {
  const pace = new Pace(records.file, 'read', options);
  for (const place of places) {
    const record = records.at(place);
    if (isWanted(record)) yield record;
    if (pace.isDue(record.keyValue.value.length)) await pace.rest();
  }
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
