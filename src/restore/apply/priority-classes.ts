import { isHozonError } from '#foundation/errors.ts';
import { groupResource, type KubeObject } from '#kube/objects.ts';
import { statusOf } from '#kube/status.ts';
import type { Item } from '../item.ts';
import { refusalOf } from './refusal.ts';
import type { Target } from './target.ts';

/**
 * Whether a pod was refused for a priority class that is there all the same: admission knows classes by a watch, and
 * one that was restored a moment ago may not have come to every server of the cluster (Kubernetes 1.34, the plugin `Priority`).
 */
export async function isUnheardPriority(
  thrown: unknown,
  { item, object }: { readonly item: Item; readonly object: KubeObject },
  target: Target,
): Promise<boolean> {
  if (groupResource(item.type) !== 'pods' || !isHozonError(thrown, 'kube.forbidden')) return false;
  const name = priorityClassOf(object);
  const unheard = `no PriorityClass with name ${name} was found`;
  if (name === undefined || statusOf(thrown)?.message.includes(unheard) !== true) return false;
  const { api, signal } = target;
  try {
    const type = (await api.discover({ signal })).byName('priorityclasses.scheduling.k8s.io');
    return type !== undefined && (await api.get(type, { name }, { signal })) !== undefined;
  } catch (failure) {
    refusalOf(failure, signal);
    return false;
  }
}

function priorityClassOf({ spec }: KubeObject): string | undefined {
  const { priorityClassName } = (spec ?? {}) as { readonly priorityClassName?: unknown };
  return typeof priorityClassName === 'string' && priorityClassName !== '' ? priorityClassName : undefined;
}
