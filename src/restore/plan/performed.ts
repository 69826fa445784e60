import { formatKey, groupResource } from '#kube/objects.ts';
import type { Decision } from '../decide/decision.ts';
import type { Context, Item } from '../item.ts';
import { namesOf } from './decided.ts';
import { changesOf, type Decided, digestOf } from './digest.ts';
import type { PlannedItem, RestorePlan } from './plan.ts';

/** What was planned for an object, and what would be done about it now. */
export interface PlanChange {
  readonly planned: string;
  readonly now: string;
}

interface Planned extends Pick<PlannedItem, 'action' | 'digest' | 'reason'> {
  /** The object was in the cluster. */
  readonly isThere: boolean;
}

/** A plan while it is performed: holds each decision that is about to be carried out against it. */
export class PerformedPlan {
  readonly #context: Context;
  readonly #items: ReadonlyMap<string, Planned>;

  constructor(plan: RestorePlan, context: Context) {
    this.#context = context;
    this.#items = new Map(
      plan.items.map(item => [
        `${item.resource} ${formatKey(item)}`,
        {
          action: item.action,
          reason: item.reason,
          digest: item.digest,
          isThere: item.resourceVersion !== undefined,
        },
      ]),
    );
  }

  /** Whether the plan was made of an object that is in the cluster, so that it is not to be created. */
  looksFirst(item: Item): boolean {
    return this.#find(item, undefined)?.isThere === true;
  }

  /** How the decision is another than the planned one; `undefined` where it may be carried out. */
  change({ item, live, decision }: Decided): PlanChange | undefined {
    if (decision.action === 'skip') return undefined;
    const planned = this.#find(item, decision);
    const digest = digestOf(
      { item, live, decision },
      changesOf({ item, live, decision }, this.#context),
      this.#context,
    );
    if (planned?.digest === digest) return undefined;
    // A new namespace is given its service account before the planned one comes.
    if (planned?.action === 'create' && decision.reason === 'account-merged') return undefined;
    const before = planned === undefined ? '-' : `${planned.action}: ${planned.reason}`;
    return { planned: before, now: `${decision.action}: ${decision.reason}` };
  }

  #find(item: Item, decision: Decision | undefined) {
    const names = namesOf(item, this.#context, decision);
    return this.#items.get(`${groupResource(item.type)} ${formatKey(names)}`);
  }
}
