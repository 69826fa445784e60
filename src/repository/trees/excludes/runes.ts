import type { BytePath } from '../byte-path.ts';

/** What Go reads where bytes are not UTF-8; such a byte is a rune of its own. */
export const runeError = 0xfffd;

/** A character as Go's `utf8.DecodeRuneInString` reads it: its code point, and how many bytes it takes. */
export interface Rune {
  readonly code: number;
  readonly width: number;
}

/** The rune that begins at a byte that is there. */
export function runeAt(text: BytePath, at: number): Rune {
  const first = text.charCodeAt(at);
  if (first < 0x80) return { code: first, width: 1 };
  const width = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const code = first < 0xc2 || first > 0xf4 ? undefined : continued(text, at, width);
  return code === undefined ? { code: runeError, width: 1 } : { code, width };
}

const least = [0, 0, 0x80, 0x800, 0x10000];

function continued(text: BytePath, at: number, width: number): number | undefined {
  let code = text.charCodeAt(at) & (0xff >> (width + 1));
  for (let next = at + 1; next < at + width; next++) {
    const byte = text.charCodeAt(next);
    if ((byte & 0xc0) !== 0x80) return undefined;
    code = (code << 6) | (byte & 0x3f);
  }
  const surrogate = code >= 0xd800 && code < 0xe000;
  return code < (least[width] ?? 0) || code > 0x10ffff || surrogate ? undefined : code;
}

/** Lower case as Go's `strings.ToLower` makes it: character by character, and bytes that are not UTF-8 become U+FFFD. */
export function lowerCase(text: BytePath): BytePath {
  if (isAscii(text)) return text.toLowerCase();
  let lower = '';
  for (let at = 0; at < text.length; ) {
    const { code, width } = runeAt(text, at);
    lower += lowerCaseOf(code);
    at += width;
  }
  return Buffer.from(lower).toString('latin1');
}

/** Where lower case takes several characters (U+0130), Go takes the first. */
function lowerCaseOf(code: number): string {
  const [first = ''] = String.fromCodePoint(code).toLowerCase();
  return first;
}

function isAscii(text: BytePath): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}
