import { systemClock } from '#foundation/clock.ts';
import type { KubeObject, ObjectKey } from '#kube/objects.ts';
import { secret } from './certificates.ts';
import { condition, withConditions } from './conditions.ts';
import { reconcileControlPlane } from './control-plane-operator.ts';
import type { Condition, HostedObject, Secret } from './objects.ts';
import { pauseOf } from './pause.ts';
import { controlPlaneNamespace, hyperShiftVersion } from './types.ts';
import { apply, ensure, NotYet, read, type World } from './world.ts';

const finalizer = 'hypershift.openshift.io/finalizer';

/**
 * Plays HyperShift's operator for one HostedCluster, and then its control plane's: makes the namespace and the
 * HostedControlPlane, passes on what the HostedCluster says, and tells how it is. Paused, it passes on only that it is.
 */
export async function reconcileHostedCluster(
  world: World,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<void> {
  const cluster = await read<HostedObject>(world, world.types.hostedClusters, key, signal);
  if (cluster === undefined) return;
  if (cluster.metadata.deletionTimestamp !== undefined) {
    await takeAway(world, cluster, signal);
    return;
  }
  const pause = pauseOf(cluster.spec.pausedUntil, systemClock.now());
  if (pause === 'no') await passOn(world, cluster, signal);
  const reached = world.knobs.propagatesPause ? await passOnPause(world, cluster, signal) : undefined;
  const plane = reached ?? (await controlPlaneOf(world, cluster, signal));
  if (plane !== undefined) await reconcileControlPlane(world, plane, signal);
  await tell(world, cluster, signal);
  if (typeof pause === 'object') throw new NotYet(`it is paused until ${pause.until.toISOString()}`);
}

async function passOn(world: World, cluster: HostedObject, signal: AbortSignal): Promise<void> {
  const { metadata, spec } = cluster;
  const { name, namespace = '', uid: owner = '' } = metadata;
  const plane = controlPlaneNamespace(metadata);
  await keepFinalizer(world, cluster, signal);
  await ensureNamespace(world, plane, signal);
  await copyKeys(world, cluster, signal);
  const { pausedUntil: _pause, release, ...rest } = spec;
  await apply(
    world,
    {
      apiVersion: hyperShiftVersion,
      kind: 'HostedControlPlane',
      metadata: {
        name,
        namespace: plane,
        annotations: { 'hypershift.openshift.io/cluster': `${namespace}/${name}` },
      },
      spec: { ...rest, ...(release === undefined ? {} : { releaseImage: release.image }) },
    },
    { owner, signal },
  );
  const made = await controlPlaneOf(world, cluster, signal);
  const { kubeconfig } = await world.certificates(plane, made?.metadata.uid ?? '');
  const data = { kubeconfig: Buffer.from(kubeconfig) };
  await apply(world, secret(namespace, `${name}-admin-kubeconfig`, data), { owner, signal });
}

async function passOnPause(
  world: World,
  cluster: HostedObject,
  signal: AbortSignal,
): Promise<HostedObject | undefined> {
  const { client, types } = world;
  const plane = await controlPlaneOf(world, cluster, signal);
  const { pausedUntil } = cluster.spec;
  if (plane === undefined || plane.spec.pausedUntil === pausedUntil) return plane;
  const { namespace, name } = plane.metadata;
  const body = { spec: { pausedUntil: pausedUntil ?? null } };
  const written = await client.patch(
    types.controlPlanes,
    { namespace, name },
    { type: 'merge', body },
    { signal },
  );
  return written as HostedObject;
}

async function controlPlaneOf(
  world: World,
  { metadata }: HostedObject,
  signal: AbortSignal,
): Promise<HostedObject | undefined> {
  const key = { namespace: controlPlaneNamespace(metadata), name: metadata.name };
  return read<HostedObject>(world, world.types.controlPlanes, key, signal);
}

async function keepFinalizer(
  { client, types }: World,
  { metadata }: HostedObject,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, resourceVersion, finalizers = [] } = metadata;
  if (finalizers.includes(finalizer)) return;
  const body = { metadata: { resourceVersion, finalizers: [...finalizers, finalizer] } };
  await client.patch(types.hostedClusters, { namespace, name }, { type: 'merge', body }, { signal });
}

/** A namespace that is being taken away is waited for. */
async function ensureNamespace(world: World, name: string, signal: AbortSignal): Promise<void> {
  const found = await read(world, world.types.namespaces, { name }, signal);
  if (found?.metadata.deletionTimestamp !== undefined) throw new NotYet(`${name} is being deleted`);
  const labels = { 'hypershift.openshift.io/hosted-control-plane': 'true' };
  if (found === undefined)
    await ensure(world, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }, signal);
}

/** The keys that encrypt Secrets are copied to where the API server runs. */
async function copyKeys(world: World, { metadata, spec }: HostedObject, signal: AbortSignal): Promise<void> {
  const { aescbc } = spec.secretEncryption ?? {};
  for (const reference of [aescbc?.activeKey, aescbc?.backupKey]) {
    if (reference === undefined) continue;
    const { name } = reference;
    const key = { namespace: metadata.namespace, name };
    const found = await read<Secret>(world, world.types.secrets, key, signal);
    if (found?.data === undefined) throw new NotYet(`there is no Secret ${metadata.namespace}/${name}`);
    const data = Object.entries(found.data).map(([each, text]) => [each, Buffer.from(text, 'base64')]);
    const copy: KubeObject = secret(controlPlaneNamespace(metadata), name, Object.fromEntries(data));
    await apply(world, copy, { owner: metadata.uid ?? '', signal });
  }
}

const told = ['EtcdAvailable', 'KubeAPIServerAvailable', 'Available', 'EtcdSnapshotRestored'];

/** Says of the HostedCluster what its control plane says of itself, and whether it is paused. */
async function tell(world: World, { metadata }: HostedObject, signal: AbortSignal): Promise<void> {
  const { client, types } = world;
  const key = { namespace: metadata.namespace, name: metadata.name };
  const cluster = await read<HostedObject>(world, types.hostedClusters, key, signal);
  if (cluster === undefined) return;
  const plane = await controlPlaneOf(world, cluster, signal);
  const known = (plane?.status?.conditions ?? []).filter(({ type }) => told.includes(type));
  const conditions = [...known.map(withoutTime), reconciliation(cluster.spec.pausedUntil)];
  const status = withConditions(cluster.status, conditions, systemClock.now());
  if (status === undefined) return;
  const kubeconfig = { name: `${metadata.name}-admin-kubeconfig` };
  const { resourceVersion } = cluster.metadata;
  const body = { metadata: { resourceVersion }, status: { ...status, kubeconfig } };
  await client.patch(types.hostedClusters, key, { type: 'merge', body }, { subresource: 'status', signal });
}

function withoutTime({ type, status, reason, message }: Condition): Condition {
  return { type, status, reason, message };
}

function reconciliation(pausedUntil: string | undefined): Condition {
  const type = 'ReconciliationActive';
  if (pauseOf(pausedUntil, systemClock.now()) === 'no') return condition(type, 'True', 'AsExpected');
  return condition(type, 'False', 'ReconciliationPaused', `pausedUntil is ${pausedUntil}`);
}

/** Deletes the control plane and all that belongs to it, and lets the HostedCluster go when that is gone. */
async function takeAway(world: World, { metadata }: HostedObject, signal: AbortSignal): Promise<void> {
  const { client, types } = world;
  const { namespace, name, finalizers = [] } = metadata;
  if (!finalizers.includes(finalizer)) return;
  for await (const pool of client.list(types.nodePools, { namespace, signal })) {
    const { clusterName } = pool['spec'] as { clusterName?: string };
    if (clusterName !== name) continue;
    await client.delete(types.nodePools, { namespace, name: pool.metadata.name }, { signal });
  }
  const plane = controlPlaneNamespace(metadata);
  const left = await read(world, types.namespaces, { name: plane }, signal);
  if (left !== undefined) {
    if (left.metadata.deletionTimestamp === undefined)
      await client.delete(types.namespaces, { name: plane }, { signal });
    throw new NotYet(`${plane} is being deleted`);
  }
  await client.delete(types.secrets, { namespace, name: `${name}-admin-kubeconfig` }, { signal });
  const body = { metadata: { finalizers: finalizers.filter(each => each !== finalizer) } };
  await client.patch(types.hostedClusters, { namespace, name }, { type: 'merge', body }, { signal });
}
