import { isFields, listAt, textAt } from '#kube/fields.ts';
import { type KubeObject, parseApiVersion } from '#kube/objects.ts';
import { type Finding, finding } from './findings.ts';
import { podSpecPath } from './images.ts';
import { refOf } from './object-ref.ts';

/** A cluster-scoped object that an object of the project names. */
interface Dependency {
  readonly kind: string;
  readonly name: string;
}

/**
 * The cluster-scoped objects without which the project's objects do not work, one finding each. `resourceOf` tells
 * the `resource.group` of an object's type, which is the name of its CustomResourceDefinition.
 */
export function clusterDependencies(
  objects: Iterable<KubeObject>,
  resourceOf: (object: KubeObject) => string,
): Finding[] {
  const users = new Map<string, { dependency: Dependency; users: KubeObject[] }>();
  for (const object of objects) {
    for (const dependency of dependenciesOf(object, resourceOf)) {
      const key = `${dependency.kind}/${dependency.name}`;
      const known = users.get(key) ?? { dependency, users: [] };
      if (known.users.at(-1) !== object) known.users.push(object);
      users.set(key, known);
    }
  }
  return [...users.values()].map(({ dependency, users }) => {
    const params = { ...dependency, used: users.length };
    return finding('cluster-dependency', params, ...users.slice(0, 1).map(refOf));
  });
}

function dependenciesOf(object: KubeObject, resourceOf: (object: KubeObject) => string): Dependency[] {
  const named = (kind: string, name: string | undefined): Dependency[] =>
    name === undefined || name === '' ? [] : [{ kind, name }];
  return [
    ...ofPods(object, named),
    ...ofClaims(object, named),
    ...ofBinding(object, named),
    ...ofIngress(object, named),
    ...named('CustomResourceDefinition', isCustom(object) ? resourceOf(object) : undefined),
  ];
}

type Named = (kind: string, name: string | undefined) => Dependency[];

function ofPods(object: KubeObject, named: Named): Dependency[] {
  const path = podSpecPath(object);
  if (path === undefined) return [];
  const priority = textAt(object, ...path, 'priorityClassName');
  const scheduler = priority?.startsWith('system-') === true ? undefined : priority;
  const admittedBy = textAt(object, 'metadata', 'annotations', 'openshift.io/scc');
  const volumes = listAt(object, ...path, 'volumes').flatMap(volume =>
    named('StorageClass', textAt(volume, 'ephemeral', 'volumeClaimTemplate', 'spec', 'storageClassName')),
  );
  return [
    ...named('PriorityClass', scheduler),
    ...named('RuntimeClass', textAt(object, ...path, 'runtimeClassName')),
    ...named(
      'SecurityContextConstraints',
      admittedBy?.startsWith('restricted') === true ? undefined : admittedBy,
    ),
    ...volumes,
  ];
}

function ofClaims(object: KubeObject, named: Named): Dependency[] {
  const templates = object.kind === 'StatefulSet' ? listAt(object, 'spec', 'volumeClaimTemplates') : [];
  const claims = object.kind === 'PersistentVolumeClaim' ? [object, ...templates] : templates;
  return claims.flatMap(claim => [
    ...named(
      'StorageClass',
      textAt(claim, 'spec', 'storageClassName') ??
        textAt(claim, 'metadata', 'annotations', 'volume.beta.kubernetes.io/storage-class'),
    ),
    ...named('VolumeAttributesClass', textAt(claim, 'spec', 'volumeAttributesClassName')),
  ]);
}

/** ClusterRoles that every cluster has: Kubernetes' user-facing ones and OpenShift's, and all of `system:`. */
const standardRoles = new Set([
  'admin',
  'edit',
  'view',
  'cluster-admin',
  'basic-user',
  'cluster-reader',
  'registry-admin',
  'registry-editor',
  'registry-viewer',
]);

function ofBinding(object: KubeObject, named: Named): Dependency[] {
  if (object.kind !== 'RoleBinding' || textAt(object, 'roleRef', 'kind') !== 'ClusterRole') return [];
  const role = textAt(object, 'roleRef', 'name') ?? '';
  return standardRoles.has(role) || role.startsWith('system:') ? [] : named('ClusterRole', role);
}

function ofIngress(object: KubeObject, named: Named): Dependency[] {
  return object.kind === 'Ingress' ? named('IngressClass', textAt(object, 'spec', 'ingressClassName')) : [];
}

/** Not of Kubernetes' own groups and not of OpenShift's API servers: so, of a CustomResourceDefinition. */
function isCustom(object: KubeObject): boolean {
  const { group } = parseApiVersion(object.apiVersion);
  return group.includes('.') && !/(^|\.)k8s\.io$/.test(group) && !/^[a-z]+\.openshift\.io$/.test(group);
}

/**
 * Cluster-scoped grants to the project's service accounts: ClusterRoleBindings with such a subject, and
 * SecurityContextConstraints that name one as user or group.
 */
export function clusterGrants(clusterObjects: Iterable<KubeObject>, namespace: string): Finding[] {
  const found: Finding[] = [];
  for (const object of clusterObjects) {
    const subjects = new Set([...subjectsOf(object), ...namesOf(object)]);
    for (const subject of subjects) {
      if (!belongsTo(subject, namespace)) continue;
      found.push(finding('cluster-grant', { kind: object.kind, name: object.metadata.name, subject }));
    }
  }
  return found;
}

function subjectsOf(binding: KubeObject): string[] {
  return listAt(binding, 'subjects')
    .filter(isFields)
    .map(subject =>
      subject['kind'] === 'ServiceAccount'
        ? `system:serviceaccount:${textAt(subject, 'namespace') ?? ''}:${textAt(subject, 'name') ?? ''}`
        : (textAt(subject, 'name') ?? ''),
    );
}

function namesOf(constraints: KubeObject): string[] {
  const names = [...listAt(constraints, 'users'), ...listAt(constraints, 'groups')];
  return names.filter(name => typeof name === 'string');
}

function belongsTo(subject: string, namespace: string): boolean {
  return (
    subject.startsWith(`system:serviceaccount:${namespace}:`) ||
    subject === `system:serviceaccounts:${namespace}`
  );
}
