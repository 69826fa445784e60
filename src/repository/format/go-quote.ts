/**
 * File names as restic writes them: Go's `strconv.Quote` without the quotes. A name is any bytes; what is
 * printable UTF-8 stays, everything else is escaped.
 */

const plainAscii = /^[ !#-[\]-~]*$/;
/** What Go's `strconv.IsPrint` says yes to, by this engine's Unicode tables. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const shortEscapes = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
  [34, '\\"'],
  [92, '\\\\'],
]);

export function quoteName(name: Uint8Array): string {
  const ascii = Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1');
  if (plainAscii.test(ascii)) return ascii;
  let quoted = '';
  for (let at = 0; at < name.length; ) {
    const length = characterLength(name, at);
    quoted +=
      length === 0
        ? hexEscape(name[at] ?? 0)
        : quoteCharacter(Buffer.from(name.subarray(at, at + length)).toString());
    at += Math.max(length, 1);
  }
  return quoted;
}

/** Bytes of the UTF-8 character that begins there; 0 where none does (Unicode 3.9, table 3-7). */
export function characterLength(name: Uint8Array, at: number): number {
  const first = name[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const rest = [...name.subarray(at + 1, at + length)];
  const whole = rest.length === length - 1 && rest.every(byte => (byte & 0xc0) === 0x80);
  return whole && isSecond(first, rest[0] ?? 0) ? length : 0;
}

/** Whether neither a longer form than needed, nor a surrogate, nor a number above U+10FFFF begins like this. */
function isSecond(first: number, second: number): boolean {
  if (first === 0xe0) return second >= 0xa0;
  if (first === 0xed) return second <= 0x9f;
  if (first === 0xf0) return second >= 0x90;
  return first !== 0xf4 || second <= 0x8f;
}

function quoteCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const short = shortEscapes.get(code);
  if (short !== undefined) return short;
  if (printable.test(character)) return character;
  if (code < 0x20 || code === 0x7f) return hexEscape(code);
  return code < 0x10000
    ? `\\u${code.toString(16).padStart(4, '0')}`
    : `\\U${code.toString(16).padStart(8, '0')}`;
}

function hexEscape(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

const escape = /\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|([0-3][0-7]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;
const letters: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '\\': 92,
  '"': 34,
};

const needsCare = /["\n\\]/;

/** The bytes of a quoted name, as `strconv.Unquote` reads it; `undefined` where that would refuse it. */
export function unquoteName(quoted: string): Buffer | undefined {
  if (!needsCare.test(quoted)) return Buffer.from(quoted);
  if (/["\n]/.test(quoted.replaceAll(/\\./gs, ''))) return undefined;
  const parts: Buffer[] = [];
  for (let at = 0; at < quoted.length; ) {
    const next = quoted.indexOf('\\', at);
    const end = next === -1 ? quoted.length : next;
    if (end > at) parts.push(Buffer.from(quoted.slice(at, end)));
    at = end;
    if (end === quoted.length) break;
    escape.lastIndex = at;
    const bytes = unescaped(escape.exec(quoted));
    if (bytes === undefined) return undefined;
    parts.push(bytes);
    at = escape.lastIndex;
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

function unescaped(match: RegExpExecArray | null): Buffer | undefined {
  if (match === null) return undefined;
  const [, letter, hex, octal, short, long] = match;
  if (letter !== undefined) return Buffer.of(letters[letter] ?? 0);
  if (hex !== undefined) return Buffer.of(Number.parseInt(hex, 16));
  if (octal !== undefined) return Buffer.of(Number.parseInt(octal, 8));
  const code = Number.parseInt(short ?? long ?? '', 16);
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
  return Buffer.from(String.fromCodePoint(code));
}
