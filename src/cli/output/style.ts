import { styleText } from 'node:util';
import type { Tone } from './outcome.ts';

/** Paints text, or leaves it as it is. */
export type Paint = (text: string, tone: Tone) => string;

const formats = {
  good: 'green',
  warn: 'yellow',
  bad: 'red',
  dim: 'dim',
  strong: 'bold',
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

export const plain: Paint = text => text;

export const coloured: Paint = (text, tone) => styleText(formats[tone], text, { validateStream: false });

/**
 * Colours only for a terminal that has them and a person who has not refused them: `--no-color`, NO_COLOR (any
 * value but the empty one, https://no-color.org) and TERM=dumb refuse; `--color` and FORCE_COLOR insist.
 */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
  wanted: boolean | undefined,
): Paint {
  if (wanted !== undefined) return wanted ? coloured : plain;
  if (env['NO_COLOR']) return plain;
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return coloured;
  return stream.isTTY === true && env['TERM'] !== 'dumb' ? coloured : plain;
}

/** Whether a text has nothing but visible ASCII and spaces, as most cells of long tables: each character is then one column wide. */
export function isPlainAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/**
 * Makes text that came from elsewhere safe to show: a control character could move the cursor, retitle the
 * terminal or hide what follows. Line ends and tabs stay.
 */
export function printable(text: string): string {
  if (isPlainAscii(text)) return text;
  return text.replace(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
