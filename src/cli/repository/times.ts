import { localTime } from '#repository/format/go-local-time.ts';
import { parseTime } from '#repository/format/go-time.ts';
import { cliErrors } from '../errors.ts';

const localPattern = /^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?$/;

/** Nanoseconds since 1970 of a time with its zone, or of one here, whose hours may be left out. @throws `cli.bad-value` */
export function momentOf(text: string, flag: string): bigint {
  const zoned = parseTime(text);
  if (zoned !== undefined) return zoned;
  const local = `${text.replace(' ', 'T')}${['T00:00:00', '', ':00'][missing(text)] ?? ''}`;
  const moment = parseTime(`${local}Z`) === undefined ? Number.NaN : new Date(local).getTime();
  if (localPattern.test(text) && !Number.isNaN(moment)) return BigInt(moment) * 1_000_000n;
  const expected = '2026-01-31, 2026-01-31 12:00:00, 2026-01-31T12:00:00Z';
  throw cliErrors.raise['bad-value']({ flag, given: text, expected });
}

/** Which part is left out: 0 the time of day, 2 its seconds, 1 nothing. */
function missing({ length }: string): number {
  return length === 10 ? 0 : length === 16 ? 2 : 1;
}

/** The same in restic's spelling, in the zone of this machine. @throws `cli.bad-value` */
export function resticTimeOf(text: string, flag: string): string {
  return localTime(momentOf(text, flag));
}
