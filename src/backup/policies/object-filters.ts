import { isHozonError } from '#foundation/errors.ts';
import { compileGlob, globProblem } from '#foundation/glob.ts';
import { fromLabelSelector, type Selector } from '#kube/selectors.ts';
import { badPattern, badSelector, starNotAlone } from '../problems.ts';
import * as problem from './problems.ts';
import type { Field, Part, PolicyReader } from './reader.ts';

/** Which objects of some kinds are taken. */
export interface ObjectFilter {
  /** Where in the document it stands. */
  readonly place: string;
  /** As they are written; none: every kind that no other filter beside this one names. */
  readonly kinds: readonly string[];
  /** An object is listed if it fits any of them; none takes every object. */
  readonly selectors: readonly Selector[];
  /** Whether an object of this name may be taken, listed or brought along by another. */
  readonly admits: (name: string) => boolean;
}

const fields = ['kinds', 'labelSelector', 'orLabelSelectors', 'names', 'excludedNames'];

/** Reads `resourceFilters`, of which there must be at least one. `catchAll`: one of them may be for all other kinds. */
export function readFilters(
  part: Part,
  reader: PolicyReader,
  { catchAll }: { readonly catchAll: boolean },
): ObjectFilter[] {
  const entries = reader.maps(part, fields);
  if (reader.isEmpty(part)) reader.complain(part.place, problem.noEntry);
  let hasCatchAll = false;
  return entries.map(({ place, field }) => {
    const filter = readFilter(place, field, reader);
    if (filter.kinds.length > 0) return filter;
    if (!catchAll) reader.complain(`${place}.kinds`, problem.noCatchAll);
    else if (hasCatchAll) reader.complain(place, problem.secondCatchAll);
    if (catchAll && namesSomething(field, reader)) reader.complain(place, problem.namesOfCatchAll);
    hasCatchAll = true;
    return filter;
  });
}

function readFilter(place: string, field: Field, reader: PolicyReader): ObjectFilter {
  const kinds = reader.texts(field('kinds'));
  if (kinds.includes('*') && kinds.length > 1) reader.complain(field('kinds').place, starNotAlone);
  return {
    place,
    kinds: kinds.filter(kind => kind !== '*'),
    selectors: readSelectors(place, field, reader),
    admits: readNames(field, reader),
  };
}

function namesSomething(field: Field, reader: PolicyReader): boolean {
  return !reader.isEmpty(field('names')) || !reader.isEmpty(field('excludedNames'));
}

function readSelectors(place: string, field: Field, reader: PolicyReader): Selector[] {
  const alternatives = reader.list(field('orLabelSelectors'));
  const one = readSelector(field('labelSelector'), reader);
  const several = alternatives.map(each => readSelector(each, reader));
  if (one.length > 0 && alternatives.length > 0) reader.complain(place, problem.bothSelectors);
  // One without requirements restricts nothing: Velero, too, reads it as absent.
  return [one, ...several].filter(selector => selector.length > 0);
}

function readSelector(part: Part, reader: PolicyReader): Selector {
  const field = reader.map(part, ['matchLabels', 'matchExpressions']);
  if (field === undefined) return [];
  const matchLabels = Object.fromEntries(reader.textMap(field('matchLabels')));
  const expressions = reader.maps(field('matchExpressions'), ['key', 'operator', 'values']);
  const matchExpressions = expressions.map(({ field: of }) => ({
    key: reader.text(of('key')) ?? '',
    operator: reader.text(of('operator')) ?? '',
    values: reader.texts(of('values')),
  }));
  try {
    return fromLabelSelector({ matchLabels, matchExpressions });
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.selector-invalid')) throw thrown;
    const reason = { en: thrown.explain('en'), ja: thrown.explain('ja') };
    reader.complain(part.place, where => badSelector(where, reason));
    return [];
  }
}

/** A name must fit `names`, where there are any, and none of `excludedNames`. */
function readNames(field: Field, reader: PolicyReader): (name: string) => boolean {
  const included = readGlobs(field('names'), reader);
  const excluded = readGlobs(field('excludedNames'), reader);
  return name =>
    !excluded.some(fits => fits(name)) && (included.length === 0 || included.some(fits => fits(name)));
}

function readGlobs(part: Part, reader: PolicyReader): ((name: string) => boolean)[] {
  return reader.texts(part).flatMap((pattern, index) => {
    const bad = globProblem(pattern);
    if (bad === undefined) return [compileGlob(pattern)];
    reader.complain(`${part.place}[${index}]`, where => badPattern(where, pattern, bad));
    return [];
  });
}
