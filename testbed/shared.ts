import { randomBytes } from 'node:crypto';
import type { KubeApi } from '#kube/api.ts';
import { connect, type KubeClient } from '#kube/client/client.ts';
import { type Cluster, type ClusterMode, clusterOf } from './cluster/cluster.ts';
import { configMaps, namespaces, serviceAccounts } from './cluster/types.ts';
import { toStderr } from './narration.ts';
import { objectStoreOf, type TestObjectStore } from './object-store/object-store.ts';
import { privateStatePath, startOwner } from './owner-process.ts';
import { type Extent, readState, stateVariable, type TestbedState } from './state.ts';

/**
 * The cluster that tests share: the one that the test runner started (`HOZON_TESTBED`), else one of this process's
 * own, which is gone soon after the process is, however it ends. Tests keep apart by {@link uniqueNamespace}.
 * Asked for `light`, a full one will do. Types that a test defines stay there: one that goes is missed by whoever is
 * listing everything at that time, and by Velero for minutes.
 */
export async function sharedCluster(mode: ClusterMode = 'full'): Promise<Cluster> {
  const { cluster } = await sharedTestbed(mode);
  if (cluster === undefined) throw new Error('a testbed with a cluster has none');
  return clusterOf(cluster);
}

/** The S3 server that tests share; see {@link sharedCluster}. Tests keep apart by {@link uniqueBucket}. */
export async function sharedObjectStore(): Promise<TestObjectStore> {
  return objectStoreOf((await sharedTestbed('store')).objectStore);
}

const extents: readonly Extent[] = ['store', 'light', 'full'];
let given: Promise<TestbedState | undefined> | undefined;
const own = new Map<Extent, Promise<TestbedState>>();

/** The first that has at least what is asked for: the given one, one that this process has started, a new one. */
async function sharedTestbed(least: Extent): Promise<TestbedState> {
  given ??= joinGiven();
  const enough = extents.slice(extents.indexOf(least));
  const running = await given;
  if (running !== undefined && enough.includes(running.extent)) return running;
  const found = enough.map(extent => own.get(extent)).find(started => started !== undefined);
  const started = found ?? startOwn(least);
  if (found === undefined) own.set(least, started);
  return started;
}

async function joinGiven(): Promise<TestbedState | undefined> {
  const path = process.env[stateVariable];
  if (!path) return undefined;
  const state = await readState(path);
  if (state !== undefined) return state;
  throw new Error(`${stateVariable} names ${path}, which does not exist: that testbed has ended`);
}

async function startOwn(extent: Extent): Promise<TestbedState> {
  const statePath = privateStatePath();
  const owner = await startOwner({ statePath, extent, tethered: true, narrate: toStderr });
  owner.detach();
  return owner.state;
}

/** An administrator's client of a cluster. */
export async function clientOf(cluster: Cluster): Promise<KubeClient> {
  return connect({ kubeconfig: cluster.kubeconfig });
}

export interface TestNamespace extends AsyncDisposable {
  readonly name: string;
}

/**
 * Makes a namespace that no other test has, and waits for what controllers put into every namespace; disposing deletes
 * it, without waiting until it is gone.
 */
export async function uniqueNamespace(
  client: KubeApi,
  prefix = 'test',
  labels: Readonly<Record<string, string>> = {},
): Promise<TestNamespace> {
  const name = uniqueName(prefix);
  await client.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { ...labels } },
  });
  await untilFurnished(client, name);
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      await client.delete(namespaces, { name });
    },
  };
}

/**
 * Waits until a namespace has the account and the authority's certificate that controllers put into every namespace:
 * pods are refused before, and a list or a backup has one thing more or less by chance. On a busy machine it takes a while.
 */
export async function untilFurnished(client: KubeApi, namespace: string): Promise<void> {
  const furniture = [
    [serviceAccounts, 'default'],
    [configMaps, 'kube-root-ca.crt'],
  ] as const;
  for (const [type, name] of furniture) {
    const options = {
      namespace,
      fieldSelector: `metadata.name=${name}`,
      signal: AbortSignal.timeout(180_000),
    };
    for await (const event of client.watch(type, options))
      if (event.type === 'ADDED' || event.type === 'MODIFIED') break;
  }
}

/** Makes a bucket that no other test has, and resolves to its name. It ends with the object store. */
export async function uniqueBucket(
  store: TestObjectStore,
  options: { prefix?: string; versioning?: boolean; objectLock?: boolean } = {},
): Promise<string> {
  const name = uniqueName(options.prefix ?? 'test');
  await store.createBucket(name, options);
  return name;
}

/** A name that is free in any namespace, cluster or bucket: `test-1f3a9c0b`. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}
