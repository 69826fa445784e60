import { compileGlob, type Glob, globProblem, hasGlob } from '#foundation/glob.ts';
import type { Message } from '#foundation/language.ts';
import { problems } from './problems.ts';

/** An include and an exclude list as a Restore has them: names, patterns, or `*` for everything. */
export interface NameLists {
  readonly included: readonly string[];
  readonly excluded: readonly string[];
}

/** Whether the lists let everything through, so that nothing particular was asked for. */
export function includesEverything({ included, excluded }: NameLists): boolean {
  return excluded.length === 0 && (included.length === 0 || included.includes('*'));
}

/** The lists as a test of names; lists with {@link nameProblems} are a programmer error. */
export function compileNames({ included, excluded }: NameLists): Glob {
  const wanted = included.filter(name => name !== '*').map(compileGlob);
  const unwanted = excluded.map(compileGlob);
  return name =>
    (wanted.length === 0 || wanted.some(matches => matches(name))) &&
    !unwanted.some(matches => matches(name));
}

/** The names of a list that are neither patterns nor `*`. */
export function plainNames(names: readonly string[]): string[] {
  return names.filter(name => !hasGlob(name));
}

/**
 * What is wrong with two such lists, by Velero's rules; `kind` is the end of the fields' names, `Namespaces`, and
 * `parent` the field that they are in.
 */
export function nameProblems(
  { included, excluded }: NameLists,
  kind: 'Namespaces' | 'Resources',
  parent = 'spec',
): Message[] {
  const fields = { included: `${parent}.included${kind}`, excluded: `${parent}.excluded${kind}` };
  const found: Message[] = [];
  if (included.includes('*') && included.length > 1) found.push(problems.starNotAlone(fields.included));
  if (excluded.includes('*')) found.push(problems.starExcluded(fields.excluded));
  for (const name of new Set(included)) {
    if (excluded.includes(name) && name !== '*')
      found.push(problems.inBoth(`${fields.included}, ${fields.excluded}`, name));
  }
  found.push(...entryProblems(included, fields.included), ...entryProblems(excluded, fields.excluded));
  return found;
}

function entryProblems(names: readonly string[], field: string): Message[] {
  return names.flatMap(name => {
    if (name === '') return [problems.emptyEntry(field)];
    const reason = globProblem(name);
    return reason === undefined ? [] : [problems.pattern(field, name, reason)];
  });
}
