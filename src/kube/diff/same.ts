import { isFields } from '../fields.ts';

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
  return [...keys].every(key => same(own(a, key), own(b, key)));
}

/** Whether there is no value. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** The field itself, never what every object inherits: labels may be called `constructor`. */
export function own(fields: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** The value as text: {@link same} values have the same text, others do not. */
export function canonical(value: unknown): string {
  if (isAbsent(value)) return 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isFields(value)) return JSON.stringify(value);
  const fields = Object.keys(value)
    .filter(key => !isAbsent(value[key]))
    .sort()
    .map(key => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${fields.join()}}`;
}
