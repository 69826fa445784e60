import type { Message } from '#foundation/language.ts';
import { formatKey } from '#kube/objects.ts';
import { raise } from '../errors.ts';
import type { OpenRestore } from '../open.ts';
import { type PlanOptions, planItems } from './make.ts';
import type { PlannedItem, RestorePlan } from './plan.ts';

/** An object about which another decision would be taken now than the plan says. */
export interface Drift {
  readonly object: string;
  /** Absent where the plan does not have the object. */
  readonly planned?: Pick<PlannedItem, 'action' | 'reason'>;
  /** Absent where there is nothing to decide any more. */
  readonly now?: Pick<PlannedItem, 'action' | 'reason'>;
}

/** In what a plan no longer holds, given what would be planned now. Pure. */
export function driftOf(planned: readonly PlannedItem[], now: readonly PlannedItem[]): Drift[] {
  const before = new Map(planned.map(item => [nameOf(item), item]));
  const after = new Map(now.map(item => [nameOf(item), item]));
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap(object => {
    const [was, is] = [before.get(object), after.get(object)];
    if (was?.digest === is?.digest) return [];
    return [
      { object, ...(was === undefined ? {} : { planned: was }), ...(is === undefined ? {} : { now: is }) },
    ];
  });
}

function nameOf({ resource, ...key }: PlannedItem): string {
  return `${resource} ${formatKey(key)}`;
}

/** So many objects are named in the error. */
const named = 20;

/**
 * Looks at the world again and throws `restore.plan-backup-replaced` or `restore.plan-outdated`, naming the objects,
 * where the plan no longer holds. Touches nothing.
 */
export async function checkPlan(
  plan: RestorePlan,
  opened: OpenRestore,
  options: Pick<PlanOptions, 'api' | 'progress' | 'signal'>,
): Promise<void> {
  const { backupName } = opened.request;
  if (plan.backup.name !== backupName || plan.backup.digest !== opened.digest) {
    throw raise['plan-backup-replaced']({ backup: plan.backup.name });
  }
  const { items } = await planItems(opened, options);
  const drift = driftOf(plan.items, items);
  if (drift.length === 0) return;
  throw raise['plan-outdated']({
    objects: drift.slice(0, named).map(driftText),
    more: Math.max(0, drift.length - named),
  });
}

function driftText({ object, planned, now }: Drift): Message {
  const before = planned === undefined ? '-' : `${planned.action} (${planned.reason})`;
  const after = now === undefined ? '-' : `${now.action} (${now.reason})`;
  const same = before === after;
  return {
    en: () =>
      same
        ? `${object}: planned ${before}, but what it would change is not what the plan says: the object has changed since`
        : `${object}: planned ${before}, now ${after}`,
    ja: () =>
      same
        ? `${object}: 計画 ${before} の作成後に変更されており、変更内容が計画と異なります`
        : `${object}: 計画 ${before}、現在 ${after}`,
  };
}
