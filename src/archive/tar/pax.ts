import { TarFault, textOf } from './block.ts';

/**
 * The records of a pax extended header: `<length> <key>=<value>\n`, where length counts the whole record.
 * Source: POSIX.1-2024, utility `pax`, "pax Extended Header".
 */
export interface PaxRecords {
  readonly path?: string;
  /** Bytes. */
  readonly size?: number;
  /** Whether the body is stored with holes, in one of GNU's ways. */
  readonly sparse: boolean;
}

const newline = 0x0a;

/** Reads the records that matter for reading files; throws a {@link TarFault}. As in Go and GNU tar, the last record of a key holds and an empty one counts for nothing. */
export function parsePax(body: Buffer): PaxRecords {
  let records: PaxRecords = { sparse: false };
  for (const { key, value } of eachRecord(body)) {
    if (key.startsWith('GNU.sparse.')) records = { ...records, sparse: true };
    if (value.length === 0) continue;
    if (key === 'path') records = { ...records, path: pathOf(value) };
    if (key === 'size') records = { ...records, size: sizeOf(value) };
  }
  return records;
}

function* eachRecord(body: Buffer): Generator<{ key: string; value: Buffer }> {
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const digits = body.toString('latin1', at, space < 0 ? at : space);
    if (!/^[1-9]\d{0,8}$/.test(digits)) throw new TarFault('pax');
    const end = at + Number(digits);
    const equals = body.indexOf(0x3d, space);
    if (end > body.length || equals < 0 || equals >= end - 1 || equals === space + 1)
      throw new TarFault('pax');
    if (body[end - 1] !== newline) throw new TarFault('pax');
    yield { key: body.toString('utf8', space + 1, equals), value: body.subarray(equals + 1, end - 1) };
    at = end;
  }
}

function pathOf(value: Buffer): string {
  if (value.includes(0)) throw new TarFault('name');
  return textOf(value);
}

function sizeOf(value: Buffer): number {
  const digits = value.toString('latin1');
  const size = Number(digits);
  if (!/^\d+$/.test(digits) || !Number.isSafeInteger(size)) throw new TarFault('number');
  return size;
}

/** The body of an extended header that gives a member its path. */
export function paxPath(path: string): Buffer {
  const rest = Buffer.from(` path=${path}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length > length) length++;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
