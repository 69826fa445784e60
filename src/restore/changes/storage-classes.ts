import { edited, editedEach, isFields, listAt, textAt } from '#kube/fields.ts';
import { type GroupResource, groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';

type Mapping = ReadonlyMap<string, string>;

const ofVolumes: ReadonlySet<GroupResource> = new Set(['persistentvolumeclaims', 'persistentvolumes']);

/** The classes that objects of the type name: of a claim or volume, or of the claims that a StatefulSet makes. */
function classesOf(object: KubeObject, type: Pick<ResourceType, 'group' | 'resource'>): string[] {
  const resource = groupResource(type);
  const owners = ofVolumes.has(resource)
    ? [object]
    : resource === 'statefulsets.apps'
      ? listAt(object, 'spec', 'volumeClaimTemplates')
      : [];
  return owners.map(owner => textAt(owner, 'spec', 'storageClassName') ?? '').filter(name => name !== '');
}

/** The classes that {@link withStorageClasses} puts into the object. */
export function newClasses(
  object: KubeObject,
  type: Pick<ResourceType, 'group' | 'resource'>,
  mapping: Mapping,
): string[] {
  return classesOf(object, type).flatMap(name => mapping.get(name) ?? []);
}

/** Claims, volumes and StatefulSets with their storage classes changed, as Velero's `velero.io/change-storage-class` does. */
export function withStorageClasses(
  object: KubeObject,
  type: Pick<ResourceType, 'group' | 'resource'>,
  mapping: Mapping,
): KubeObject {
  if (newClasses(object, type, mapping).length === 0) return object;
  const path = ['spec', 'storageClassName'];
  const change = (name: unknown): unknown => (typeof name === 'string' ? (mapping.get(name) ?? name) : name);
  if (ofVolumes.has(groupResource(type))) return edited(object, path, change);
  return editedEach(object, ['spec', 'volumeClaimTemplates'], template =>
    isFields(template) ? edited(template, path, change) : template,
  );
}
