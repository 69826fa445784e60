import type { KubeApi } from '#kube/api.ts';
import { formatKey, type KubeObject, keyOf, type ResourceType } from '#kube/objects.ts';
import { testbedErrors } from '../errors.ts';
import { startReconciler } from '../openshift/reconciler.ts';

export interface UntilReadyOptions {
  readonly signal?: AbortSignal | undefined;
  /** 180 s unless told. */
  readonly timeoutMilliseconds?: number;
}

/**
 * Waits, by watching, until every workload in the namespaces has the pods that it asks for, all of them are Ready (or have
 * ended well) and none is on its way out. Rejects with `testbed.not-ready`, naming what is missing, when time is up.
 */
export async function untilReady(
  client: KubeApi,
  namespaces: readonly string[],
  options: UntilReadyOptions = {},
): Promise<void> {
  const { timeoutMilliseconds = 180_000 } = options;
  const types = await workloadTypes(client, options.signal);
  const timeout = AbortSignal.timeout(timeoutMilliseconds);
  const signal = AbortSignal.any([timeout, ...(options.signal === undefined ? [] : [options.signal])]);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let waiting: readonly string[] = ['nothing was seen yet'];
  const look = async (): Promise<void> => {
    waiting = await unready(client, types, { namespaces, signal });
    if (waiting.length === 0) resolve();
  };
  const seconds = timeoutMilliseconds / 1000;
  const give = (): void =>
    reject(
      options.signal?.aborted === true
        ? options.signal.reason
        : testbedErrors.raise['not-ready']({
            what: namespaces.join(', '),
            seconds,
            last: waiting.join('; '),
          }),
    );
  signal.addEventListener('abort', give, { once: true });
  const everything = [{ name: 'everything' }];
  const concerns = ({ metadata }: KubeObject): boolean => namespaces.includes(metadata.namespace ?? '');
  await using _watches = startReconciler(client, {
    signal,
    sources: types.map(type => ({ type, keys: object => (concerns(object) ? everything : []) })),
    reconcile: look,
  });
  look().catch(reject);
  await promise;
  signal.removeEventListener('abort', give);
}

const workloads = [
  'pods',
  'replicationcontrollers',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'deploymentconfigs.apps.openshift.io',
];

async function workloadTypes(client: KubeApi, signal: AbortSignal | undefined): Promise<ResourceType[]> {
  const discovery = await client.discover({ refresh: true, signal });
  return workloads.flatMap(name => discovery.byName(name) ?? []);
}

async function unready(
  client: KubeApi,
  types: readonly ResourceType[],
  { namespaces, signal }: { namespaces: readonly string[]; signal: AbortSignal },
): Promise<string[]> {
  const reasons: string[] = [];
  const places = types.flatMap(type => namespaces.map(namespace => ({ type, namespace })));
  for (const { type, namespace } of places)
    for await (const object of client.list(type, { namespace, signal })) {
      const reason = unreadyBecause(object);
      if (reason !== undefined) reasons.push(`${type.singular} ${formatKey(keyOf(object))}: ${reason}`);
    }
  return reasons;
}

interface Spec {
  readonly replicas?: number;
  readonly suspend?: boolean;
}

interface Status {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly updatedReplicas?: number;
  readonly latestVersion?: number;
  readonly observedGeneration?: number;
  readonly desiredNumberScheduled?: number;
  readonly numberReady?: number;
  readonly phase?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

/** Why a pod or workload does not run as it should yet; undefined where it does. */
export function unreadyBecause(object: KubeObject): string | undefined {
  if (object.metadata.deletionTimestamp !== undefined) return 'is being deleted';
  const status = (object['status'] ?? {}) as Status;
  const spec = (object['spec'] ?? {}) as Spec;
  const judge = judges[object.kind];
  if (judge !== undefined) return judge(status, spec);
  const lags = (status.observedGeneration ?? 0) < (object.metadata.generation ?? 0);
  return lags ? 'its controller lags behind' : rollout(status, spec);
}

const judges: Readonly<Record<string, (status: Status, spec: Spec) => string | undefined>> = {
  Pod: status =>
    status.phase === 'Succeeded' || holds(status, 'Ready') ? undefined : (status.phase ?? 'new'),
  Job: (status, spec) =>
    spec.suspend === true || holds(status, 'Complete') ? undefined : 'has not completed',
  DaemonSet: status => missing(status.desiredNumberScheduled, status.numberReady),
  ReplicationController: (status, spec) => missing(spec.replicas, status.readyReplicas),
};

function holds(status: Status, condition: string): boolean {
  return status.conditions?.some(each => each.type === condition && each.status === 'True') === true;
}

function rollout(status: Status, { replicas }: Spec): string | undefined {
  if (status.latestVersion === 0) return 'nothing was rolled out';
  return missing(replicas, status.readyReplicas) ?? missing(replicas, status.updatedReplicas);
}

function missing(wanted = 0, there = 0): string | undefined {
  return there === wanted ? undefined : `${there} of ${wanted} pods`;
}
