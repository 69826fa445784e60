import type { BytePath } from '../../../trees/byte-path.ts';
import { runeAt } from '../../../trees/excludes/runes.ts';

/** The code points of a text, as Go's `[]rune` has them: a byte that is not UTF-8 is U+FFFD. */
export function runesOf(text: BytePath): number[] {
  const runes: number[] = [];
  for (let at = 0; at < text.length; ) {
    const { code, width } = runeAt(text, at);
    runes.push(code);
    at += width;
  }
  return runes;
}

/** Whether Go's `unicode.IsSpace` says so of a code point. */
export function isSpace(rune: number): boolean {
  return spaces.test(String.fromCodePoint(rune));
}

const spaces = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;

/** Go's `strings.TrimSpace`. */
export function trimmed(text: BytePath): BytePath {
  const runes = runesOf(text);
  const first = runes.findIndex(rune => !isSpace(rune));
  if (first === -1) return '';
  const last = runes.findLastIndex(rune => !isSpace(rune));
  const before = widthOf(text, first);
  return text.slice(before, before + widthOf(text.slice(before), last - first + 1));
}

/** Bytes of so many runes. */
function widthOf(text: BytePath, count: number): number {
  let at = 0;
  for (let rune = 0; rune < count; rune++) at += runeAt(text, at).width;
  return at;
}

/** Whether a code point is of a class that is named in a pattern, as `[:alpha:]`; `undefined` for no such class. */
export function runeClass(name: string): ((rune: number) => boolean) | undefined {
  const pattern = classes.get(name);
  return pattern && (rune => pattern.test(String.fromCodePoint(rune)));
}

/** By Go's `unicode` package. */
const classes: ReadonlyMap<string, RegExp> = new Map([
  ['alnum', /^[\p{L}\p{Nd}]$/u],
  ['alpha', /^\p{L}$/u],
  ['ascii', /^\p{ASCII}$/u],
  ['blank', /^[\p{Zs}\t]$/u],
  ['cntrl', /^\p{Cc}$/u],
  ['digit', /^\p{Nd}$/u],
  ['graph', /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]$/u],
  ['lower', /^\p{Ll}$/u],
  ['print', /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u],
  ['punct', /^[\p{P}\p{S}]$/u],
  ['space', spaces],
  ['upper', /^\p{Lu}$/u],
  ['xdigit', /^[A-Fa-f\p{Nd}]$/u],
]);
