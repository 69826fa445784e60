import { type WireField, wireFields } from '../snapshot/protobuf.ts';
import type { Json } from './json.ts';
import { parseJson } from './parse-json.ts';
import type { SpecialForm } from './tables.ts';
import { Undecodable } from './undecodable.ts';

/** Forms that are read off a message's own bytes. */
export type ScalarForm = Exclude<SpecialForm, 'either' | 'allows' | 'items'>;

/** What JSON shows of a message that has a form of its own. @throws Undecodable */
export function scalarForm(form: ScalarForm, bytes: Buffer): Json {
  const fields = new Map<number, WireField>();
  for (const field of wireFields(bytes)) {
    if (field === undefined) throw new Undecodable('wire');
    fields.set(field.number, field);
  }
  return readers[form](fields);
}

type Fields = ReadonlyMap<number, WireField>;

const readers: Readonly<Record<ScalarForm, (fields: Fields) => Json>> = {
  time: fields => timeText(fields, ''),
  microtime: fields =>
    timeText(fields, `.${String(Math.floor(numberOf(fields, 2) / 1000)).padStart(6, '0')}`),
  duration: fields => durationText(BigInt.asIntN(64, fields.get(1)?.varint ?? 0n)),
  quantity: fields => textOf(fields, 1) || '0',
  'int-or-string': fields => (numberOf(fields, 1) === 1 ? textOf(fields, 3) : numberOf(fields, 2)),
  raw: fields => parse(textOf(fields, 1)),
};

function numberOf(fields: Fields, number: number): number {
  return Number(BigInt.asIntN(64, fields.get(number)?.varint ?? 0n));
}

function textOf(fields: Fields, number: number): string {
  return fields.get(number)?.bytes.toString() ?? '';
}

function parse(text: string): Json {
  return text === '' ? null : parseJson(text);
}

/** A time that was never set has no fields, and is null. */
function timeText(fields: Fields, fraction: string): Json {
  const seconds = numberOf(fields, 1);
  if (seconds === 0 && numberOf(fields, 2) === 0) return null;
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) throw new Undecodable('wire');
  return `${date.toISOString().slice(0, -'.000Z'.length)}${fraction}Z`;
}

const units = [
  ['h', 3_600_000_000_000n],
  ['m', 60_000_000_000n],
] as const;

/** As Go writes a duration: `1h0m0s`, `1.5s`, `100ms`, `0s`. */
function durationText(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  let left = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (left === 0n) return '0s';
  for (const [unit, size] of [
    ['ns', 1n],
    ['µs', 1000n],
    ['ms', 1_000_000n],
  ] as const) {
    if (left < size * 1000n) return `${sign}${decimal(left, size)}${unit}`;
  }
  let text = sign;
  for (const [unit, size] of units) {
    if (left >= size || text.length > sign.length) text += `${left / size}${unit}`;
    left %= size;
  }
  return `${text}${decimal(left, 1_000_000_000n)}s`;
}

function decimal(value: bigint, size: bigint): string {
  const digits = String(size).length - 1;
  const fraction =
    digits === 0
      ? ''
      : String(value % size)
          .padStart(digits, '0')
          .replace(/0+$/, '');
  return `${value / size}${fraction === '' ? '' : `.${fraction}`}`;
}
