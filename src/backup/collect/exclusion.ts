import { veleroLabels } from '#api/velero/names.ts';
import { groupResource, type KubeObject, keyOf, type ResourceType } from '#kube/objects.ts';
import type { NamespaceFilter } from '../filters/namespaces.ts';
import type { ResourceFilter } from '../filters/resources.ts';
import type { Selection } from '../filters/selection.ts';

export interface ExclusionRules {
  readonly namespaces: NamespaceFilter;
  readonly resources: ResourceFilter;
  readonly selection: Selection;
}

/**
 * Why an object is not stored, as the log says it; `undefined` where it is. The same for objects that were listed and
 * for those that others bring along, for which a type in the scope `related` is enough. Pure.
 */
export function exclusionOf(
  type: ResourceType,
  object: KubeObject,
  { namespaces, resources, selection }: ExclusionRules,
): string | undefined {
  const { namespace, labels, deletionTimestamp } = object.metadata;
  if (labels?.[veleroLabels.excludeFromBackup] === 'true') {
    return `it is labelled ${veleroLabels.excludeFromBackup}=true`;
  }
  if (deletionTimestamp !== undefined) return 'it is being deleted';
  if (namespace !== undefined && namespace !== '' && !namespaces.includes(namespace)) {
    return 'its namespace is not included';
  }
  if (groupResource(type) !== 'namespaces' && resources.scope(type) === 'none') return 'its type is excluded';
  return selection.admits(type, keyOf(object)) ? undefined : 'the resource policy leaves out its name';
}
