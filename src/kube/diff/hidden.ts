import { isFields } from '../fields.ts';
import type { KubeObject } from '../objects.ts';
import type { FieldChange, Step } from './changes.ts';

/** What stands in the place of a value that nobody may see. */
export const hiddenValue = '(hidden)';

/** The changes of an object without what a Secret keeps: that a value changes is told, never what it was or is. */
export function withoutSecrets(
  object: Pick<KubeObject, 'apiVersion' | 'kind'>,
  changes: readonly FieldChange[],
): FieldChange[] {
  if (!isSecret(object)) return [...changes];
  return changes.map(change => ({
    ...change,
    ...('before' in change ? { before: hide(change.path, change.before) } : {}),
    ...('after' in change ? { after: hide(change.path, change.after) } : {}),
  }));
}

/** Whether the object's content may not be shown. */
export function isSecret({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): boolean {
  return apiVersion === 'v1' && kind === 'Secret';
}

/** Whose values are shown. Annotations are not: the last applied configuration repeats the whole Secret. */
const shown: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'type', 'immutable']);
const shownMetadata: ReadonlySet<string> = new Set(['name', 'namespace', 'labels', 'finalizers']);

function hide(path: readonly Step[], value: unknown): unknown {
  const [first, second] = path;
  if (typeof first === 'string' && shown.has(first)) return value;
  if (first === 'metadata' && typeof second === 'string' && shownMetadata.has(second)) return value;
  if (!isFields(value)) return hiddenValue;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, hide([...path, key], field)]));
}
