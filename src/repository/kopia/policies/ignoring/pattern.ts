import type { BytePath } from '../../../trees/byte-path.ts';
import { RuneReader } from './rune-reader.ts';
import { runesOf, trimmed } from './runes.ts';
import { readSequence, type Sequence } from './sequence.ts';

/** A part of a pattern. A rune matches itself. */
export type Token =
  | { readonly kind: 'rune'; readonly rune: number }
  | { readonly kind: 'any' }
  | { readonly kind: 'slash' }
  | { readonly kind: 'star'; readonly double: boolean }
  | Sequence;

/** A rule that ignores entries, or, negated, takes back what others ignore: kopia's dialect of `.gitignore`. */
export interface IgnorePattern {
  readonly tokens: readonly Token[];
  readonly directoriesOnly: boolean;
  readonly negated: boolean;
}

const [bang, star, slash, question, bracket, backslash] = [0x21, 0x2a, 0x2f, 0x3f, 0x5b, 0x5c];

const slashToken: Token = { kind: 'slash' };

/**
 * Reads a pattern as kopia does (`internal/wcmatch`), its peculiarities included.
 *
 * @param base the directory whose rule it is, from the root of the snapshot: empty for that, otherwise `/` and its path
 * @throws PatternFault
 */
export function readPattern(text: BytePath, base: BytePath = ''): IgnorePattern {
  const pattern = text.length > 2 && text.charCodeAt(text.length - 2) !== backslash ? trimmed(text) : text;
  const reader = new RuneReader(runesOf(pattern));
  reader.skipSpaces();
  const negated = reader.peek(0) === bang;
  if (negated) reader.read();
  const tokens = leading(reader, pattern, base);
  const directoriesOnly = reader.dropFinal(slash);
  for (let rune = reader.read(); rune !== 0; rune = reader.read()) tokens.push(readToken(reader, rune));
  return { tokens, directoriesOnly, negated };
}

/** The directory that the pattern is bound to; `**` before one that may match at any depth. */
function leading(reader: RuneReader, pattern: BytePath, base: BytePath): Token[] {
  const tokens: Token[] = [];
  const rooted = reader.peek(0) === slash;
  const firstSlash = reader.indexOf(slash);
  if (base !== '' && pattern !== '') {
    for (const rune of runesOf(base)) tokens.push(rune === slash ? slashToken : { kind: 'rune', rune });
    if (!rooted) tokens.push(slashToken);
  }
  if (rooted || pattern === '**' || pattern === '') return tokens;
  if (firstSlash === -1 || firstSlash === reader.length - 1 - reader.position) {
    tokens.push({ kind: 'star', double: true }, slashToken);
  } else if (base === '') {
    tokens.push(slashToken);
  }
  return tokens;
}

function readToken(reader: RuneReader, rune: number): Token {
  switch (rune) {
    case backslash:
      return { kind: 'rune', rune: reader.escaped() };
    case question:
      return { kind: 'any' };
    case slash:
      return slashToken;
    case star:
      return { kind: 'star', double: isDouble(reader) };
    case bracket:
      return readSequence(reader);
    default:
      return { kind: 'rune', rune };
  }
}

/** Two stars or more, with nothing or slashes around them. */
function isDouble(reader: RuneReader): boolean {
  if (reader.peek(0) !== star) return false;
  const before = reader.peek(-2);
  while (reader.peek(0) === star) reader.read();
  return before === 0 || (before === slash && (reader.peek(0) === slash || reader.ended));
}
