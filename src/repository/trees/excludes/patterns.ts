import { raise } from '#repository/errors.ts';
import { type BytePath, bytePath, clean } from '../byte-path.ts';
import { globMatch, type NameMatch } from './glob.ts';
import { lowerCase } from './runes.ts';

/** A list of patterns, of which later ones may take back (`!`) what earlier ones matched. */
export interface PatternList {
  /** Whether the list means a path, or something above it. Absolute paths are in no other form than `/a/b`. */
  matches(path: BytePath): boolean;
  /** Whether it may mean something below a directory: whether to go on there when looking for what matches. */
  mayMatchBelow(path: BytePath): boolean;
}

/**
 * Patterns as restic's `--exclude` has them: names with `*`, `?` and classes, `**` for any number of directories; anchored where
 * they begin with `/`, else matching any run of a path's names. Empty ones count for nothing.
 *
 * @throws `repository.bad-pattern`
 */
export function patternList(
  patterns: readonly Uint8Array[],
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
): PatternList {
  const texts = patterns.map(bytePath).filter(text => text !== '');
  const parsed = texts.map(text => parsePattern(ignoreCase ? lowerCase(text) : text));
  const malformed = texts.filter((_, index) => parsed[index] === undefined);
  if (malformed.length > 0) throw raise['bad-pattern']({ patterns: malformed.map(readable) });
  const valid = parsed.filter(pattern => pattern !== undefined);
  const namesOf = (path: BytePath) => splitPath(ignoreCase ? lowerCase(path) : path);
  return {
    matches: path => isMatched(valid, namesOf(path)),
    mayMatchBelow: path => mayMatchBelow(valid, namesOf(path)),
  };
}

interface Pattern {
  readonly negated: boolean;
  readonly parts: readonly Part[];
}

/** A name's pattern, the root, or any number of directories. */
type Part = NameMatch | typeof root | typeof anyNumber;

const root = '/';
const anyNumber = '**';

function readable(text: BytePath): string {
  return Buffer.from(text, 'latin1').toString();
}

function parsePattern(text: BytePath): Pattern | undefined {
  const negated = text.startsWith('!');
  const names = splitPath(clean(negated ? text.slice(1) : text));
  const parts = names.map(partOf);
  const valid = parts.filter(part => part !== undefined);
  return valid.length === parts.length ? { negated, parts: valid } : undefined;
}

/** restic takes the empty name that `/` leaves behind itself for `**`. */
function partOf(name: BytePath): Part | undefined {
  if (name === root) return root;
  if (name === anyNumber || name === '') return anyNumber;
  return /[\\[\]*?]/.test(name) ? globMatch(name) : other => other === name;
}

function splitPath(path: BytePath): readonly BytePath[] {
  const names = path.split('/');
  if (names[0] === '') names[0] = root;
  return names;
}

function isMatched(patterns: readonly Pattern[], names: readonly BytePath[]): boolean {
  let matched = false;
  for (const { negated, parts } of patterns) {
    if (matched === negated && fits(parts, names)) matched = !negated;
  }
  return matched;
}

function mayMatchBelow(patterns: readonly Pattern[], names: readonly BytePath[]): boolean {
  let may = false;
  for (const { negated, parts } of patterns) {
    if (negated) may &&= !fits(parts, names);
    else may ||= fitsAbove(parts, names);
  }
  return may;
}

/** Whether the beginning of an anchored pattern, as far as it can be said, fits. */
function fitsAbove(parts: readonly Part[], names: readonly BytePath[]): boolean {
  if (parts[0] !== root) return true;
  const wild = parts.indexOf(anyNumber);
  const known = wild < 0 ? names : names.slice(0, wild);
  return fits(parts.slice(0, known.length), known);
}

/**
 * Whether the parts fit a run of the names; an anchored pattern, the first ones. Each `**` stands for as many names as are
 * left if every part yet to come takes one, so that `**` beside `**` never stands for none on a path without room.
 */
function fits(parts: readonly Part[], names: readonly BytePath[]): boolean {
  const wild = parts.indexOf(anyNumber);
  if (wild < 0) return fitsSomewhere(parts, names);
  for (let count = 0; count <= names.length - parts.length + 1; count++) {
    const stars = Array.from({ length: count }, () => anyName);
    if (fits([...parts.slice(0, wild), ...stars, ...parts.slice(wild + 1)], names)) return true;
  }
  return false;
}

const anyName: NameMatch = name => !name.includes('/');

function fitsSomewhere(parts: readonly Part[], names: readonly BytePath[]): boolean {
  if (parts.length === 0) return names.length === 0;
  const last = parts[0] === root ? 0 : names.length - parts.length;
  const first = parts[0] !== root && names[0] === root ? 1 : 0;
  if (parts.length > names.length) return false;
  for (let offset = last; offset >= first; offset--) {
    if (parts.every((part, index) => fitsName(part, names[offset + index] ?? ''))) return true;
  }
  return false;
}

function fitsName(part: Part, name: BytePath): boolean {
  return part === root ? name === root : part !== anyNumber && part(name);
}
