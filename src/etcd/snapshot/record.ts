import { wireFields, wireTypes } from './protobuf.ts';

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
  const isDeletion = key.length === revisionSize + 1 && key[revisionSize] === deletionMark;
  if (key.length !== revisionSize && !isDeletion) return undefined;
  if (key[8] !== separator) return undefined;
  const [main, sub] = [longAt(key, 0), longAt(key, 9)];
  if (!Number.isSafeInteger(main) || !Number.isSafeInteger(sub)) return undefined;
  return { main, sub, isDeletion };
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

const nothing = Buffer.alloc(0);

/** `undefined` for what is none. What has no bytes is the mark that a restore with `--bump-revision` leaves: an empty key. */
export function readKeyValue(record: Buffer): KeyValue | undefined {
  let key: Buffer = nothing;
  let value: Buffer = nothing;
  const numbers = [0n, 0n, 0n, 0n, 0n, 0n, 0n];
  for (const field of wireFields(record)) {
    if (field === undefined) return undefined;
    const { number, type, bytes, varint } = field;
    if (number > 6 || (type === wireTypes.bytes) !== (number === 1 || number === 5)) return undefined;
    if (number === 1) key = bytes;
    else if (number === 5) value = bytes;
    else numbers[number] = varint;
  }
  const [, , createRevision = 0n, modRevision = 0n, version = 0n, , lease = 0n] = numbers;
  return {
    key,
    value,
    createRevision: Number(createRevision),
    modRevision: Number(modRevision),
    version: Number(version),
    lease,
  };
}
