import type { Archive } from '#archive/archive.ts';
import { textAt } from '#kube/fields.ts';
import { type GroupResource, groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import type { Selection } from './selection.ts';

/** The cluster-scoped objects that restored ones cannot do without, by type and name. */
export type Needs = ReadonlyMap<GroupResource, ReadonlySet<string>>;

type Source = Pick<Archive, 'types' | 'read' | 'keys'>;

const definitions = 'customresourcedefinitions.apiextensions.k8s.io';

/** What objects of a type need. */
const needsOf: ReadonlyMap<GroupResource, (object: KubeObject) => [GroupResource, string | undefined]> =
  new Map([
    ['persistentvolumeclaims', claim => ['persistentvolumes', textAt(claim, 'spec', 'volumeName')]],
    ['pods', pod => ['priorityclasses.scheduling.k8s.io', textAt(pod, 'spec', 'priorityClassName')]],
  ]);

/**
 * Reads the claims and the pods that are restored for the volumes and priority classes that they name, as Velero's
 * restore item actions do, and adds the definition of every custom type of which there is something to restore.
 */
export async function findNeeds(
  archive: Source,
  selection: Selection,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Needs> {
  const needs = new Map<GroupResource, Set<string>>();
  const add = (resource: GroupResource, name: string): void => {
    needs.set(resource, (needs.get(resource) ?? new Set()).add(name));
  };
  for (const type of await archive.types(options)) {
    if (!type.namespaced || !selection.type(type)) continue;
    if (hasAny(archive, type, selection)) add(definitions, groupResource(type));
    const needed = needsOf.get(groupResource(type));
    if (needed === undefined) continue;
    for await (const object of archive.read(type, options)) {
      if (!selection.namespace(object.metadata.namespace ?? '') || !selection.labels(object)) continue;
      const [resource, name] = needed(object);
      if (name) add(resource, name);
    }
  }
  return needs;
}

function hasAny(archive: Source, type: ResourceType, selection: Selection): boolean {
  for (const { namespace } of archive.keys(type)) {
    if (selection.namespace(namespace ?? '')) return true;
  }
  return false;
}
