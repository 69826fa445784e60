import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { wireFields, wireTypes } from '../snapshot/protobuf.ts';
import { unlessAbsent } from './places.ts';

/** Whose log it is: what etcd believes of itself when it starts on it. Hexadecimal digits, as etcd prints them. */
export interface LogIdentity {
  readonly memberId: string;
  readonly clusterId: string;
}

/** Of `wal/walpb`: a record's type is field 1, its data field 3; metadata are records of type 1. */
const metadataType = 1n;
/** The identity is in the second record; both are short. */
const headSize = 4096;

/**
 * Reads the identity out of the first file of a member's log; `undefined` where there is none. Records begin with eight bytes, of which the
 * lowest seven are their length.
 */
export async function readLogIdentity(walDir: string): Promise<LogIdentity | undefined> {
  const [first] = ((await readdir(walDir).catch(unlessAbsent)) ?? [])
    .filter(name => name.endsWith('.wal'))
    .sort();
  if (first === undefined) return undefined;
  await using file = await open(join(walDir, first), 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headSize), 0, headSize, 0);
  for (const record of recordsIn(buffer.subarray(0, bytesRead))) {
    const { 1: type, 3: data } = fieldsOf(record);
    if (type?.varint === metadataType && data !== undefined) return readMetadata(data.bytes);
  }
  return undefined;
}

/** `etcdserverpb.Metadata`: 1 is the member, 2 the cluster. */
function readMetadata(bytes: Buffer): LogIdentity {
  const { 1: member, 2: cluster } = fieldsOf(bytes);
  const text = (id: bigint = 0n): string => id.toString(16);
  return { memberId: text(member?.varint), clusterId: text(cluster?.varint) };
}

function* recordsIn(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at) & 0xff_ffff_ffff_ffffn);
    const padding = (bytes[at + 7] ?? 0) & 0x80 ? (bytes[at + 7] ?? 0) & 0x7 : 0;
    if (length === 0 || at + 8 + length > bytes.length) return;
    yield bytes.subarray(at + 8, at + 8 + length);
    at += 8 + length + padding;
  }
}

type Fields = Readonly<Partial<Record<number, { readonly bytes: Buffer; readonly varint: bigint }>>>;

function fieldsOf(message: Buffer): Fields {
  const fields: Record<number, { readonly bytes: Buffer; readonly varint: bigint }> = {};
  for (const field of wireFields(message)) {
    if (field === undefined) return {};
    if (field.type === wireTypes.varint || field.type === wireTypes.bytes) fields[field.number] = field;
  }
  return fields;
}
