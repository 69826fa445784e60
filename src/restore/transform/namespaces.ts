import { withMappedSubjects } from '#kube/cleaning/subjects.ts';
import { edited, editedEach, isFields } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';

/**
 * An object of a backup whose namespaces are restored under other names. What is mapped: the namespace that it is
 * in; every field called `namespace` below it (a volume's claim, a webhook's service, an image trigger, what custom
 * resources point at); the well-known name label in namespace selectors; the subjects of bindings; the accounts
 * that OpenShift's constraints name. What a ConfigMap or Secret holds and what labels and annotations say is text,
 * and is left alone.
 */
export function withMappedNamespaces(object: KubeObject, map: (namespace: string) => string): KubeObject {
  const rename = (value: unknown): unknown =>
    typeof value === 'string' && value !== '' ? map(value) : value;
  // Subjects are mapped by their own rules below, and nothing may be mapped twice.
  const { metadata, subjects, ...rest } = object;
  const inPlace = edited(metadata, ['namespace'], rename);
  if (isData(object)) return { ...object, metadata: inPlace };
  const fields = mappedFields(rest, rename) as Omit<KubeObject, 'metadata'>;
  const mapped = { ...fields, metadata: inPlace, ...(subjects === undefined ? {} : { subjects }) };
  return withMappedUsers(withMappedSubjects(mapped as KubeObject, map), map);
}

function isData({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === 'v1' && (kind === 'Secret' || kind === 'ConfigMap');
}

/** The well-known label of a Namespace that holds its name. */
const nameLabel = 'kubernetes.io/metadata.name';

function mappedFields(value: unknown, rename: (field: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(element => mappedFields(element, rename));
  if (!isFields(value)) return value;
  const entries = Object.entries(value).map(([key, field]): [string, unknown] => [
    key,
    (key === 'namespace' || key === nameLabel) && typeof field === 'string'
      ? rename(field)
      : mappedFields(field, rename),
  ]);
  const mapped = Object.fromEntries(entries);
  if (mapped['key'] !== nameLabel) return mapped;
  return editedEach(mapped, ['values'], rename);
}

/** SecurityContextConstraints name accounts in `users` and `groups`, as bindings do in `userNames`, `groupNames`. */
function withMappedUsers(object: KubeObject, map: (namespace: string) => string): KubeObject {
  if (object.kind !== 'SecurityContextConstraints') return object;
  const { users, groups } = object;
  const probe = { ...object, userNames: users, groupNames: groups };
  const { userNames, groupNames } = withMappedSubjects(probe, map);
  return {
    ...object,
    ...(users === undefined ? {} : { users: userNames }),
    ...(groups === undefined ? {} : { groups: groupNames }),
  };
}
