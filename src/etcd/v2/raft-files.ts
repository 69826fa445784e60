import { crc32c } from '#foundation/crc32c.ts';
import { Fields } from '../client/fields.ts';

/** What a `.snap` file holds: the v2 store in JSON as of an index of raft. */
export interface RaftSnapshot {
  readonly index: bigint;
  readonly store: Buffer;
}

/**
 * Reads a `.snap` file: `snappb.Snapshot` (a CRC-32C and a `raftpb.Snapshot`); `undefined` where it is none, or damaged.
 */
export function readSnapFile(bytes: Buffer): RaftSnapshot | undefined {
  const outer = fieldsOf(bytes);
  if (outer === undefined) return undefined;
  const data = outer.bytes(2);
  if (Number(outer.unsigned(1)) !== crc32c(data)) return undefined;
  const inner = fieldsOf(data);
  return inner && { store: inner.bytes(1), index: inner.message(2).unsigned(2) };
}

/** An entry of raft's log. */
export interface RaftEntry {
  readonly index: bigint;
  /** `false` for changes of the membership. */
  readonly normal: boolean;
  readonly data: Buffer;
}

/** The kind of a `walpb.Record` that holds a `raftpb.Entry`. */
const entryKind = 2n;

/**
 * The entries of a `.wal` file. Records are framed by 8 bytes, little endian: the length in 56 bits, and in the topmost
 * byte how many bytes of padding follow, with its sign bit set if any do. Files are allocated ahead, so that zeros end
 * them; the end of the newest may be torn.
 */
export function* readWalFile(bytes: Buffer): Generator<RaftEntry> {
  let at = 0;
  while (at + 8 <= bytes.length) {
    const frame = bytes.readBigUInt64LE(at);
    const length = Number(frame & 0xff_ffff_ffff_ffffn);
    const top = Number(frame >> 56n);
    const padding = top >= 0x80 ? top & 7 : 0;
    if (length === 0 || length > bytes.length - at - 8) return;
    const record = fieldsOf(bytes.subarray(at + 8, at + 8 + length));
    if (record === undefined) return;
    at += 8 + length + padding;
    const entry = record.unsigned(1) === entryKind ? fieldsOf(record.bytes(3)) : undefined;
    if (entry !== undefined)
      yield { index: entry.unsigned(3), normal: entry.unsigned(1) === 0n, data: entry.bytes(4) };
  }
}

export function fieldsOf(message: Buffer): Fields | undefined {
  try {
    return new Fields(message);
  } catch {
    return undefined;
  }
}
