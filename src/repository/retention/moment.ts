/** A point in time and the zone in which it was written down: days and hours are those of that zone. */
export interface Moment {
  /** Since 1970, UTC. */
  readonly nanoseconds: bigint;
  readonly minutesEast: number;
}

/** How far the clocks of a place were east of UTC at a time, in minutes. Milliseconds since 1970. */
export type Zone = (milliseconds: number) => number;

/** Of this machine. */
export const localZone: Zone = milliseconds => -new Date(milliseconds).getTimezoneOffset();

/** A date whose UTC fields are the moment's own. */
export function fieldsOf({ nanoseconds, minutesEast }: Moment): Date {
  return new Date(millisecondsOf(nanoseconds) + minutesEast * 60_000);
}

/** The year and the number of the week, by ISO 8601: a week belongs to the year of its Thursday. */
export function isoWeek(moment: Moment): { readonly year: number; readonly week: number } {
  const thursday = fieldsOf(moment);
  thursday.setUTCHours(0, 0, 0, 0);
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const year = thursday.getUTCFullYear();
  const firstDay = new Date(0);
  firstDay.setUTCFullYear(year, 0, 1);
  return { year, week: 1 + Math.floor((thursday.getTime() - firstDay.getTime()) / (7 * 86_400_000)) };
}

/** Parts of a date to go back by. */
export interface DateParts {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
}

/**
 * The time that lies so much before a moment, in nanoseconds. Years, months and days are taken off the moment's own date,
 * and a date that does not exist runs over into the next month, as Go's `AddDate` has it. Where the moment was written
 * down in `zone`, the clocks of then count, else those of the moment.
 */
export function timeBefore(moment: Moment, by: DateParts, zone: Zone): bigint {
  return timeBeforeIn(moment, by, zoneOf(moment, zone));
}

/** {@link timeBefore}, by the clocks of `zone` wherever the moment was written down. */
export function timeBeforeIn({ nanoseconds }: Moment, by: DateParts, zone: Zone): bigint {
  const minutesEast = zone(millisecondsOf(nanoseconds));
  const then = fieldsOf({ nanoseconds, minutesEast });
  const [year, month, day] = [then.getUTCFullYear(), then.getUTCMonth(), then.getUTCDate()];
  then.setUTCFullYear(year - by.years, month - by.months, day - by.days);
  if (Number.isNaN(then.getTime())) return -(10n ** 30n);
  const milliseconds = atZone(then.getTime(), zone) - by.hours * 3_600_000;
  return BigInt(milliseconds) * 1_000_000n + (((nanoseconds % 1_000_000n) + 1_000_000n) % 1_000_000n);
}

function zoneOf({ nanoseconds, minutesEast }: Moment, zone: Zone): Zone {
  const isOfZone = minutesEast !== 0 && zone(millisecondsOf(nanoseconds)) === minutesEast;
  return isOfZone ? zone : () => minutesEast;
}

/** The time at which clocks showed these fields; where they never did or did twice, the one that Go's `Date` gives. */
function atZone(fields: number, zone: Zone): number {
  const guess = zone(fields);
  return guess === 0 ? fields : fields - zone(fields - guess * 60_000) * 60_000;
}

function millisecondsOf(nanoseconds: bigint): number {
  const down = nanoseconds < 0n && nanoseconds % 1_000_000n !== 0n ? 1n : 0n;
  return Number(nanoseconds / 1_000_000n - down);
}
