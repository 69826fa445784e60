import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeThrown } from '#foundation/errors.ts';
import { connect, type KubeClient } from '#kube/client/client.ts';
import { type KubeObject, keyOf, type ObjectKey } from '#kube/objects.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { type Narrate, toStderr } from '../narration.ts';
import { installDefinitions, openShiftDefinitions } from '../openshift/kinds.ts';
import { type StandIn, startReconciler } from '../openshift/reconciler.ts';
import { uniqueName } from '../shared.ts';
import { apiServerPort } from './api-server-workloads.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { type FrontDoor, openFrontDoor } from './front-door.ts';
import { type Frozen, freezeEtcd } from './frozen-members.ts';
import { reconcileHostedCluster } from './hypershift-operator.ts';
import { importHostedImages } from './images.ts';
import { type HostedObject, isSettled, type Members, type Secret } from './objects.ts';
import { type HostedClusterRequest, hostedClusterObjects } from './requests.ts';
import { controlPlaneLabel, controlPlaneNamespace, type HostedTypes, hostedTypes } from './types.ts';
import { type HostedKnobs, NotYet, type World } from './world.ts';

export interface HostedClustersOptions {
  /** Where the HostedClusters are. A name that is free unless told: `clusters`, where they usually are, takes one only. */
  readonly namespace?: string;
  /** The authority of the object store that snapshots are restored from: `store.caFile`. */
  readonly caFile?: string | undefined;
  readonly knobs?: Partial<HostedKnobs>;
  readonly narrate?: Narrate;
}

/** A stand-in for HyperShift that runs, and what tests ask of it. */
export interface HostedClusters extends AsyncDisposable {
  /** Where its HostedClusters are. The control plane of `a` is in `NAMESPACE-a`. */
  readonly namespace: string;
  readonly knobs: HostedKnobs;
  /** Makes a HostedCluster and what belongs to it; resolves before anything runs. */
  create(request: HostedClusterRequest): Promise<HostedObject>;
  /** Resolves with the HostedCluster as soon as a condition of it has a status: `Available`, `True`. */
  untilCondition(name: string, type: string, status: 'True' | 'False'): Promise<HostedObject>;
  /** Resolves as soon as `Available` is `True`. */
  untilAvailable(name: string): Promise<HostedObject>;
  /** Resolves as soon as every member of etcd is ready and none is to be replaced, as after a restore. */
  untilSettled(name: string): Promise<void>;
  /** Deletes a HostedCluster, with its volumes; resolves when all of it is gone. */
  destroy(name: string): Promise<void>;
  /** The path of an administrator's kubeconfig of a hosted cluster. It stays right when its pods are replaced. */
  kubeconfig(name: string): Promise<string>;
  /** Runs a command in the container `etcd` of a member; resolves with its stdout. etcdctl has what it needs. */
  inMember(name: string, member: number, ...command: string[]): Promise<string>;
  /** Stops a member's etcd in its tracks until the result is disposed. */
  freezeMember(name: string, member: number): Promise<Frozen>;
}

const asReal: HostedKnobs = { splitBrain: false, propagatesPause: true, rollsAfterRestore: true };

const patience = 600_000;

/**
 * Plays HyperShift on a cluster with a node: see testbed/README.md for what it does and what it does not. Everything is
 * gone, or going, when it is disposed.
 */
export async function startHostedClusters(
  cluster: Cluster,
  options: HostedClustersOptions = {},
): Promise<HostedClusters> {
  const { namespace = uniqueName('clusters'), narrate = toStderr, caFile } = options;
  await importHostedImages(cluster);
  const client = await connect({ kubeconfig: cluster.kubeconfig });
  const definitions = await openShiftDefinitions();
  await installDefinitions(
    client,
    definitions.filter(({ metadata }) => metadata.name.endsWith('.hypershift.openshift.io')),
  );
  const types = await hostedTypes(client);
  const dir = join(cluster.dir, 'hosted', namespace);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const doors = new Map<string, Promise<FrontDoor>>();
  const knobs: HostedKnobs = { ...asReal, ...options.knobs };
  const trusted = caFile === undefined ? '' : await readFile(caFile, 'utf8');
  const world = worldOf(cluster, { client, types, dir, knobs, trusted, doors });
  await client.create(types.namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const operator = startOperator(world, { namespace, narrate });
  const place: Place = { client, types, namespace, dir };
  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await operator.stop();
    await takeAllAway(place);
    for (const door of doors.values()) await (await door)[Symbol.asyncDispose]();
    await client.close();
    await rm(dir, { recursive: true, force: true });
  };
  return { namespace, knobs, ...asked(place), [Symbol.asyncDispose]: () => (ended ??= end()) };
}

interface Parts extends Pick<World, 'client' | 'types' | 'dir' | 'knobs' | 'trusted'> {
  readonly doors: Map<string, Promise<FrontDoor>>;
}

function worldOf(cluster: Cluster, { doors, ...parts }: Parts): World {
  const address = cluster.node?.address;
  if (address === undefined) throw new Error('hosted clusters need a cluster that runs pods');
  const made = new Map<string, Promise<Certificates>>();
  const door = (namespace: string): Promise<FrontDoor> => {
    const opening = doors.get(namespace) ?? openFrontDoor(address, apiServerPort);
    doors.set(namespace, opening);
    return opening;
  };
  const make = async (namespace: string, uid: string): Promise<Certificates> => {
    const dir = join(parts.dir, namespace, uid);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return makeCertificates({ dir, namespace, address: (await door(namespace)).address });
  };
  const certificates = (namespace: string, uid: string): Promise<Certificates> => {
    const making = made.get(uid) ?? make(namespace, uid);
    made.set(uid, making);
    return making;
  };
  return { ...parts, door, certificates, applied: new Map() };
}

/** One queue for all: whatever happens to a part of a control plane, its HostedCluster is looked at. */
function startOperator(
  world: World,
  { namespace, narrate }: { namespace: string; narrate: Narrate },
): StandIn {
  const { hostedClusters, controlPlanes, deployments, statefulSets, pods } = world.types;
  const owner = (object: KubeObject): ObjectKey[] => {
    const { namespace: plane = '' } = object.metadata;
    return plane.startsWith(`${namespace}-`) ? [{ namespace, name: plane.slice(namespace.length + 1) }] : [];
  };
  const parts = [deployments, statefulSets, pods].map(type => ({
    type,
    labelSelector: controlPlaneLabel,
    keys: owner,
  }));
  return startReconciler(world.client, {
    covers: each => each === namespace,
    sources: [
      { type: hostedClusters, keys: object => [keyOf(object)] },
      { type: controlPlanes, keys: owner },
      ...parts,
    ],
    reconcile: (key, signal) => reconcileHostedCluster(world, key, signal),
    onFault: thrown => {
      if (!(thrown instanceof NotYet)) narrate(`HyperShift's stand-in: ${describeThrown(thrown)}`);
    },
  });
}

interface Place {
  readonly client: KubeClient;
  readonly types: HostedTypes;
  readonly namespace: string;
  readonly dir: string;
}

type Asked = Omit<HostedClusters, 'namespace' | 'knobs' | typeof Symbol.asyncDispose>;

function asked(place: Place): Asked {
  const { client, types, namespace } = place;
  return {
    async create(request) {
      const typeOf = new Map(
        [types.secrets, types.hostedClusters, types.nodePools].map(type => [type.kind, type]),
      );
      let made: KubeObject | undefined;
      for (const object of hostedClusterObjects(namespace, request)) {
        const type = typeOf.get(object.kind);
        if (type === undefined) throw new Error(`no type for ${object.kind}`);
        const created = await client.create(type, object);
        if (object.kind === 'HostedCluster') made = created;
      }
      return made as HostedObject;
    },
    untilCondition: (name, type, status) => untilCondition(place, name, { type, status }),
    untilAvailable: name => untilCondition(place, name, { type: 'Available', status: 'True' }),
    untilSettled: name => untilSettled(place, name),
    destroy: name => destroy(place, name),
    kubeconfig: name => writeAdminKubeconfig(place, name),
    inMember: (name, member, ...command) => inMember(place, memberKey(namespace, name, member), command),
    async freezeMember(name, member) {
      const pod = await client.get(types.pods, memberKey(namespace, name, member));
      return freezeEtcd(pod?.metadata.uid ?? 'none');
    },
  };
}

async function untilCondition(
  { client, types, namespace }: Place,
  name: string,
  wanted: { readonly type: string; readonly status: string },
): Promise<HostedObject> {
  const signal = AbortSignal.timeout(patience);
  const fieldSelector = `metadata.name=${name}`;
  for await (const event of client.watch(types.hostedClusters, { namespace, fieldSelector, signal })) {
    if (event.type === 'BOOKMARK' || event.type === 'DELETED') continue;
    const cluster = event.object as HostedObject;
    const fits = cluster.status?.conditions?.some(
      ({ type, status }) => type === wanted.type && status === wanted.status,
    );
    if (fits === true) return cluster;
  }
  throw new Error(`the watch ended before ${name} was ${wanted.type}`);
}

async function untilSettled({ client, types, namespace }: Place, name: string): Promise<void> {
  const signal = AbortSignal.timeout(patience);
  const where = {
    namespace: controlPlaneNamespace({ namespace, name }),
    fieldSelector: 'metadata.name=etcd',
  };
  for await (const event of client.watch(types.statefulSets, { ...where, signal }))
    if (event.type !== 'BOOKMARK' && isSettled(event.object as Members)) return;
}

async function destroy({ client, types, namespace }: Place, name: string): Promise<void> {
  const signal = AbortSignal.timeout(patience);
  const options = { namespace, fieldSelector: `metadata.name=${name}`, signal };
  if (!(await client.delete(types.hostedClusters, { namespace, name }, { signal }))) return;
  let seen = false;
  for await (const event of client.watch(types.hostedClusters, options)) {
    if (event.type === 'DELETED' || (event.type === 'BOOKMARK' && !seen)) return;
    seen = true;
  }
}

async function writeAdminKubeconfig({ client, types, namespace, dir }: Place, name: string): Promise<string> {
  const key = { namespace, name: `${name}-admin-kubeconfig` };
  const found: Secret | undefined = await client.get(types.secrets, key);
  const text = found?.data?.['kubeconfig'];
  if (text === undefined) throw new Error(`there is no Secret ${key.namespace}/${key.name}`);
  const path = join(dir, `${key.name}.yaml`);
  await writeFile(path, Buffer.from(text, 'base64'), { mode: 0o600 });
  return path;
}

type PodKey = ObjectKey & { readonly namespace: string };

function memberKey(namespace: string, name: string, member: number): PodKey {
  return { namespace: controlPlaneNamespace({ namespace, name }), name: `etcd-${member}` };
}

const etcdctlSettings = [
  'ETCDCTL_ENDPOINTS=https://localhost:2379',
  'ETCDCTL_CACERT=/etc/etcd/tls/etcd-ca/ca.crt',
  'ETCDCTL_CERT=/etc/etcd/tls/client/etcd-client.crt',
  'ETCDCTL_KEY=/etc/etcd/tls/client/etcd-client.key',
  'ETCDCTL_DIAL_TIMEOUT=60s',
  'ETCDCTL_COMMAND_TIMEOUT=60s',
];

async function inMember({ client }: Place, pod: PodKey, command: readonly string[]): Promise<string> {
  const asAdministrator = ['env', ...etcdctlSettings, ...command];
  const { exitCode, stdout, stderr } = await client.exec(pod, {
    container: 'etcd',
    command: asAdministrator,
  });
  if (exitCode === 0) return stdout;
  throw new Error(`${command.join(' ')} in ${pod.name} ended with ${exitCode}: ${stderr}`);
}

/** Does not wait: what is left is the cluster's to take away. */
async function takeAllAway({ client, types, namespace }: Place): Promise<void> {
  for await (const { metadata } of client.list(types.hostedClusters, { namespace })) {
    const body = { metadata: { finalizers: null } };
    const key = { namespace, name: metadata.name };
    await client.patch(types.hostedClusters, key, { type: 'merge', body });
    await client.delete(types.namespaces, { name: controlPlaneNamespace(metadata) });
  }
  await client.delete(types.namespaces, { name: namespace });
}
