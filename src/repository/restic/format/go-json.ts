/**
 * JSON as Go's `encoding/json` writes it, and without loss: numbers that a double cannot hold, or that would not be
 * written again as they were, stay as they are written.
 */

/** A number kept in its own spelling: what `JSON.rawJSON` makes. `JSON.stringify` writes it as it is. */
export interface RawNumber {
  readonly rawJSON: string;
}

export type JsonNumber = number | RawNumber;

export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

interface RawJson {
  readonly rawJSON: (this: void, text: string) => RawNumber;
  readonly isRawJSON: (this: void, value: unknown) => value is RawNumber;
}

const { rawJSON, isRawJSON } = JSON as unknown as RawJson;

/** Text that may hold such a number: one of 16 digits or more, a fraction, an exponent, a negative zero. */
const unusualNumber = /[:,[]\s*-?(?:0*\d{16}|\d+[.eE]|0\d|0*[,}\]])/;
const negativeZero = /-0/;

/** Throws a SyntaxError for what is not JSON. */
export function parseJson(text: string): Json {
  if (!unusualNumber.test(text) && !negativeZero.test(text)) return JSON.parse(text) as Json;
  return JSON.parse(text, keepNumber) as Json;
}

function keepNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return String(value) === context.source && Number.isSafeInteger(value) ? value : rawJSON(context.source);
}

/** Compact JSON; `<`, `>`, `&`, U+2028 and U+2029 are escaped as Go does, and lone surrogates become U+FFFD as there. */
export function writeJson(value: Json): string {
  return JSON.stringify(value)
    .replace(/[<>&\u2028\u2029]/g, each => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/\\(?:u(d[89a-f][0-9a-f]{2})|.)/gs, (whole, surrogate) =>
      surrogate === undefined ? whole : '\\ufffd',
    );
}

/** A whole number as a bigint; `undefined` for anything else. */
export function wholeNumber(value: Json | undefined): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (!isRawJSON(value) || !/^-?\d{1,20}$/.test(value.rawJSON)) return undefined;
  return BigInt(value.rawJSON);
}

/** What `JSON.stringify` writes as that whole number. */
export function jsonNumber(value: bigint): JsonNumber {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : rawJSON(value.toString());
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJSON(value);
}

/**
 * The same members, those named in `order` first and in that order, then the others as they came. Members whose
 * value is undefined are left out.
 */
export function ordered(object: JsonObject, order: readonly string[]): JsonObject {
  const named = order.filter(key => object[key] !== undefined).map(key => [key, object[key]] as const);
  const known = new Set(order);
  const others = Object.entries(object).filter(([key, value]) => !known.has(key) && value !== undefined);
  return Object.fromEntries([...named, ...others]);
}
