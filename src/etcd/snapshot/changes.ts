import { LeafCursor } from '../bolt/leaf-cursor.ts';
import { Pace, type ReadingOptions } from '../bolt/paced.ts';
import { PageScan } from '../bolt/page-scan.ts';
import { reasons } from '../bolt/reasons.ts';
import type { Leaf } from '../bolt/tree.ts';
import { isDeletion, mainRevision } from './record.ts';
import { RecordScan } from './record-scan.ts';
import type { Records } from './records.ts';

/** Told of a change of a key: the record, which is another one after the call, and where the cursor found it. */
export type ChangeVisitor = (record: RecordScan, cursor: LeafCursor, isDeletion: boolean) => void;

/** Tells of every change up to a revision, in their order, without an object for each. @throws `etcd.snapshot-damaged` */
export async function eachChange(
  records: Records,
  revision: number,
  visit: ChangeVisitor,
  options: ReadingOptions,
): Promise<void> {
  const reading = new Reading(records, visit);
  const pace = new Pace(records.file, 'read', options);
  for (const leaf of reading.leaves(false)) {
    reading.cursor.enter(leaf);
    while (reading.cursor.next()) {
      if (reading.revision() > revision) return;
      reading.tell();
    }
    if (pace.isDue(leaf.bytes.length)) await pace.rest();
  }
}

/** The same, the newest change first. @throws `etcd.snapshot-damaged` */
export async function eachChangeBackwards(
  records: Records,
  revision: number,
  visit: ChangeVisitor,
  options: ReadingOptions,
): Promise<void> {
  const reading = new Reading(records, visit);
  const pace = new Pace(records.file, 'read', options);
  for (const leaf of reading.leaves(true)) {
    reading.cursor.enterBehind(leaf);
    while (reading.cursor.previous()) if (reading.revision() <= revision) reading.tell();
    if (pace.isDue(leaf.bytes.length)) await pace.rest();
  }
}

/** What both directions do with the element that the cursor is at. */
class Reading {
  readonly cursor: LeafCursor;
  readonly #record = new RecordScan();
  readonly #records: Records;
  readonly #visit: ChangeVisitor;

  constructor(records: Records, visit: ChangeVisitor) {
    this.cursor = new LeafCursor(records.file);
    this.#records = records;
    this.#visit = visit;
  }

  leaves(backwards: boolean): Generator<Leaf> {
    const { file } = this.#records;
    return this.#records.leaves({ pages: new PageScan(file), backwards });
  }

  revision(): number {
    const { bytes, key, value, page } = this.cursor;
    const main = mainRevision(bytes, key, value);
    return main < 0 ? this.#records.file.refuse(reasons.revision, page) : main;
  }

  tell(): void {
    const { bytes, key, value, end, page } = this.cursor;
    if (!this.#record.read(bytes, value, end)) this.#records.file.refuse(reasons.record, page);
    this.#visit(this.#record, this.cursor, isDeletion(bytes, key, value));
  }
}
