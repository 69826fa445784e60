import type { RunReport, Subject } from '#archive/runs/run-report.ts';
import type { Clock } from '#foundation/clock.ts';
import type { Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import {
  apiVersionOf,
  type GroupResource,
  groupResource,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '#kube/objects.ts';
import type { PodListener } from '../hooks/hook.ts';
import type { Context, Item } from '../item.ts';
import { type Note, noteText } from '../notes.ts';
import type { Outcomes } from '../outcomes.ts';
import type { PerformedPlan } from '../plan/performed.ts';
import type { PullSecrets } from './pull-secrets.ts';
import type { Quotas } from './quotas.ts';

/** What everything that acts on the cluster needs. */
export interface Target {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly context: Context;
  readonly report: RunReport;
  readonly outcomes: Outcomes;
  readonly hooks: PodListener;
  /** The plan that is performed, if there is one: nothing else is done. */
  readonly performed?: PerformedPlan | undefined;
  readonly pullSecrets?: PullSecrets | undefined;
  readonly quotas?: Quotas | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** The name under which server-side bookkeeping lists what a restore wrote. */
export const fieldManager = 'hozon';

/** Where an item is in the cluster. */
export function keyIn({ object }: Pick<Item, 'object'>, { context }: Pick<Target, 'context'>): ObjectKey {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? { name } : { namespace: context.mapNamespace(namespace), name };
}

/** What names an item in the cluster, and nothing of its content. */
export function nameIn(item: Pick<Item, 'type' | 'object'>, target: Pick<Target, 'context'>): KubeObject {
  const { namespace, name } = keyIn(item, target);
  const metadata = namespace === undefined ? { name } : { namespace, name };
  return { apiVersion: apiVersionOf(item.type), kind: item.object.kind, metadata };
}

/** What a line of the log or a finding is about. */
export function subjectOf(type: Pick<ResourceType, 'group' | 'resource'>, object: KubeObject): Subject {
  const { namespace, name } = object.metadata;
  return { resource: groupResource(type), namespace, name };
}

export function report({ report }: Target, found: Note, subject?: Subject): void {
  if (found.severity === 'error') report.error(noteText(found), subject);
  else report.warning(noteText(found), subject);
}

/** The type by its name, as the cluster serves it; a cluster without it cannot be restored into. */
export async function servedType(
  { api, signal }: Pick<Target, 'api' | 'signal'>,
  name: GroupResource,
): Promise<ResourceType> {
  const type = (await api.discover({ signal })).byName(name);
  if (type === undefined) throw new Error(`the API server has no ${name}`);
  return type;
}
