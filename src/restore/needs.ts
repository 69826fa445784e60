import type { Archive } from '#archive/contents/archive.ts';
import { listAt, textAt } from '#kube/fields.ts';
import {
  formatKey,
  type GroupResource,
  groupResource,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '#kube/objects.ts';
import type { Selection } from './selection.ts';

/** The objects that restored ones cannot do without, by type and key: `name`, or `namespace/name`. */
export type Needs = ReadonlyMap<GroupResource, ReadonlySet<string>>;

type Source = Pick<Archive, 'types' | 'read' | 'keys'>;

export const definitions = 'customresourcedefinitions.apiextensions.k8s.io';
const claims = 'persistentvolumeclaims';

type Add = (resource: GroupResource, key: ObjectKey) => void;

/** The cluster-scoped types of which restored objects can need one. */
export const neededTypes: ReadonlySet<GroupResource> = new Set([
  definitions,
  'persistentvolumes',
  'priorityclasses.scheduling.k8s.io',
]);

/** Tells of what an object of a namespace cannot do without, its type's definition among it. */
export function addNeeds(type: ResourceType, object: KubeObject, add: Add): void {
  const resource = groupResource(type);
  add(definitions, { name: resource });
  if (resource === 'pods') addOfPod(object, add);
  if (resource === claims) addOfClaim(object, add);
}

function addOfPod(pod: KubeObject, add: Add): void {
  const { namespace } = pod.metadata;
  const priority = textAt(pod, 'spec', 'priorityClassName');
  if (priority) add('priorityclasses.scheduling.k8s.io', { name: priority });
  for (const volume of listAt(pod, 'spec', 'volumes')) {
    const name = textAt(volume, 'persistentVolumeClaim', 'claimName');
    if (name) add(claims, { namespace, name });
  }
}

function addOfClaim(claim: KubeObject, add: Add): void {
  const name = textAt(claim, 'spec', 'volumeName');
  if (name) add('persistentvolumes', { name });
}

/**
 * Reads the pods and the claims that are restored for the claims, volumes and priority classes that they name, as
 * Velero's restore item actions do, and adds the definition of every custom type of which there is something to
 * restore. A claim that a pod needs brings its volume, too.
 */
export async function findNeeds(
  archive: Source,
  selection: Selection,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Needs> {
  const needs = new Map<GroupResource, Set<string>>();
  const add: Add = (resource, key) => {
    needs.set(resource, (needs.get(resource) ?? new Set()).add(formatKey(key)));
  };
  const types = (await archive.types(options)).filter(type => type.namespaced && selection.type(type));
  for (const type of types)
    if (hasAny(archive, type, selection)) add(definitions, { name: groupResource(type) });
  const look = async (
    resource: GroupResource,
    addOf: (object: KubeObject, add: Add) => void,
  ): Promise<void> => {
    const type = types.find(each => groupResource(each) === resource);
    if (type === undefined) return;
    for await (const object of archive.read(type, options)) {
      if (!selection.namespace(object.metadata.namespace ?? '')) continue;
      const isNeeded = needs.get(resource)?.has(formatKey(object.metadata)) === true;
      if (isNeeded || selection.labels(object)) addOf(object, add);
    }
  };
  await look('pods', addOfPod);
  await look(claims, addOfClaim);
  return needs;
}

function hasAny(archive: Source, type: ResourceType, selection: Selection): boolean {
  for (const { namespace } of archive.keys(type)) {
    if (selection.namespace(namespace ?? '')) return true;
  }
  return false;
}
