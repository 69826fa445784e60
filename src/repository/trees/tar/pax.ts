import { reasons, TarFault } from './fault.ts';

/**
 * The records of a pax extended header: `<length> <key>=<value>\n`, where length counts the whole record. The last of a key
 * holds; an empty one says that there is none. What GNU tar once wrote as many records of the same keys, the map of a sparse file, is
 * put together into the one record that it writes since.
 * Source: POSIX.1-2024, utility `pax`, "pax Extended Header".
 *
 * @throws TarFault
 */
export function readPax(body: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const digits = body.toString('latin1', at, space < 0 ? at : space);
    const end = at + Number(digits);
    const equals = body.indexOf(0x3d, space);
    const inOrder =
      /^[1-9]\d{0,8}$/.test(digits) && end <= body.length && space + 1 < equals && equals < end - 1;
    if (!inOrder || body[end - 1] !== 0x0a) throw new TarFault(reasons.extended);
    const key = body.toString('utf8', space + 1, equals);
    const value = body.subarray(equals + 1, end - 1);
    if (key === sparseOffset || key === sparseLength) parts.push(value);
    else records.set(key, value);
    at = end;
  }
  if (parts.length > 0) records.set('GNU.sparse.map', Buffer.from(parts.join(',')));
  return records;
}

const [sparseOffset, sparseLength] = ['GNU.sparse.offset', 'GNU.sparse.numbytes'];

/** A count or an id. @throws TarFault */
export function wholeNumber(value: Buffer): number {
  const digits = value.toString('latin1');
  const number = Number(digits);
  if (!/^\d+$/.test(digits) || !Number.isSafeInteger(number)) throw new TarFault(reasons.number);
  return number;
}

/** Seconds with a fraction, in nanoseconds; what is finer is cut off towards the past. @throws TarFault */
export function nanoseconds(value: Buffer): bigint {
  const [, sign, whole = '', fraction = ''] =
    value.toString('latin1').match(/^(-?)(\d{1,18})(?:\.(\d*))?$/) ?? [];
  if (sign === undefined) throw new TarFault(reasons.number);
  const digits = fraction.slice(0, 9).padEnd(9, '0');
  const finer = sign === '-' && /[1-9]/.test(fraction.slice(9)) ? 1n : 0n;
  const size = BigInt(whole) * 1_000_000_000n + BigInt(digits);
  return sign === '-' ? -size - finer : size;
}
