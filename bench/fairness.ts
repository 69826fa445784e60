import type { KubeApi } from '#kube/api.ts';
import { type KubeObject, parseApiVersion } from '#kube/objects.ts';
import type { Cluster } from '#testbed/cluster/cluster.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { runOk } from '#testbed/processes.ts';

/** What the API server counted of one user's requests. */
export interface Load {
  readonly requests: number;
  /** Answered with 429 by priority and fairness. */
  readonly rejected: number;
  /** That had to wait for a seat for more than 5 ms, and how long all requests waited together. */
  readonly queued: number;
  readonly queuedSeconds: number;
  /** Processor time of the whole API server meanwhile. */
  readonly serverCpuSeconds: number;
}

/**
 * Makes an administrator whom priority and fairness does not exempt, as it does the certificate that the testbed uses
 * otherwise (`system:masters`), and lets the API server count this user's requests apart. The level is the one that
 * users are on anyway. Resolves to the path of a kubeconfig.
 */
export async function makeUser(cluster: Cluster, admin: KubeApi, name: string): Promise<string> {
  for (const object of [administrator(name), ownSchema(name)]) {
    const { group } = parseApiVersion(object.apiVersion);
    const type = await typeNamed(admin, `${object.kind.toLowerCase()}s.${group}`);
    await admin.create(type, object);
  }
  return cluster.createUser(name);
}

function administrator(name: string): KubeObject {
  const group = 'rbac.authorization.k8s.io';
  return {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: schemaOf(name) },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: group, kind: 'User', name }],
  };
}

function ownSchema(name: string): KubeObject {
  const everything = ['*'];
  const resourceRules = [
    {
      apiGroups: everything,
      resources: everything,
      verbs: everything,
      namespaces: everything,
      clusterScope: true,
    },
  ];
  return {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: schemaOf(name) },
    spec: {
      priorityLevelConfiguration: { name: 'global-default' },
      matchingPrecedence: 9000, // before `global-default`, which takes all users at 9900
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name } }],
          resourceRules,
          nonResourceRules: [{ verbs: everything, nonResourceURLs: everything }],
        },
      ],
    },
  };
}

function schemaOf(user: string): string {
  return `bench-${user}`;
}

/** Runs `work` and resolves with what it made of the API server, by the server's own metrics. */
export async function measureLoad<T>(
  cluster: Cluster,
  user: string,
  work: () => Promise<T>,
): Promise<{ load: Load; result: T }> {
  const before = await readLoad(cluster, user);
  const result = await work();
  const after = await readLoad(cluster, user);
  const difference = (field: keyof Load): number => after[field] - before[field];
  return {
    result,
    load: {
      requests: difference('requests'),
      rejected: difference('rejected'),
      queued: difference('queued'),
      queuedSeconds: difference('queuedSeconds'),
      serverCpuSeconds: difference('serverCpuSeconds'),
    },
  };
}

async function readLoad({ kubectl, kubeconfig }: Cluster, user: string): Promise<Load> {
  const text = await runOk([kubectl, '--kubeconfig', kubeconfig, 'get', '--raw', '/metrics']);
  const label = `flow_schema="${schemaOf(user)}"`;
  const of = (name: string, ...labels: string[]): number =>
    sumOf(text, `apiserver_flowcontrol_${name}`, [label, ...labels]);
  const wait = 'request_wait_duration_seconds';
  return {
    requests: of('dispatched_requests_total'),
    rejected: of('rejected_requests_total'),
    queued: of(`${wait}_count`) - of(`${wait}_bucket`, 'le="0.005"'),
    queuedSeconds: of(`${wait}_sum`),
    serverCpuSeconds: sumOf(text, 'process_cpu_seconds_total', []),
  };
}

/** The sum of a metric's series that have all of these labels; 0 where there is none. Prometheus' text format. */
export function sumOf(metrics: string, name: string, labels: readonly string[]): number {
  return metrics
    .split('\n')
    .filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter(line => labels.every(label => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
