import type { BytePath } from '../byte-path.ts';
import { runeAt, runeError } from './runes.ts';

/** Whether a name is one that a pattern means. */
export type NameMatch = (name: BytePath) => boolean;

/**
 * A pattern for one name, with the rules of Go's `path/filepath.Match` (its documentation has the grammar), which are
 * restic's: `*` any bytes but `/`, `?` one character, `[a-z]` and `[^a-z]` classes, `\` before what is meant
 * as such. `undefined` where the pattern is malformed.
 */
export function globMatch(pattern: BytePath): NameMatch | undefined {
  const pieces: Piece[] = [];
  for (let at = 0; at < pattern.length; ) {
    const { star, text, end } = scanPiece(pattern, at);
    const tokens = tokensOf(text);
    if (tokens === undefined) return undefined;
    pieces.push({ star, tokens, literal: literalOf(tokens) });
    at = end;
  }
  return name => matchPieces(pieces, name);
}

/** What stands between stars. */
interface Piece {
  readonly star: boolean;
  readonly tokens: readonly Token[];
  /** The tokens as text, where all are bytes. */
  readonly literal: BytePath | undefined;
}

function literalOf(tokens: readonly Token[]): BytePath | undefined {
  const bytes = tokens.filter(token => typeof token === 'number');
  return bytes.length === tokens.length ? String.fromCharCode(...bytes) : undefined;
}

/** A byte, any character, or one of a class. */
type Token = number | 'any' | CharacterClass;

interface CharacterClass {
  readonly negated: boolean;
  readonly ranges: readonly (readonly [number, number])[];
}

/** A star within brackets is none, and a backslash hides the byte after it. */
function scanPiece(pattern: BytePath, start: number): { star: boolean; text: BytePath; end: number } {
  let begin = start;
  while (pattern[begin] === '*') begin++;
  let bracket = false;
  let end = begin;
  for (; end < pattern.length; end++) {
    const character = pattern[end];
    if (character === '\\') end++;
    else if (character === '[') bracket = true;
    else if (character === ']') bracket = false;
    else if (character === '*' && !bracket) break;
  }
  return { star: begin > start, text: pattern.slice(begin, end), end: Math.min(end, pattern.length) };
}

function tokensOf(text: BytePath): readonly Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '[') {
      const read = readClass(text, at + 1);
      if (read === undefined) return undefined;
      tokens.push(read.token);
      at = read.end;
    } else if (character === '?') {
      tokens.push('any');
    } else {
      if (character === '\\') at++;
      if (at >= text.length) return undefined;
      tokens.push(text.charCodeAt(at));
    }
  }
  return tokens;
}

/** From behind the bracket; `end` is the closing one. */
function readClass(text: BytePath, start: number): { token: CharacterClass; end: number } | undefined {
  const negated = text[start] === '^';
  const ranges: (readonly [number, number])[] = [];
  for (let at = negated ? start + 1 : start; ; ) {
    if (text[at] === ']' && ranges.length > 0) return { token: { negated, ranges }, end: at };
    const low = readBound(text, at);
    const high = low !== undefined && text[low.end] === '-' ? readBound(text, low.end + 1) : low;
    if (low === undefined || high === undefined) return undefined;
    ranges.push([low.code, high.code]);
    at = high.end;
  }
}

/** A character of a class; something must come after it. */
function readBound(text: BytePath, start: number): { code: number; end: number } | undefined {
  const first = text[start];
  if (first === undefined || first === '-' || first === ']') return undefined;
  const at = first === '\\' ? start + 1 : start;
  if (at >= text.length) return undefined;
  const { code, width } = runeAt(text, at);
  if ((code === runeError && width === 1) || at + width >= text.length) return undefined;
  return { code, end: at + width };
}

/** Each piece behind a star is put at the first place where it fits, the last one where the name ends. */
function matchPieces(pieces: readonly Piece[], name: BytePath): boolean {
  let at = 0;
  for (let index = 0; index < pieces.length; index++) {
    const piece = pieces[index];
    if (piece === undefined) return false;
    if (piece.star && piece.tokens.length === 0) return !name.includes('/', at);
    const found = place(piece, name, at, index === pieces.length - 1);
    if (found === undefined) return false;
    at = found;
  }
  return at === name.length;
}

/** Behind the place where a piece fits; `undefined` where it does not. */
function place(piece: Piece, name: BytePath, start: number, last: boolean): number | undefined {
  const { star, tokens, literal } = piece;
  if (literal !== undefined) return placeLiteral(literal, name, start, { star, last });
  for (let at = start; at <= name.length; at++) {
    const end = matchTokens(tokens, name, at);
    if (end !== undefined && (!last || end === name.length)) return end;
    if (!star || name[at] === '/') return undefined;
  }
  return undefined;
}

function placeLiteral(
  literal: BytePath,
  name: BytePath,
  start: number,
  { star, last }: { readonly star: boolean; readonly last: boolean },
): number | undefined {
  const at = !star
    ? start
    : last
      ? Math.max(name.length - literal.length, start)
      : name.indexOf(literal, start);
  const end = at + literal.length;
  if (at < 0 || !name.startsWith(literal, at) || (last && end !== name.length)) return undefined;
  const slash = at > start ? name.indexOf('/', start) : -1;
  return slash !== -1 && slash < at ? undefined : end;
}

function matchTokens(tokens: readonly Token[], name: BytePath, start: number): number | undefined {
  let at = start;
  for (const token of tokens) {
    if (at >= name.length) return undefined;
    const width = matchToken(token, name, at);
    if (width === 0) return undefined;
    at += width;
  }
  return at;
}

/** How many bytes of the name it takes; 0 if it does not fit. */
function matchToken(token: Token, name: BytePath, at: number): number {
  if (typeof token === 'number') return name.charCodeAt(at) === token ? 1 : 0;
  const { code, width } = runeAt(name, at);
  if (token === 'any') return code === 0x2f ? 0 : width;
  const inside = token.ranges.some(([low, high]) => low <= code && code <= high);
  return inside === token.negated ? 0 : width;
}
