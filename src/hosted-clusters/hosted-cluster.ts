import type { KubeApi, RequestOptions } from '#kube/api.ts';
import { type Fields, fieldsAt, listAt, textAt, valueAt } from '#kube/fields.ts';
import { formatKey, type KubeObject, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import { podType } from '#kube/pods/pods.ts';
import { raise } from './errors.ts';

/** Where HostedClusters are unless said otherwise. */
export const defaultNamespace = 'clusters';

/** Where a HostedCluster is. */
export type HostedClusterKey = ObjectKey & { readonly namespace: string };

/** A Secret that `spec.secretEncryption.aescbc` names; its data key is `key`, 32 bytes. */
export interface SecretEncryption {
  /** `aescbc`, `kms`. */
  readonly type: string;
  readonly activeKey: string | undefined;
  readonly backupKey: string | undefined;
}

/** What a HostedCluster says of itself, as far as its etcd is concerned. */
export interface HostedCluster {
  readonly key: HostedClusterKey;
  /** The whole object, as it was read. */
  readonly object: KubeObject;
  /** `metadata.uid`: another one of the same name is another cluster. Empty in a manifest. */
  readonly uid: string;
  /** Where its control plane runs: `<namespace>-<name>`. */
  readonly controlPlaneNamespace: string;
  /** As written: `true`, `false`, a date; `undefined` where it is not set. */
  readonly pausedUntil: string | undefined;
  /** `Managed` or `Unmanaged`. */
  readonly etcdManagementType: string;
  /** How many members etcd is to have: 3, or 1 with `controllerAvailabilityPolicy: SingleReplica`. */
  readonly etcdReplicas: number;
  /** `undefined` where Secrets are stored as they are. */
  readonly secretEncryption: SecretEncryption | undefined;
  readonly restoreSnapshotUrl: string | undefined;
  /** `spec.clusterID`. */
  readonly clusterId: string | undefined;
  /** The Secret with an administrator's kubeconfig, in the HostedCluster's namespace. */
  readonly kubeconfigSecret: string | undefined;
}

const group = 'hypershift.openshift.io';

/** The types of HyperShift that a management cluster serves, in its preferred version. */
export type HyperShiftKind = 'hostedclusters' | 'nodepools' | 'hostedcontrolplanes';

/** @throws `hosted-cluster.no-hypershift` */
export async function hyperShiftType(
  api: Pick<KubeApi, 'discover' | 'server'>,
  resource: HyperShiftKind,
  { signal }: RequestOptions = {},
): Promise<ResourceType> {
  const discovery = await api.discover({ signal });
  const type = discovery.byName(`${resource}.${group}`);
  if (type === undefined) throw raise['no-hypershift']({ server: api.server, type: `${resource}.${group}` });
  return type;
}

/**
 * Reads a HostedCluster.
 *
 * @throws `hosted-cluster.no-hypershift`, `hosted-cluster.not-found`, `kube.*`
 */
export async function readHostedCluster(
  api: Pick<KubeApi, 'discover' | 'get' | 'list' | 'server'>,
  key: HostedClusterKey,
  { signal }: RequestOptions = {},
): Promise<HostedCluster> {
  const type = await hyperShiftType(api, 'hostedclusters', { signal });
  const object = await api.get(type, key, { signal });
  if (object !== undefined) return hostedClusterOf(object);
  const known: string[] = [];
  for await (const each of api.list(type, { signal })) {
    known.push(formatKey({ namespace: each.metadata.namespace, name: each.metadata.name }));
    if (known.length === mostNamed) break;
  }
  throw raise['not-found']({ cluster: formatKey(key), known });
}

/** How many others an error names. */
const mostNamed = 10;

/** What a HostedCluster says, as an object or as it is written in a manifest. */
export function hostedClusterOf(object: KubeObject): HostedCluster {
  const { name, namespace = defaultNamespace } = object.metadata;
  const spec = fieldsAt(object, 'spec');
  const [restoreSnapshotUrl] = listAt(spec, 'etcd', 'managed', 'storage', 'restoreSnapshotURL');
  return {
    key: { namespace, name },
    object,
    uid: object.metadata.uid ?? '',
    controlPlaneNamespace: `${namespace}-${name}`,
    pausedUntil: textAt(spec, 'pausedUntil'),
    etcdManagementType: textAt(spec, 'etcd', 'managementType') ?? 'Managed',
    etcdReplicas: textAt(spec, 'controllerAvailabilityPolicy') === 'SingleReplica' ? 1 : 3,
    secretEncryption: secretEncryptionOf(spec),
    restoreSnapshotUrl: typeof restoreSnapshotUrl === 'string' ? restoreSnapshotUrl : undefined,
    clusterId: textAt(spec, 'clusterID'),
    kubeconfigSecret: textAt(object, 'status', 'kubeconfig', 'name'),
  };
}

function secretEncryptionOf(spec: Fields): SecretEncryption | undefined {
  const type = textAt(spec, 'secretEncryption', 'type');
  if (type === undefined) return undefined;
  return {
    type,
    activeKey: textAt(spec, 'secretEncryption', 'aescbc', 'activeKey', 'name'),
    backupKey: textAt(spec, 'secretEncryption', 'aescbc', 'backupKey', 'name'),
  };
}

/** The HostedControlPlane that the HostedCluster's operator keeps, or `undefined` where there is none yet. */
export async function readControlPlane(
  api: Pick<KubeApi, 'discover' | 'get' | 'server'>,
  { key, controlPlaneNamespace }: Pick<HostedCluster, 'key' | 'controlPlaneNamespace'>,
  { signal }: RequestOptions = {},
): Promise<KubeObject | undefined> {
  const type = await hyperShiftType(api, 'hostedcontrolplanes', { signal });
  return api.get(type, { namespace: controlPlaneNamespace, name: key.name }, { signal });
}

/** The NodePools of a HostedCluster: those of its namespace that name it. */
export async function readNodePools(
  api: Pick<KubeApi, 'discover' | 'list' | 'server'>,
  { namespace, name }: HostedClusterKey,
  { signal }: RequestOptions = {},
): Promise<readonly KubeObject[]> {
  const type = await hyperShiftType(api, 'nodepools', { signal });
  const all = await Array.fromAsync(api.list(type, { namespace, signal }));
  return all.filter(pool => textAt(pool, 'spec', 'clusterName') === name);
}

/** A condition of `status.conditions`, where it is there. */
export function conditionOf(object: KubeObject | undefined, type: string): Fields | undefined {
  const found = listAt(object, 'status', 'conditions').find(each => textAt(each, 'type') === type);
  return found === undefined ? undefined : fieldsAt({ found }, 'found');
}

/** The pods of the cluster's etcd, in the order of their numbers: `etcd-0`, `etcd-1` … */
export async function readEtcdPods(
  api: Pick<KubeApi, 'list'>,
  { controlPlaneNamespace }: Pick<HostedCluster, 'controlPlaneNamespace'>,
  { signal }: RequestOptions = {},
): Promise<readonly KubeObject[]> {
  const pods = await Array.fromAsync(api.list(podType, { namespace: controlPlaneNamespace, signal }));
  const members = pods.filter(pod => /^etcd-\d+$/.test(pod.metadata.name) && isOfStatefulSet(pod));
  return members.toSorted((a, b) => ordinal(a) - ordinal(b));
}

/** Whether every container of a pod is ready, and nobody has asked for its end. */
export function isReady(pod: KubeObject): boolean {
  const ready = listAt(pod, 'status', 'conditions').find(each => textAt(each, 'type') === 'Ready');
  return textAt(ready, 'status') === 'True' && pod.metadata.deletionTimestamp === undefined;
}

/** The StatefulSet `etcd`. */
export async function readEtcdStatefulSet(
  api: Pick<KubeApi, 'get'>,
  { controlPlaneNamespace }: Pick<HostedCluster, 'controlPlaneNamespace'>,
  { signal }: RequestOptions = {},
): Promise<KubeObject | undefined> {
  return api.get(statefulSetType, { namespace: controlPlaneNamespace, name: 'etcd' }, { signal });
}

/** `spec.replicas`, which is 1 where it is not set. */
export function replicasOf(object: KubeObject): number {
  const wanted = valueAt(object, 'spec', 'replicas');
  return typeof wanted === 'number' ? wanted : 1;
}

function isOfStatefulSet({ metadata }: KubeObject): boolean {
  return (
    metadata.ownerReferences?.some(({ kind, name }) => kind === 'StatefulSet' && name === 'etcd') === true
  );
}

function ordinal({ metadata }: KubeObject): number {
  return Number(metadata.name.slice('etcd-'.length));
}

const builtIn = { namespaced: true, verbs: [], shortNames: [] };

/** Types that every API server has, so that none need be asked for. */
export const configMapType: ResourceType = {
  ...builtIn,
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  singular: 'configmap',
};
export const deploymentType: ResourceType = {
  ...builtIn,
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  kind: 'Deployment',
  singular: 'deployment',
};
export const statefulSetType: ResourceType = {
  ...builtIn,
  group: 'apps',
  version: 'v1',
  resource: 'statefulsets',
  kind: 'StatefulSet',
  singular: 'statefulset',
};
