import { parseDuration } from '#foundation/duration.ts';
import { cliErrors } from './errors.ts';
import type { FlagSpec, Flags } from './spec.ts';
import { longName } from './spec.ts';

/** What the parser saw of one flag: the values in their order, or whether the switch was on last. */
export type RawValue = readonly string[] | boolean | undefined;

/** Turns what was typed into typed values, by the flags' kinds; throws `cli.bad-value`. */
export function flagValues(
  flags: Flags,
  raw: (key: string, flag: FlagSpec) => RawValue,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(flags).map(([key, flag]) => {
      const value = raw(key, flag);
      return [key, Array.isArray(value) ? convert(flag, `--${longName(key)}`, value) : value];
    }),
  );
}

function convert(flag: FlagSpec, name: string, values: readonly string[]): unknown {
  const last = values.at(-1) ?? '';
  switch (flag.kind) {
    case 'text':
      return last;
    case 'texts':
      return values;
    case 'list':
      return values.flatMap(splitList);
    case 'map':
      return mapOf(values, name, flag.separator ?? '=');
    case 'number':
      return numberOf(last, name);
    case 'duration':
      return durationOf(last, name);
    case 'choice':
      return choiceOf(last, name, flag.choices);
    case 'switch':
      return undefined;
  }
}

function splitList(value: string): string[] {
  return value
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
}

function mapOf(values: readonly string[], name: string, separator: string): Record<string, string> {
  const entries = values.flatMap(splitList).map(pair => {
    const at = pair.indexOf(separator);
    if (at <= 0) {
      throw cliErrors.raise['bad-value']({ flag: name, given: pair, expected: `KEY${separator}VALUE,…` });
    }
    return [pair.slice(0, at), pair.slice(at + separator.length)] as const;
  });
  return Object.fromEntries(entries);
}

function numberOf(text: string, name: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw cliErrors.raise['bad-value']({ flag: name, given: text, expected: '0, 1, 2, …' });
}

function durationOf(text: string, name: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && Number.isFinite(milliseconds)) return milliseconds;
  throw cliErrors.raise['bad-value']({ flag: name, given: text, expected: '720h, 1h30m, 45s' });
}

function choiceOf(text: string, name: string, choices: readonly string[]): string {
  if (choices.includes(text)) return text;
  throw cliErrors.raise['bad-value']({ flag: name, given: text, expected: choices.join(' | ') });
}
