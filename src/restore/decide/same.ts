import { isFields } from '#kube/fields.ts';

/** Whether two JSON values say the same: fields that are absent, null or empty are one and the same. */
export function same(a: unknown, b: unknown): boolean {
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((element, index) => same(element, b[index]));
  }
  if (!isFields(a) || !isFields(b)) return a === b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every(key => same(a[key], b[key]));
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** The JSON merge patch (RFC 7386) that makes `there` say what `wanted` says. */
export function mergePatch(
  there: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const keys = new Set([...Object.keys(there), ...Object.keys(wanted)]);
  const changed = [...keys].filter(key => !same(there[key], wanted[key]));
  return Object.fromEntries(changed.map(key => [key, change(there[key], wanted[key])]));
}

function change(before: unknown, after: unknown): unknown {
  if (isFields(before) && isFields(after)) return mergePatch(before, after);
  return isNothing(after) ? null : after;
}
