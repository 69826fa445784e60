import { edited, editedEach, isFields, textAt } from '../fields.ts';
import type { KubeObject } from '../objects.ts';

/**
 * A RoleBinding or ClusterRoleBinding (of rbac.authorization.k8s.io or authorization.openshift.io) whose
 * subjects are those of the mapped namespaces: service accounts, the groups `system:serviceaccounts:NAMESPACE`,
 * and the names in OpenShift's older `userNames` and `groupNames`. `map` returns its argument for a namespace
 * that stays.
 */
export function withMappedSubjects(binding: KubeObject, map: (namespace: string) => string): KubeObject {
  let mapped = editedEach(binding, ['subjects'], subject =>
    isFields(subject) ? mappedSubject(subject, map) : subject,
  );
  for (const field of ['userNames', 'groupNames']) {
    mapped = editedEach(mapped, [field], name => (typeof name === 'string' ? mappedName(name, map) : name));
  }
  return mapped;
}

function mappedSubject(subject: object, map: (namespace: string) => string): object {
  const renamed = edited(subject, ['name'], name =>
    typeof name === 'string' && textAt(subject, 'kind') !== 'ServiceAccount' ? mappedName(name, map) : name,
  );
  return edited(renamed, ['namespace'], namespace =>
    typeof namespace === 'string' && namespace !== '' ? map(namespace) : namespace,
  );
}

/** Maps the namespace in `system:serviceaccount:NS:NAME` and `system:serviceaccounts:NS`. */
function mappedName(name: string, map: (namespace: string) => string): string {
  const [system, kind, namespace, ...rest] = name.split(':');
  if (system !== 'system' || namespace === undefined) return name;
  if (kind !== 'serviceaccount' && kind !== 'serviceaccounts') return name;
  return [system, kind, map(namespace), ...rest].join(':');
}
