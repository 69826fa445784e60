import { isAbsent, own, same } from '#kube/diff/same.ts';
import { isFields } from '#kube/fields.ts';

/** The JSON merge patch (RFC 7386) that makes `there` say what `wanted` says. */
export function mergePatch(
  there: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const keys = new Set([...Object.keys(there), ...Object.keys(wanted)]);
  const changed = [...keys].filter(key => !same(own(there, key), own(wanted, key)));
  return Object.fromEntries(changed.map(key => [key, change(own(there, key), own(wanted, key))]));
}

function change(before: unknown, after: unknown): unknown {
  if (isFields(before) && isFields(after)) return mergePatch(before, after);
  return isAbsent(after) ? null : after;
}
