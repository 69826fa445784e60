import { veleroLabels } from '#api/velero/names.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import {
  type GroupResource,
  groupResource,
  type KubeObject,
  keyOf,
  type ResourceType,
} from '#kube/objects.ts';
import type { Inventory } from '../collect/inventory.ts';
import type { Preparation } from '../collect/prepare.ts';
import { chooseTypes } from '../collect/types.ts';
import { twinOf } from '../filters/cohabiting.ts';
import { isListed } from '../filters/selection.ts';

/** Why objects are not in a backup. */
export const leftOutReasons = [
  'labelled',
  'deleting',
  'namespace',
  'type',
  'cluster-scoped',
  'selector',
  'unfit',
  'other',
  'forbidden',
] as const;
export type LeftOutReason = (typeof leftOutReasons)[number];

/** How many objects of a type a backup leaves out for one reason; not known for those that may not be listed. */
export interface LeftOut {
  readonly resource: GroupResource;
  readonly reason: LeftOutReason;
  readonly objects?: number;
}

export interface LeftOutContext {
  readonly api: Pick<KubeApi, 'list'>;
  readonly preparation: Preparation;
  /** What would be stored. */
  readonly inventory: Pick<Inventory, 'knows'>;
  readonly signal?: AbortSignal | undefined;
}

/** Counts what the cluster has and the backup does not take, by lists of every type. */
export async function countLeftOut(context: LeftOutContext): Promise<LeftOut[]> {
  const { discovery, resources } = context.preparation;
  const chosen = new Set(chooseTypes(discovery, resources).types.map(groupResource));
  const found: LeftOut[] = [];
  for (const type of discovery.preferred) {
    const twin = twinOf(groupResource(type));
    if (!type.verbs.includes('list') || (twin !== undefined && chosen.has(twin))) continue;
    found.push(...(await countOfType(type, chosen.has(groupResource(type)), context)));
  }
  return found;
}

async function countOfType(
  type: ResourceType,
  isChosen: boolean,
  context: LeftOutContext,
): Promise<LeftOut[]> {
  const resource = groupResource(type);
  const counts = new Map<LeftOutReason, number>();
  try {
    for await (const object of context.api.list(type, { signal: context.signal })) {
      if (context.inventory.knows(type, keyOf(object))) continue;
      const reason = leftOutReason(type, object, { ...context.preparation, isChosen });
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
  } catch (thrown) {
    context.signal?.throwIfAborted();
    if (!isHozonError(thrown)) throw thrown;
    if (thrown.code === 'kube.forbidden') return [{ resource, reason: 'forbidden' }];
  }
  return [...counts].map(([reason, objects]) => ({ resource, reason, objects }));
}

type Rules = Pick<Preparation, 'namespaces' | 'resources' | 'selection'> & { readonly isChosen: boolean };

/** Why an object that would not be stored is not. Pure. */
export function leftOutReason(
  type: ResourceType,
  object: KubeObject,
  { namespaces, resources, selection, isChosen }: Rules,
): LeftOutReason {
  const { namespace, labels, deletionTimestamp, name } = object.metadata;
  if (labels?.[veleroLabels.excludeFromBackup] === 'true') return 'labelled';
  if (deletionTimestamp !== undefined) return 'deleting';
  const place = groupResource(type) === 'namespaces' ? name : namespace;
  if (place !== undefined && !namespaces.filter.includes(place)) return 'namespace';
  const scope = resources.scope(type);
  if (scope === 'none') return 'type';
  if (scope === 'related') return 'cluster-scoped';
  if (!isListed(selection, type, object)) return 'selector';
  return isChosen ? 'other' : 'unfit';
}
