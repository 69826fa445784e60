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

/** What JSON allows as a number. */
const jsonNumberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** More digits than that may be more than a double holds. */
const safeDigits = 15;
const [quote, backslash, minus, plus, point, digitZero, digitNine] = [
  0x22, 0x5c, 0x2d, 0x2b, 0x2e, 0x30, 0x39,
];

/** Throws a SyntaxError for what is not JSON. */
export function parseJson(text: string): Json {
  const kept = keptNumbers(text);
  if (kept.length === 0) return JSON.parse(text) as Json;
  // Parsed by the engine as strings that nothing else can be; asked for each value of a text instead, it is ten times slower.
  if (text.includes('\\u0000')) return JSON.parse(text, keepNumber) as Json;
  const parts: string[] = [];
  let at = 0;
  for (const { from, to } of kept) {
    parts.push(text.slice(at, from), `"\\u0000${text.slice(from, to)}"`);
    at = to;
  }
  return withRawNumbers(JSON.parse(parts.join('') + text.slice(at)));
}

function keepNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return String(value) === context.source && Number.isSafeInteger(value) ? value : rawJSON(context.source);
}

interface TextRange {
  readonly from: number;
  readonly to: number;
}

/** Where numbers stand that a double would not give back as they are written. What is no number is left out. */
function keptNumbers(text: string): TextRange[] {
  const kept: TextRange[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
    } else if (isDigit(code) || code === minus) {
      const from = at;
      while (isOfNumber(text.charCodeAt(at + 1))) at++;
      if (!isUsual(text, from, at + 1)) keep(kept, text, { from, to: at + 1 });
    }
  }
  return kept;
}

/** Where the quote is that ends the string which begins there; the end of the text where there is none. */
function endOfString(text: string, begin: number): number {
  let at = begin + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) break;
    if (code === backslash) at++;
  }
  return at;
}

function isDigit(code: number): boolean {
  return code >= digitZero && code <= digitNine;
}

function isOfNumber(code: number): boolean {
  return isDigit(code) || code === point || code === minus || code === plus || (code | 0x20) === 0x65;
}

/** Whole, of few digits, without a superfluous zero. */
function isUsual(text: string, from: number, to: number): boolean {
  const first = text.charCodeAt(from) === minus ? from + 1 : from;
  if (to - first > safeDigits || first === to) return false;
  for (let at = first; at < to; at++) if (!isDigit(text.charCodeAt(at))) return false;
  return text.charCodeAt(first) !== digitZero || (first === from && to === first + 1);
}

/** What follows the name of a member. */
const asName = /[ \t\n\r]*:/y;

function keep(kept: TextRange[], text: string, range: TextRange): void {
  const source = text.slice(range.from, range.to);
  const value = Number(source);
  // In the place of a member's name no number may stand, as a string may.
  asName.lastIndex = range.to;
  if (!jsonNumberPattern.test(source) || asName.test(text)) return;
  if (String(value) !== source || !Number.isSafeInteger(value)) kept.push(range);
}

/** The same value, its marked strings replaced by the numbers that they are. */
function withRawNumbers(value: unknown): Json {
  if (typeof value === 'string' && value.startsWith('\0')) return rawJSON(value.slice(1));
  if (typeof value !== 'object' || value === null) return value as Json;
  for (const key of Object.keys(value)) {
    const before = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof before !== 'object' && typeof before !== 'string') continue;
    const after = withRawNumbers(before);
    // Not by assignment, which would take a member "__proto__" for something else.
    if (after !== before) Reflect.defineProperty(value, key, { value: after });
  }
  return value as Json;
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
