import type { KubeApi } from '#kube/api.ts';
import type { KubeObject } from '#kube/objects.ts';
import { unreadyBecause } from './readiness.ts';

/** One line about one object: what `oc get all` would show of it. */
export interface EstateRow {
  readonly namespace: string;
  /** As `oc` names it: `dc/ruby-ex`. */
  readonly name: string;
  readonly state: string;
}

const shown: readonly (readonly [resource: string, prefix: string])[] = [
  ['buildconfigs.build.openshift.io', 'bc'],
  ['builds.build.openshift.io', 'builds'],
  ['imagestreams.image.openshift.io', 'is'],
  ['deploymentconfigs.apps.openshift.io', 'dc'],
  ['replicationcontrollers', 'rc'],
  ['deployments.apps', 'deploy'],
  ['statefulsets.apps', 'sts'],
  ['jobs.batch', 'job'],
  ['cronjobs.batch', 'cronjob'],
  ['services', 'svc'],
  ['routes.route.openshift.io', 'route'],
  ['persistentvolumeclaims', 'pvc'],
  ['pods', 'po'],
];

/** What runs in the namespaces, in the order in which `oc get all` lists it. */
export async function describeEstate(
  client: KubeApi,
  namespaces: readonly string[],
  options: { signal?: AbortSignal | undefined } = {},
): Promise<EstateRow[]> {
  const { signal } = options;
  const discovery = await client.discover({ signal });
  const rows: EstateRow[] = [];
  for (const namespace of namespaces)
    for (const [resource, prefix] of shown) {
      const type = discovery.byName(resource);
      if (type === undefined) continue;
      for await (const object of client.list(type, { namespace, signal }))
        rows.push({ namespace, name: `${prefix}/${object.metadata.name}`, state: stateOf(object) });
    }
  return rows;
}

interface Parts {
  readonly replicas?: number;
  readonly clusterIP?: string;
  readonly host?: string;
  readonly schedule?: string;
  readonly ports?: readonly { readonly port: number; readonly protocol?: string }[];
  readonly phase?: string;
  readonly dockerImageRepository?: string;
  readonly lastVersion?: number;
  readonly readyReplicas?: number;
}

function stateOf(object: KubeObject): string {
  const spec = (object['spec'] ?? {}) as Parts;
  const status = (object['status'] ?? {}) as Parts;
  const ports = (spec.ports ?? []).map(each => `${each.port}/${each.protocol ?? 'TCP'}`).join(',');
  const words: Record<string, () => string | undefined> = {
    BuildConfig: () => `latest ${status.lastVersion ?? 0}`,
    ImageStream: () => status.dockerImageRepository,
    Service: () => `${spec.clusterIP} ${ports}`,
    Route: () => spec.host,
    CronJob: () => spec.schedule,
    Pod: () =>
      status.phase === 'Running' ? (unreadyBecause(object) === undefined ? 'Ready' : 'Running') : undefined,
    Job: () => (unreadyBecause(object) === undefined ? 'Complete' : 'Running'),
  };
  const counted =
    spec.replicas === undefined ? undefined : `${status.readyReplicas ?? 0}/${spec.replicas} ready`;
  return words[object.kind]?.() ?? status.phase ?? counted ?? '';
}

/** The rows as a table, a block for each namespace. */
export function formatEstate(rows: readonly EstateRow[]): string {
  const width = Math.max(0, ...rows.map(row => row.name.length));
  const blocks = Map.groupBy(rows, row => row.namespace);
  const block = (namespace: string, own: readonly EstateRow[]): string =>
    [namespace, ...own.map(row => `  ${row.name.padEnd(width)}  ${row.state}`.trimEnd())].join('\n');
  return [...blocks].map(([namespace, own]) => block(namespace, own)).join('\n\n');
}
