import { isDeepStrictEqual } from 'node:util';
import { type Writer, writers } from './api-server-workloads.ts';
import {
  type Condition,
  type ConditionedStatus,
  type ContainerStatus,
  type ControlPlaneSpec,
  etcdReplicas,
  isReady,
  type Pod,
  type Terminated,
  type Workload,
} from './objects.ts';

/** What runs of a control plane. */
export interface Observed {
  readonly etcd: Workload | undefined;
  readonly writers: ReadonlyMap<Writer, Workload>;
  readonly etcdPods: readonly Pod[];
}

/** The conditions of a HostedControlPlane that follow from what runs. `before` are those that it has. */
export function controlPlaneConditions(
  spec: ControlPlaneSpec,
  observed: Observed,
  before: readonly Condition[],
): Condition[] {
  const etcd = etcdAvailable(spec, observed);
  const api = apiAvailable(observed);
  const others = writers.every(name => (observed.writers.get(name)?.status?.availableReplicas ?? 0) > 0);
  const available = etcd.status === 'True' && api.status === 'True' && others;
  return [
    ...snapshotRestored(spec, observed, before),
    etcd,
    api,
    available
      ? condition('Available', 'True', 'AsExpected')
      : condition('Available', 'False', 'ComponentsNotAvailable', 'waiting for etcd and the API servers'),
  ];
}

export function condition(
  type: string,
  status: Condition['status'],
  reason: string,
  message = '',
): Condition {
  return { type, status, reason, message };
}

/**
 * The status with these conditions in the place of those of the same types, or `undefined` where it says all that
 * already. A condition's time is that at which its status changed.
 */
export function withConditions(
  status: ConditionedStatus | undefined,
  conditions: readonly Condition[],
  now: Date,
): ConditionedStatus | undefined {
  const old = status?.conditions ?? [];
  const merged = [
    ...old.filter(each => conditions.every(({ type }) => type !== each.type)),
    ...conditions.map(each => ({ ...each, lastTransitionTime: changedAt(old, each, now) })),
  ];
  const same =
    merged.length === old.length && merged.every(each => old.some(one => isDeepStrictEqual(one, each)));
  return same ? undefined : { ...status, conditions: merged };
}

function changedAt(old: readonly Condition[], { type, status }: Condition, now: Date): string {
  const same: Timed | undefined = old.find(each => each.type === type && each.status === status);
  return same?.lastTransitionTime ?? now.toISOString().replace(/\.\d+/, '');
}

interface Timed extends Condition {
  readonly lastTransitionTime?: string;
}

/** As the real operator sees it: enough members are ready. That they know nothing of each other it does not see. */
function etcdAvailable(spec: ControlPlaneSpec, { etcd }: Observed): Condition {
  const ready = etcd?.status?.readyReplicas ?? 0;
  const quorum = Math.floor(etcdReplicas(spec) / 2) + 1;
  if (ready >= quorum) return condition('EtcdAvailable', 'True', 'QuorumAvailable');
  return condition(
    'EtcdAvailable',
    'False',
    'EtcdWaitingForQuorum',
    `${ready} of ${quorum} members are ready`,
  );
}

function apiAvailable({ writers: running }: Observed): Condition {
  const available = running.get('kube-apiserver')?.status?.availableReplicas ?? 0;
  if (available > 0) return condition('KubeAPIServerAvailable', 'True', 'AsExpected');
  return condition('KubeAPIServerAvailable', 'False', 'NotFound', 'no kube-apiserver is available');
}

/** Once `True` it stays so, for the init containers are gone then. */
function snapshotRestored(
  spec: ControlPlaneSpec,
  { etcdPods }: Observed,
  before: readonly Condition[],
): Condition[] {
  if (spec.etcd?.managed?.storage?.restoreSnapshotURL?.[0] === undefined) return [];
  const type = 'EtcdSnapshotRestored';
  const known = before.find(each => each.type === type);
  if (known?.status === 'True') return [known];
  const failed = etcdPods.map(failureOf).find(end => end !== undefined);
  if (failed !== undefined) return [condition(type, 'False', failed.reason ?? 'Error', failed.message)];
  const restored = etcdPods.filter(pod => isReady(pod) && initStatus(pod)?.ready === true);
  if (restored.length === etcdReplicas(spec)) return [condition(type, 'True', 'AsExpected')];
  return known === undefined ? [] : [known];
}

function failureOf(pod: Pod): Terminated | undefined {
  const status = initStatus(pod);
  const ends = [status?.state?.terminated, status?.lastState?.terminated];
  return ends.find(end => end !== undefined && end.exitCode !== 0);
}

function initStatus(pod: Pod): ContainerStatus | undefined {
  return pod.status?.initContainerStatuses?.find(({ name }) => name === 'etcd-init');
}
