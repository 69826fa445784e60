import type { Archive } from '#archive/contents/archive.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { namespaceFor } from '../apply/namespaces.ts';
import { decideNamespace } from '../decide/namespace.ts';
import type { Context } from '../item.ts';
import { digest } from './digest.ts';
import type { Looking } from './imagined.ts';
import type { PlannedItem } from './plan.ts';
import type { PlanReason } from './reasons.ts';

/** A namespace into which something is restored. */
export interface PlannedNamespace {
  readonly item: PlannedItem;
  /** It is yet to be made, so that nothing is in it. */
  readonly isNew: boolean;
  /** As it is there, or as it will be made. */
  readonly object: KubeObject;
  /** It is there and being deleted. */
  readonly isTerminating: boolean;
}

export interface NamespacePlanning {
  readonly api: Looking;
  readonly archive: Pick<Archive, 'types' | 'get'>;
  readonly context: Context;
  readonly type: ResourceType;
  readonly signal?: AbortSignal | undefined;
}

/** Plans a namespace when the first object is to be put into it, as a restore makes it. */
export class PlannedNamespaces {
  readonly #asked = new Map<string, Promise<PlannedNamespace>>();
  readonly #planning: NamespacePlanning;

  constructor(planning: NamespacePlanning) {
    this.#planning = planning;
  }

  /** The namespace to which this one of the backup goes. */
  ensure(source: string): Promise<PlannedNamespace> {
    const name = this.#planning.context.mapNamespace(source);
    const begun = this.#asked.get(name) ?? planNamespace(source, this.#planning);
    this.#asked.set(name, begun);
    return begun;
  }

  /** Every namespace that was asked for. */
  all(): Promise<PlannedNamespace[]> {
    return Promise.all(this.#asked.values());
  }
}

const reasons = {
  create: 'absent',
  use: 'namespace-used',
  wait: 'namespace-deleting',
} as const satisfies Record<string, PlanReason>;

async function planNamespace(source: string, planning: NamespacePlanning): Promise<PlannedNamespace> {
  const { api, type, signal } = planning;
  const wanted = await namespaceFor(source, type, planning);
  const { name } = wanted.metadata;
  const live = await api.get(type, { name }, { signal });
  const decision = decideNamespace(live);
  const reason = reasons[decision];
  const isNew = decision !== 'use';
  const item: PlannedItem = {
    resource: 'namespaces',
    apiVersion: apiVersionOf(type),
    kind: 'Namespace',
    name,
    ...(name === source ? {} : { from: source }),
    action: isNew ? 'create' : 'skip',
    reason,
    digest: digest({ reason }),
  };
  const object = isNew || live === undefined ? wanted : live;
  return { item, isNew, isTerminating: decision === 'wait', object };
}
