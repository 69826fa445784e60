import { veleroLabels } from '#api/velero/names.ts';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { matches, type Selector } from '#kube/selectors.ts';
import type { NamespaceFilter } from '../filters/namespaces.ts';
import type { ResourceFilter } from '../filters/resources.ts';

export interface ExclusionRules {
  readonly namespaces: NamespaceFilter;
  readonly resources: ResourceFilter;
}

/**
 * Why an object is not stored, as the log says it; `undefined` where it is. The same for objects that were listed and
 * for those that others bring along, for which a type in the scope `related` is enough. Pure.
 */
export function exclusionOf(
  type: ResourceType,
  object: KubeObject,
  { namespaces, resources }: ExclusionRules,
): string | undefined {
  const { namespace, labels, deletionTimestamp } = object.metadata;
  if (labels?.[veleroLabels.excludeFromBackup] === 'true') {
    return `it is labelled ${veleroLabels.excludeFromBackup}=true`;
  }
  if (deletionTimestamp !== undefined) return 'it is being deleted';
  if (namespace !== undefined && namespace !== '' && !namespaces.includes(namespace)) {
    return 'its namespace is not included';
  }
  return groupResource(type) !== 'namespaces' && resources.scope(type) === 'none'
    ? 'its type is excluded'
    : undefined;
}

/** Whether an object fits one of the selectors; without any, every object does. */
export function isSelected(object: KubeObject, selectors: readonly Selector[]): boolean {
  return selectors.length === 0 || selectors.some(selector => matches(selector, object.metadata.labels));
}
