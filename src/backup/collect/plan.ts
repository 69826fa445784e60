import { type GroupResource, groupResource, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import { formatSelector } from '#kube/selectors.ts';
import type { Selection } from '../filters/selection.ts';

/** One list of one type. An absent namespace means all. */
export interface ListCall {
  readonly namespace?: string;
  readonly labelSelector?: string;
}

/** How the objects of a type are read. */
export interface TypePlan {
  readonly type: ResourceType;
  /** Read one by one before anything else of the type, and stored together in this order. */
  readonly first: readonly ObjectKey[];
  readonly lists: readonly ListCall[];
}

/** Types that are read one after the other; lanes are independent of each other. */
export type Lane = readonly TypePlan[];

export interface PlanInput {
  readonly types: readonly ResourceType[];
  /** Whose objects are wanted; `undefined`: cluster-wide, to be filtered. */
  readonly namespaces: readonly string[] | undefined;
  readonly selection: Selection;
  readonly ordered: ReadonlyMap<GroupResource, readonly ObjectKey[]>;
}

/** Up to so many namespaces are listed each by itself: it asks for no object of others, and needs no right to them. */
export const fewNamespaces = 32;

/** These share a lane in this order, so that pods bring along their claims, and claims their volumes. */
const volumeLane: readonly GroupResource[] = ['pods', 'persistentvolumeclaims', 'persistentvolumes'];

/** Which lists make up a backup. Pure. */
export function planCollection(input: PlanInput): readonly Lane[] {
  const plans = input.types.map(type => planType(type, input));
  const isVolumes = ({ type }: TypePlan): boolean => volumeLane.includes(groupResource(type));
  const volumes = plans.filter(isVolumes);
  const others = plans.filter(plan => !isVolumes(plan));
  return [...(volumes.length === 0 ? [] : [volumes]), ...others.map(plan => [plan])];
}

function planType(type: ResourceType, { namespaces, selection, ordered }: PlanInput): TypePlan {
  const places = type.namespaced && namespaces !== undefined ? namespaces : [undefined];
  const lists = places.flatMap(namespace => listsIn(type, namespace, selection));
  return { type, first: ordered.get(groupResource(type)) ?? [], lists };
}

/** One list for each selector, or a single one without; none where nothing of the type is taken. */
function listsIn(type: ResourceType, namespace: string | undefined, selection: Selection): ListCall[] {
  const isEverywhere = type.namespaced && namespace === undefined;
  const selectors = isEverywhere ? selection.everywhere(type) : selection.listed(type, namespace);
  const place = namespace === undefined ? {} : { namespace };
  if (selectors?.length === 0) return [place];
  return (selectors ?? []).map(selector => ({ ...place, labelSelector: formatSelector(selector) }));
}
