import { isFields } from '../fields.ts';
import { type ListKey, listKeyOf } from './list-keys.ts';
import { isAbsent, own, same } from './same.ts';

/** An element of a list, by the field that tells its elements apart: `containers[name=web]`. */
export interface ElementKey {
  readonly by: string;
  readonly value: ListKey;
}

/** A field's name, an element's index, or its key. */
export type Step = string | number | ElementKey;

/** One difference between two JSON values. */
export interface FieldChange {
  readonly path: readonly Step[];
  /** Absent where the field is new. */
  readonly before?: unknown;
  /** Absent where the field is gone. */
  readonly after?: unknown;
  /** For a new element of a list whose elements have keys: its index afterwards. */
  readonly at?: number;
}

/**
 * What has to change in `before` so that it says what `after` says, as small as it can be told: field by field,
 * elements of lists by their names where they have such; other lists of values as a whole. Empty exactly where
 * the two are the {@link same}.
 */
export function fieldChanges(before: unknown, after: unknown): FieldChange[] {
  return [...changesAt([], before, after)];
}

function* changesAt(path: readonly Step[], before: unknown, after: unknown): Generator<FieldChange> {
  if (same(before, after)) return;
  if (isFields(before) && isFields(after)) return yield* fieldsOf(path, before, after);
  if (isListOfFields(before) && isListOfFields(after)) return yield* elementsOf(path, before, after);
  yield leaf(path, before, after);
}

type Fields = Readonly<Record<string, unknown>>;

function* fieldsOf(path: readonly Step[], before: Fields, after: Fields): Generator<FieldChange> {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const key of [...keys].sort()) yield* changesAt([...path, key], own(before, key), own(after, key));
}

function* elementsOf(
  path: readonly Step[],
  before: readonly Fields[],
  after: readonly Fields[],
): Generator<FieldChange> {
  const by = listKeyOf(before, after);
  if (by !== undefined) return yield* keyedElements(path, by, { before, after });
  for (let index = 0; index < Math.max(before.length, after.length); index++) {
    yield* changesAt([...path, index], before[index], after[index]);
  }
}

function* keyedElements(
  path: readonly Step[],
  by: string,
  { before, after }: { readonly before: readonly Fields[]; readonly after: readonly Fields[] },
): Generator<FieldChange> {
  const stepOf = (element: Fields): Step[] => [...path, { by, value: own(element, by) as ListKey }];
  const wanted = new Map(after.map(element => [own(element, by), element]));
  const there = new Set(before.map(element => own(element, by)));
  for (const element of before) yield* changesAt(stepOf(element), element, wanted.get(own(element, by)));
  for (const [at, element] of after.entries()) {
    if (!there.has(own(element, by))) yield { path: stepOf(element), after: element, at };
  }
}

function leaf(path: readonly Step[], before: unknown, after: unknown): FieldChange {
  return { path, ...(isAbsent(before) ? {} : { before }), ...(isAbsent(after) ? {} : { after }) };
}

function isListOfFields(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.length > 0 && value.every(isFields);
}

/** A path as a person writes it: `spec.containers[name=web].env[0]`, `metadata.labels["example.com/tier"]`. */
export function formatPath(path: readonly Step[]): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      if (typeof step === 'object') return `[${step.by}=${step.value}]`;
      if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** A change for programs and for files. */
export interface ChangeData {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** The changes as plain JSON. */
export function changeData(changes: readonly FieldChange[]): ChangeData[] {
  return changes.map(change => ({
    path: formatPath(change.path),
    ...('before' in change ? { before: change.before } : {}),
    ...('after' in change ? { after: change.after } : {}),
  }));
}
