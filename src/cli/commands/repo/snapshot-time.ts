import { parseTime } from '#repository/format/go-time.ts';
import { cliErrors } from '../../errors.ts';

const localPattern = /^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d)?$/;

/** Nanoseconds since 1970: of a time with its zone, or of one here. @throws `cli.bad-value` */
export function timeOf(text: string, flag = '--time'): bigint {
  const zoned = parseTime(text);
  if (zoned !== undefined) return zoned;
  const local = text.length === 10 ? `${text}T00:00:00` : text.replace(' ', 'T');
  const moment = parseTime(`${local}Z`) === undefined ? Number.NaN : new Date(local).getTime();
  if (localPattern.test(text) && !Number.isNaN(moment)) return BigInt(moment) * 1_000_000n;
  const expected = '2026-01-31 12:00:00, 2026-01-31T12:00:00Z';
  throw cliErrors.raise['bad-value']({ flag, given: text, expected });
}
