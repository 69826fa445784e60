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

/** A name as such (the root among them), a name's pattern, or any number of names. */
type Part = BytePath | NameMatch | typeof anyNumber;

const root = '/';
const anyNumber = Symbol('**');

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
  if (name === '**' || name === '') return anyNumber;
  return /[\\[\]*?]/.test(name) ? globMatch(name) : name;
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

/** Whether the parts fit a run of the names; anchored ones, the first names. */
function fits(parts: readonly Part[], names: readonly BytePath[]): boolean {
  if (parts[0] === root) return fitsAt({ parts, names, start: 0 }, 0, { at: 0, length: parts.length });
  const least = names[0] === root ? 1 : 0;
  for (let start = names.length - 1; start >= least; start--) {
    if (fitsAt({ parts, names, start }, 0, { at: start, length: parts.length })) return true;
  }
  return false;
}

interface Run {
  readonly parts: readonly Part[];
  readonly names: readonly BytePath[];
  readonly start: number;
}

/** How far a run has come: the next name, and how many names the parts take, each `**` yet to come as one. */
interface Reached {
  readonly at: number;
  readonly length: number;
}

/**
 * Whether the parts from `next` on fit. With each `**` decided, from the first one on, the parts may take no more names than
 * there are; so `**` beside `**` does not stand for nothing on a short path, which is restic's way.
 */
function fitsAt(run: Run, next: number, { at, length }: Reached): boolean {
  const { parts, names, start } = run;
  let name = at;
  for (let index = next; index < parts.length; index++, name++) {
    const part = parts[index];
    if (part === anyNumber) return fitsAnyNumber(run, index, { at: name, length });
    const given = names[name];
    if (part === undefined || given === undefined || !fitsName(part, given)) return false;
  }
  return name > start;
}

function fitsAnyNumber(run: Run, index: number, { at, length }: Reached): boolean {
  const { names } = run;
  for (let count = 0; length + count - 1 <= names.length; count++) {
    if (count > 0 && (names[at + count - 1] ?? root) === root) return false;
    if (fitsAt(run, index + 1, { at: at + count, length: length + count - 1 })) return true;
  }
  return false;
}

function fitsName(part: BytePath | NameMatch, name: BytePath): boolean {
  return typeof part === 'string' ? part === name : part(name);
}
