import { isFields } from '#kube/fields.ts';

/**
 * Whether two JSON values say the same; a field that is null is one that is absent. An empty one is not: in some
 * kinds an empty selector means everything, and no selector nothing.
 */
export function same(a: unknown, b: unknown): boolean {
  if (isAbsent(a) || isAbsent(b)) return isAbsent(a) && isAbsent(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((element, index) => same(element, b[index]));
  }
  if (!isFields(a) || !isFields(b)) return a === b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every(key => same(a[key], b[key]));
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
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
  return isAbsent(after) ? null : after;
}
