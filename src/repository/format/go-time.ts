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
  const seconds = Number(floorDivide(local, perSecond));
  const nanosecond = Number(BigInt.asUintN(64, local - BigInt(seconds) * perSecond));
  const text = `${dayText(Math.floor(seconds / perDay))}T${clockText(seconds - Math.floor(seconds / perDay) * perDay)}`;
  return `${text}${fractionText(nanosecond)}${zone(minutesEast)}`;
}

const perDay = 86_400;

/** The day that was asked for last, of those since 1970: most times that are written together are of few days. */
let lastDay: { readonly day: number; readonly text: string } = { day: 0, text: '1970-01-01' };

function dayText(day: number): string {
  if (lastDay.day !== day) {
    lastDay = { day, text: new Date(day * perDay * 1000).toISOString().slice(0, 10) };
  }
  return lastDay.text;
}

function clockText(second: number): string {
  const minute = Math.floor(second / 60);
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}:${two(second % 60)}`;
}

function fractionText(nanosecond: number): string {
  if (nanosecond === 0) return '';
  let [digits, last] = [9, nanosecond];
  while (last % 10 === 0) [digits, last] = [digits - 1, last / 10];
  return `.${String(last).padStart(digits, '0')}`;
}

function zone(minutesEast: number): string {
  if (minutesEast === 0) return 'Z';
  const minutes = Math.abs(minutesEast);
  return `${minutesEast < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a < 0n ? -((-a + b - 1n) / b) : a / b;
}
