import type { DateParts } from './moment.ts';

/** A length of time in parts of a date: a month is as long as it happens to be. Whole numbers from 0. */
export type Span = DateParts;

const units = { y: 'years', m: 'months', d: 'days', h: 'hours' } as const;

/** Reads `1y5m7d2h`, in any order; of a unit that is named twice the last counts, as in restic. `undefined` for anything else. */
export function parseSpan(text: string): Span | undefined {
  const trimmed = text.trim();
  if (!/^(?:\d{1,9}[ymdh])*$/.test(trimmed)) return undefined;
  const parts = { years: 0, months: 0, days: 0, hours: 0 };
  for (const [, number = '', unit] of trimmed.matchAll(/(\d+)([ymdh])/g)) {
    parts[units[unit as keyof typeof units]] = Number(number);
  }
  return parts;
}

/** `1y5m7d2h`, without units of which there are none; empty for no time at all. */
export function formatSpan({ years, months, days, hours }: Span): string {
  const parts = [`${years}y`, `${months}m`, `${days}d`, `${hours}h`];
  return parts.filter(part => !part.startsWith('0')).join('');
}

/** Whether there is any time in it; one of none means that no rule was given. */
export function isEmptySpan({ years, months, days, hours }: Span): boolean {
  return years === 0 && months === 0 && days === 0 && hours === 0;
}
