import { isFields } from '#kube/fields.ts';

/** The paths at which two JSON values differ, with both values: `spec.replicas: 1 → 2`. */
export function differences(before: unknown, after: unknown, path = ''): string[] {
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((element, index) => differences(element, after[index], `${path}[${index}]`));
  }
  if (isFields(before) && isFields(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap(key =>
      differences(before[key], after[key], path === '' ? key : `${path}.${key}`),
    );
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [`${path}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`];
}
