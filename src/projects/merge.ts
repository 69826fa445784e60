import { isDeepStrictEqual } from 'node:util';
import { fieldsAt, isFields, listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';

/**
 * Whether `there` holds everything that `wanted` says: what a server adds by default does not matter. Lists have to
 * be of the same length.
 */
export function holds(there: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(there) &&
      there.length === wanted.length &&
      wanted.every((element, index) => holds(there[index], element))
    );
  }
  if (!isFields(wanted)) return there === wanted;
  return isFields(there) && Object.entries(wanted).every(([key, value]) => holds(there[key], value));
}

/** A JSON merge patch, and the names of the fields that it adds to. */
export interface Addition {
  readonly patch: Record<string, unknown>;
  readonly fields: string;
}

/**
 * What an object that the cluster made by itself lacks of the exported one: a ServiceAccount's secrets, pull secrets,
 * labels and annotations; a RoleBinding's subjects. What is there is never taken away or changed. `undefined` for
 * kinds that are not merged, and for a binding to another role.
 */
export function additionTo(there: KubeObject, wanted: KubeObject): Addition | undefined {
  if (wanted.kind === 'ServiceAccount') return addition(there, wanted, ['secrets', 'imagePullSecrets']);
  const sameRole = isDeepStrictEqual(there['roleRef'], wanted['roleRef']);
  return wanted.kind === 'RoleBinding' && sameRole ? addition(there, wanted, ['subjects']) : undefined;
}

function addition(there: KubeObject, wanted: KubeObject, lists: readonly string[]): Addition {
  const patch: Record<string, unknown> = {};
  for (const list of lists) {
    const missing = listAt(wanted, list).filter(
      each => !listAt(there, list).some(other => sameEntry(other, each)),
    );
    if (missing.length > 0) patch[list] = [...listAt(there, list), ...missing];
  }
  const metadata: Record<string, unknown> = {};
  for (const map of ['labels', 'annotations']) {
    const known = fieldsAt(there, 'metadata', map);
    const missing = Object.entries(fieldsAt(wanted, 'metadata', map)).filter(
      ([key]) => !Object.hasOwn(known, key),
    );
    if (missing.length > 0) metadata[map] = Object.fromEntries(missing);
  }
  const fields = [...Object.keys(patch), ...Object.keys(metadata)].join(', ');
  return { patch: Object.keys(metadata).length > 0 ? { ...patch, metadata } : patch, fields };
}

function sameEntry(a: unknown, b: unknown): boolean {
  return ['kind', 'namespace', 'name'].every(field => textAt(a, field) === textAt(b, field));
}
