/**
 * Times as Go writes them in the zone of this machine: what restic's trees have. A zone's offset is that of the moment itself,
 * so summer time and the offsets of the past, with their seconds, come out as they do there.
 */

const perSecond = 1_000_000_000n;
/** Seconds from 1970 to the last day that JavaScript's dates have, some 270,000 years. */
const farthest = 8_640_000_000_000;
const cacheSize = 4096;

/** A second: its text without fraction, and the zone's. */
interface Moment {
  readonly text: string;
  readonly zone: string;
}

/** Makes such texts. The seconds that were asked for lately are kept: the files of a directory share many. */
export function localTimes(): (nanoseconds: bigint) => string {
  const cache = new Map<number, Moment>();
  const momentOf = (second: number): Moment => {
    const known = cache.get(second);
    if (known !== undefined) return known;
    if (cache.size >= cacheSize) cache.clear();
    const made = makeMoment(second);
    cache.set(second, made);
    return made;
  };
  return nanoseconds => {
    let whole = nanoseconds / perSecond;
    let rest = Number(nanoseconds - whole * perSecond);
    if (rest < 0) {
      whole -= 1n;
      rest += 1_000_000_000;
    }
    const { text, zone } = momentOf(Number(whole));
    return rest === 0 ? text + zone : `${text}.${fraction(rest)}${zone}`;
  };
}

/** A time in nanoseconds since 1970. Years beyond 0 … 9999 become the nearest of them, as in restic. */
export function localTime(nanoseconds: bigint): string {
  return localTimes()(nanoseconds);
}

function fraction(nanoseconds: number): string {
  const digits = String(nanoseconds).padStart(9, '0');
  let end = 9;
  while (digits.charCodeAt(end - 1) === 0x30) end--;
  return digits.slice(0, end);
}

function makeMoment(second: number): Moment {
  const moment = new Date(Math.max(-farthest, Math.min(farthest, second)) * 1000);
  const local = new Date(0);
  local.setUTCFullYear(moment.getFullYear(), moment.getMonth(), moment.getDate());
  local.setUTCHours(moment.getHours(), moment.getMinutes(), moment.getSeconds());
  const east = (local.getTime() - moment.getTime()) / 1000;
  local.setUTCFullYear(Math.max(0, Math.min(9999, local.getUTCFullYear())));
  return { text: local.toISOString().slice(0, 19), zone: zoneText(east) };
}

function zoneText(secondsEast: number): string {
  if (secondsEast === 0) return 'Z';
  const minutes = Math.trunc(secondsEast / 60);
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}
