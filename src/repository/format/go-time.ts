/**
 * Times as Go's RFC 3339 with nanoseconds: `2026-02-03T04:05:06.000000007+09:00`, final zeros of the fraction (or all of it)
 * left out, years of four digits. In memory: nanoseconds since 1970, UTC.
 */

const perSecond = 1_000_000_000n;
const pattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** The zone that a time is written in, in minutes east of UTC; `undefined` for what is no such time. */
export function zoneOfTime(text: string): number | undefined {
  const [match, , , sign, hours = '0', minutes = '0'] = pattern.exec(text) ?? [];
  if (match === undefined) return undefined;
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1) + 0;
}

/** `undefined` for what is no such time. Digits beyond nanoseconds are dropped, as Go does. */
export function parseTime(text: string): bigint | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, moment = '', fraction = '', sign, hours = '0', minutes = '0'] = match;
  const date = new Date(`${moment}Z`);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(moment)) return undefined;
  const east = BigInt((Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60));
  const seconds = BigInt(date.getTime()) / 1000n - east;
  return seconds * perSecond + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}

const first = -62_167_219_200n * perSecond;
const last = 253_402_300_800n * perSecond - 1n;

/** In a zone that many minutes east of UTC. What lies beyond the years 0 … 9999 becomes the first or last moment of those. */
export function formatTime(nanoseconds: bigint, minutesEast = 0): string {
  const wanted = nanoseconds + BigInt(minutesEast) * 60n * perSecond;
  const local = wanted < first ? first : wanted > last ? last : wanted;
  const seconds = floorDivide(local, perSecond);
  const fraction = (local - seconds * perSecond).toString().padStart(9, '0').replace(/0+$/, '');
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  return `${text}${fraction === '' ? '' : `.${fraction}`}${zone(minutesEast)}`;
}

function zone(minutesEast: number): string {
  if (minutesEast === 0) return 'Z';
  const minutes = Math.abs(minutesEast);
  return `${minutesEast < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a < 0n ? -((-a + b - 1n) / b) : a / b;
}
