import { join } from 'node:path';
import { systemClock } from '#foundation/clock.ts';
import type { KubeObject } from '#kube/objects.ts';
import {
  encryptionConfigSecret,
  type Writer,
  writerDeployment,
  writerReplicas,
  writers,
} from './api-server-workloads.ts';
import { configMap, secret } from './certificates.ts';
import { controlPlaneConditions, type Observed, withConditions } from './conditions.ts';
import { encryptionConfiguration } from './encryption.ts';
import { etcdObjects, trustedAuthorities } from './etcd-workload.ts';
import { hostsOf, writeHosts } from './hosts-file.ts';
import { etcdReplicas, type HostedObject, isReady, type Pod, type Secret, type Workload } from './objects.ts';
import { pauseOf } from './pause.ts';
import { componentLabel, controlPlaneLabel } from './types.ts';
import { apply, ensure, NotYet, read, type World } from './world.ts';

/**
 * Plays the operator of one control plane: says how it is and, unless it is paused, makes and keeps what runs. Its writers
 * have as many pods as it wants, whoever scales them.
 */
export async function reconcileControlPlane(
  world: World,
  controlPlane: HostedObject,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = '' } = controlPlane.metadata;
  const { spec } = controlPlane;
  const pods = await podsOf(world, namespace, signal);
  const hosts = join(world.dir, namespace, 'hosts');
  await writeHosts(hosts, hostsOf(pods));
  await leadDoor(world, namespace, pods);
  const observed = await observe(world, namespace, { pods, signal });
  const now = systemClock.now();
  const conditions = controlPlaneConditions(spec, observed, controlPlane.status?.conditions ?? []);
  const status = withConditions(controlPlane.status, conditions, now);
  if (status !== undefined) await writeStatus(world, controlPlane, status, signal);
  if (pauseOf(spec.pausedUntil, now) !== 'no') return;
  const restored = conditions.some(each => each.type === 'EtcdSnapshotRestored' && each.status === 'True');
  const restoring = !(restored && world.knobs.rollsAfterRestore);
  await makeSecrets(world, controlPlane, signal);
  await keepWorkloads(world, controlPlane, { observed, hosts, restoring, signal });
}

async function podsOf({ client, types }: World, namespace: string, signal: AbortSignal): Promise<Pod[]> {
  const options = { namespace, labelSelector: controlPlaneLabel, signal };
  return (await Array.fromAsync(client.list(types.pods, options))) as Pod[];
}

async function leadDoor(world: World, namespace: string, pods: readonly Pod[]): Promise<void> {
  const serving = pods.filter(
    pod => pod.metadata.labels?.[componentLabel] === 'kube-apiserver' && isReady(pod),
  );
  const door = await world.door(namespace);
  door.lead(serving.map(pod => pod.status?.podIP ?? '').filter(address => address !== ''));
}

async function observe(
  world: World,
  namespace: string,
  { pods, signal }: { pods: readonly Pod[]; signal: AbortSignal },
): Promise<Observed> {
  const { types } = world;
  const running = new Map<Writer, Workload>();
  for (const name of writers) {
    const found = await read<Workload>(world, types.deployments, { namespace, name }, signal);
    if (found !== undefined) running.set(name, found);
  }
  const etcd = await read<Workload>(world, types.statefulSets, { namespace, name: 'etcd' }, signal);
  const etcdPods = pods.filter(pod => pod.metadata.labels?.[componentLabel] === 'etcd');
  return { etcd, writers: running, etcdPods };
}

async function makeSecrets(world: World, controlPlane: HostedObject, signal: AbortSignal): Promise<void> {
  const { namespace = '', uid = '' } = controlPlane.metadata;
  const { objects } = await world.certificates(namespace, uid);
  const trusted = configMap(namespace, trustedAuthorities, { 'ca-bundle.crt': world.trusted });
  const encryption = await encryptionSecret(world, controlPlane, signal);
  for (const object of [...objects, trusted, ...encryption]) {
    const made = `${uid}/${object.kind}/${namespace}/${object.metadata.name}`;
    if (world.applied.has(made)) continue;
    await ensure(world, object, signal);
    world.applied.set(made, '');
  }
}

/** The keys are copies that the operator of the HostedClusters put into this namespace. */
async function encryptionSecret(
  world: World,
  { metadata, spec }: HostedObject,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const { aescbc } = spec.secretEncryption ?? {};
  const names = [aescbc?.activeKey?.name, aescbc?.backupKey?.name].filter(name => name !== undefined);
  if (names.length === 0) return [];
  const { namespace = '' } = metadata;
  const keys: Buffer[] = [];
  for (const name of names) {
    const found = await read<Secret>(world, world.types.secrets, { namespace, name }, signal);
    const key = found?.data?.['key'];
    if (key === undefined) throw new NotYet(`the Secret ${namespace}/${name} has no key`);
    keys.push(Buffer.from(key, 'base64'));
  }
  const config = Buffer.from(JSON.stringify(encryptionConfiguration(keys)));
  return [secret(namespace, encryptionConfigSecret, { 'config.yaml': config })];
}

interface Keeping {
  readonly observed: Observed;
  readonly hosts: string;
  readonly restoring: boolean;
  readonly signal: AbortSignal;
}

async function keepWorkloads(world: World, controlPlane: HostedObject, keeping: Keeping): Promise<void> {
  const { namespace = '', uid: owner = '' } = controlPlane.metadata;
  const { spec } = controlPlane;
  const { observed, signal } = keeping;
  const { splitBrain } = world.knobs;
  for (const object of etcdObjects({ namespace, spec, splitBrain, ...keeping })) {
    const scaled = object.kind === 'StatefulSet' && observed.etcd?.spec.replicas !== etcdReplicas(spec);
    await apply(world, object, { owner, again: scaled, signal });
  }
  for (const name of writers) {
    const scaled = observed.writers.get(name)?.spec.replicas !== writerReplicas(name, spec);
    const object = writerDeployment(name, { namespace, spec, hosts: keeping.hosts });
    await apply(world, object, { owner, again: scaled, signal });
  }
}

async function writeStatus(
  { client, types }: World,
  { metadata }: HostedObject,
  status: NonNullable<HostedObject['status']>,
  signal: AbortSignal,
): Promise<void> {
  const kubeConfig = { name: 'admin-kubeconfig', key: 'kubeconfig' };
  const body = { metadata: { resourceVersion: metadata.resourceVersion }, status: { ...status, kubeConfig } };
  const key = { namespace: metadata.namespace, name: metadata.name };
  await client.patch(types.controlPlanes, key, { type: 'merge', body }, { subresource: 'status', signal });
}
