import { Discovery } from '#kube/discovery.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

/** A type as discovery tells of it: `pods`, `deployments.apps`. */
export function typeNamed(name: string, kind: string, extra: Partial<ResourceType> = {}): ResourceType {
  const [resource = '', ...group] = name.split('.');
  return {
    group: group.join('.'),
    version: 'v1',
    resource,
    kind,
    namespaced: true,
    verbs,
    shortNames: [],
    singular: kind.toLowerCase(),
    ...extra,
  };
}

const cluster = { namespaced: false };

/** A little of everything: both scopes, shared objects, custom types, types that cannot be backed up. */
export const sampleTypes: readonly ResourceType[] = [
  typeNamed('componentstatuses', 'ComponentStatus', {
    ...cluster,
    verbs: ['get', 'list'],
    shortNames: ['cs'],
  }),
  typeNamed('configmaps', 'ConfigMap', { shortNames: ['cm'] }),
  typeNamed('events', 'Event', { shortNames: ['ev'] }),
  typeNamed('namespaces', 'Namespace', { ...cluster, shortNames: ['ns'] }),
  typeNamed('nodes', 'Node', { ...cluster, shortNames: ['no'] }),
  typeNamed('persistentvolumeclaims', 'PersistentVolumeClaim', { shortNames: ['pvc'] }),
  typeNamed('persistentvolumes', 'PersistentVolume', { ...cluster, shortNames: ['pv'] }),
  typeNamed('pods', 'Pod', { shortNames: ['po'] }),
  typeNamed('secrets', 'Secret'),
  typeNamed('deployments.extensions', 'Deployment', { version: 'v1beta1' }),
  typeNamed('ingresses.extensions', 'Ingress', { version: 'v1beta1', shortNames: ['ing'] }),
  typeNamed('deployments.apps', 'Deployment', { shortNames: ['deploy'] }),
  typeNamed('events.events.k8s.io', 'Event', { shortNames: ['ev'] }),
  typeNamed('customresourcedefinitions.apiextensions.k8s.io', 'CustomResourceDefinition', cluster),
  typeNamed('clusterroles.rbac.authorization.k8s.io', 'ClusterRole', cluster),
  typeNamed('selfsubjectreviews.authentication.k8s.io', 'SelfSubjectReview', {
    ...cluster,
    verbs: ['create'],
  }),
  typeNamed('volumesnapshots.snapshot.storage.k8s.io', 'VolumeSnapshot', { shortNames: ['vs'] }),
  typeNamed('volumesnapshotcontents.snapshot.storage.k8s.io', 'VolumeSnapshotContent', cluster),
  typeNamed('backups.velero.io', 'Backup'),
  typeNamed('widgets.example.com', 'Widget'),
];

export const sampleDiscovery = new Discovery(sampleTypes, [
  { groupVersion: 'away.example.com/v1', reason: 'its server is away' },
]);

export function sampleType(name: string): ResourceType {
  const type = sampleDiscovery.byName(name);
  if (type === undefined) throw new Error(`no sample type ${name}`);
  return type;
}

export function objectOf(
  type: ResourceType,
  metadata: Partial<KubeObject['metadata']> & { name: string },
  fields: Record<string, unknown> = {},
): KubeObject {
  return { apiVersion: type.version, kind: type.kind, metadata, ...fields };
}
