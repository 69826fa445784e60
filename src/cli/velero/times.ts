import { formatAge } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';
import type { Cell } from '../output/outcome.ts';
import { say } from '../spec.ts';

/** A moment as it was stored, or `undefined` where there is none or it makes no sense. */
export function moment(text: string | null | undefined): Date | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** `3m20s ago`; a clock that is behind the writer's shows `0s ago`. */
export function ago(when: Date, now: Date): Message {
  const age = formatAge(now.getTime() - when.getTime());
  return say(`${age} ago`, `${inJapanese(age)}前`);
}

/** `in 29d`, or that it is over. */
export function expiry(when: Date, now: Date): Cell {
  const left = when.getTime() - now.getTime();
  if (left <= 0) return { text: say('expired', '期限切れ'), tone: 'warn' };
  const age = formatAge(left);
  return say(`in ${age}`, `${inJapanese(age)}後`);
}

/** The moment as it was stored, with how far away it is. */
export function dated(when: Date, relative: Cell): Message {
  const text = typeof relative === 'object' && 'tone' in relative ? relative.text : relative;
  const words = typeof text === 'string' ? say(text, text) : text;
  const stamp = when.toISOString().replace('.000Z', 'Z');
  return { en: () => `${stamp} (${words.en()})`, ja: () => `${stamp} (${words.ja()})` };
}

const units: Readonly<Record<string, string>> = { s: '秒', m: '分', h: '時間', d: '日' };

/** `3m20s` → `3 分 20 秒`. */
function inJapanese(age: string): string {
  return age.replaceAll(/(\d+)([smhd])(?=(\d?))/g, (_, amount: string, unit: string, more: string) =>
    [amount, ' ', units[unit] ?? unit, more === '' ? '' : ' '].join(''),
  );
}
