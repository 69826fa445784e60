import type { KubeObject, ObjectKey, ResourceType } from '#kube/objects.ts';
import { matches, type Selector } from '#kube/selectors.ts';

/** Which objects of a type a Backup takes, where the type as such is wanted. */
export interface Selection {
  /**
   * The selectors for the objects of a type in a namespace, or of a cluster-scoped type; an object is listed if it fits
   * any of them, and every object is if there is none. `undefined`: no object of the type is listed there.
   */
  listed(type: ResourceType, namespace: string | undefined): readonly Selector[] | undefined;
  /**
   * The same for one list of a namespaced type in all namespaces, whose objects are then each held against `listed`;
   * `undefined`: the type is listed in none of them.
   */
  everywhere(type: ResourceType): readonly Selector[] | undefined;
  /** Whether an object may be stored under its name, listed or brought along by another. */
  admits(type: ResourceType, key: ObjectKey): boolean;
}

/** The selection of a Backup that knows selectors only. */
export function plainSelection(selectors: readonly Selector[]): Selection {
  return { listed: () => selectors, everywhere: () => selectors, admits: () => true };
}

/** Whether a list that holds the object is one that it is taken from. */
export function isListed(selection: Selection, type: ResourceType, { metadata }: KubeObject): boolean {
  const selectors = selection.listed(type, type.namespaced ? metadata.namespace : undefined);
  if (selectors === undefined) return false;
  return selectors.length === 0 || selectors.some(selector => matches(selector, metadata.labels));
}
