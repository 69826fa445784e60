/**
 * Times as Go's RFC 3339 with nanoseconds: `2026-02-03T04:05:06.000000007+09:00`, final zeros of the fraction (or all of it)
 * left out, years of four digits. In memory: nanoseconds since 1970, UTC.
 */

const perSecond = 1_000_000_000n;
const perSecondAsNumber = 1_000_000_000;
const pattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** The zone that a time is written in, in minutes east of UTC; `undefined` for what is no such time. */
export function zoneOfTime(text: string): number | undefined {
  const [match, , , sign, hours = '0', minutes = '0'] = pattern.exec(text) ?? [];
  if (match === undefined) return undefined;
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1) + 0;
}

/** `undefined` for what is no such time. Digits beyond nanoseconds are dropped, as Go does. */
export function parseTime(text: string): bigint | undefined {
  // By characters: a tree has several times for each entry, and a pattern and a Date take ten times as long.
  const local = secondsOf(text);
  const fractionEnd = isPoint(text.charCodeAt(secondsEnd)) ? endOfDigits(text, secondsEnd + 1) : secondsEnd;
  const east = zoneSeconds(text, fractionEnd);
  if (Number.isNaN(local) || Number.isNaN(east) || fractionEnd === secondsEnd + 1) return undefined;
  return BigInt(local - east) * perSecond + BigInt(nanosecondsIn(text, fractionEnd));
}

/** Characters before the fraction. */
const secondsEnd = 19;
/** `Date.UTC` takes years before 100 for others; the calendar repeats itself after 400. */
const yearsPerCycle = 400;
const secondsPerCycle = 146_097 * 86_400;
const [digitZero, point, comma, plus, minus, colon, utc] = [0x30, 0x2e, 0x2c, 0x2b, 0x2d, 0x3a, 0x5a];

/** Of date and time of day, as if they were UTC; NaN where there are none. */
function secondsOf(text: string): number {
  for (let at = 0; at < separators.length; at++) {
    if (text.charCodeAt(separatorsAt[at] ?? 0) !== separators.charCodeAt(at)) return Number.NaN;
  }
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const [month, day] = [twoDigits(text, 5), twoDigits(text, 8)];
  const [hour, minute, second] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)];
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysOf(month, year);
  if (!isDate || !(hour < 24 && minute < 60 && second < 60)) return Number.NaN;
  const later = Date.UTC(year + yearsPerCycle, month - 1, day, hour, minute, second);
  return later / 1000 - secondsPerCycle;
}

const separators = '--T::';
const separatorsAt = [4, 7, 10, 13, 16];

/** NaN where there are none. */
function twoDigits(text: string, at: number): number {
  const [tens, ones] = [text.charCodeAt(at) - digitZero, text.charCodeAt(at + 1) - digitZero];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function daysOf(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isPoint(code: number): boolean {
  return code === point || code === comma;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) >= digitZero && text.charCodeAt(at) <= digitZero + 9) at++;
  return at;
}

function nanosecondsIn(text: string, end: number): number {
  let value = 0;
  for (let at = secondsEnd + 1; at <= secondsEnd + 9; at++) {
    value = value * 10 + (at < end ? text.charCodeAt(at) - digitZero : 0);
  }
  return value;
}

/** How far east of UTC the zone is that the text ends with; NaN where it does not. */
function zoneSeconds(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  if (sign === utc) return text.length === at + 1 ? 0 : Number.NaN;
  const isZone = (sign === plus || sign === minus) && text.length === at + 6;
  if (!isZone || text.charCodeAt(at + 3) !== colon) return Number.NaN;
  const seconds = twoDigits(text, at + 1) * 3600 + twoDigits(text, at + 4) * 60;
  return sign === minus ? -seconds : seconds;
}

const first = -62_167_219_200n * perSecond;
const last = 253_402_300_800n * perSecond - 1n;

/** In a zone that many minutes east of UTC. What lies beyond the years 0 … 9999 becomes the first or last moment of those. */
export function formatTime(nanoseconds: bigint, minutesEast = 0): string {
  if (minutesEast === 0 && nanoseconds >= 0n && nanoseconds <= last) {
    const seconds = Number(nanoseconds / perSecond);
    return timeText(seconds, Number(nanoseconds % perSecond), 'Z');
  }
  const wanted = nanoseconds + BigInt(minutesEast) * 60n * perSecond;
  const local = wanted < first ? first : wanted > last ? last : wanted;
  const seconds = Number(floorDivide(local, perSecond));
  const nanosecond = Number(BigInt.asUintN(64, local - BigInt(seconds) * perSecond));
  return timeText(seconds, nanosecond, zone(minutesEast));
}

/** Where {@link formatTime} of a time ends, in UTC, in a text in which it begins there; -1 where another text does, or `at` is that. */
export function behindTime(text: string, nanoseconds: bigint, at: number): number {
  if (at === -1) return -1;
  if (nanoseconds < 0n || nanoseconds > last) return behind(text, formatTime(nanoseconds), at);
  const end = behind(text, secondText(Number(nanoseconds / perSecond)), at);
  const fraction = Number(nanoseconds % perSecond);
  return end === -1 ? -1 : behindFraction(text, fraction, end);
}

function behind(text: string, part: string, at: number): number {
  return text.startsWith(part, at) ? at + part.length : -1;
}

/** Of a fraction without final zeros, and the letter of UTC. */
function behindFraction(text: string, nanosecond: number, at: number): number {
  let end = at;
  if (nanosecond !== 0) {
    if (text.charCodeAt(at) !== point) return -1;
    let rest = nanosecond;
    for (let unit = perSecondAsNumber / 10; rest > 0; unit /= 10) {
      const digit = Math.floor(rest / unit);
      if (text.charCodeAt(++end) !== digitZero + digit) return -1;
      rest -= digit * unit;
    }
    end++;
  }
  return text.charCodeAt(end) === utc ? end + 1 : -1;
}

function timeText(seconds: number, nanosecond: number, zoneText: string): string {
  const text = secondText(seconds);
  return nanosecond === 0 ? text + zoneText : `${text}.${fractionText(nanosecond)}${zoneText}`;
}

/** The second that was asked for last, of those since 1970: files that came together share it. */
let lastSecond = { second: 0, text: '1970-01-01T00:00:00' };

function secondText(second: number): string {
  if (lastSecond.second !== second) {
    const day = Math.floor(second / perDay);
    lastSecond = { second, text: `${dayText(day)}T${clockText(second - day * perDay)}` };
  }
  return lastSecond.text;
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

/** Of what is not 0. */
function fractionText(nanosecond: number): string {
  let digits = 9;
  let rest = nanosecond;
  while (rest % 10 === 0) {
    digits--;
    rest /= 10;
  }
  return String(rest).padStart(digits, '0');
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
