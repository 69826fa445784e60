import { RecordScan } from './record-scan.ts';

/**
 * A revision: the number of the transaction, and within it of the change. The key of a record in the bucket `key` is
 * main (8 bytes, big-endian), `_`, sub (8 bytes), and `t` for a deletion.
 */
export interface Revision {
  readonly main: number;
  readonly sub: number;
}

const separator = 0x5f;
const deletionMark = 0x74;
const revisionSize = 17;

export interface RecordKey extends Revision {
  readonly isDeletion: boolean;
}

/** `undefined` for what is no revision. */
export function readRevision(key: Buffer): RecordKey | undefined {
  const main = mainRevision(key, 0, key.length);
  if (main < 0) return undefined;
  return { main, sub: longAt(key, 9), isDeletion: isDeletion(key, 0, key.length) };
}

/** The number of the transaction in the revision that is in `bytes` from `at` to `end`; -1 for what is no revision. */
export function mainRevision(bytes: Buffer, at: number, end: number): number {
  const length = end - at;
  if (length !== revisionSize && !isDeletion(bytes, at, end)) return -1;
  if (bytes[at + 8] !== separator) return -1;
  const main = longAt(bytes, at);
  return main >= 0 && Number.isSafeInteger(main) && Number.isSafeInteger(longAt(bytes, at + 9)) ? main : -1;
}

/** Whether it is the revision of a deletion, where it is one at all. */
export function isDeletion(bytes: Buffer, at: number, end: number): boolean {
  return end - at === revisionSize + 1 && bytes[at + revisionSize] === deletionMark;
}

function longAt(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

/** A key and its value as etcd stores them: `mvccpb.KeyValue`. */
export interface KeyValue {
  readonly key: Buffer;
  /** Empty for a deletion. */
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Changes since it was created. */
  readonly version: number;
  readonly lease: bigint;
}

/** One suffices: a record is read at once, and nothing else meanwhile. */
const scan = new RecordScan();

/** `undefined` for what is none. What has no bytes is the mark that a restore with `--bump-revision` leaves: an empty key. */
export function readKeyValue(record: Buffer): KeyValue | undefined {
  if (!scan.read(record, 0, record.length)) return undefined;
  const { createRevision, modRevision, version, leaseLow, leaseHigh } = scan;
  return {
    key: record.subarray(scan.key, scan.keyEnd),
    value: record.subarray(scan.value, scan.valueEnd),
    createRevision,
    modRevision,
    version,
    lease: (BigInt(leaseHigh) << 32n) | BigInt(leaseLow),
  };
}
