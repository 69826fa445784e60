import { after, before } from 'node:test';
import type { KubeClient } from '#kube/client/client.ts';
import type { Discovery } from '#kube/discovery.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import type { Cluster, ClusterMode } from '#testbed/cluster/cluster.ts';
import { clientOf, sharedCluster, type TestNamespace, uniqueNamespace } from '#testbed/shared.ts';

/** The shared cluster, an administrator's client of it, and a namespace of the test file's own. */
export interface Live {
  readonly cluster: Cluster;
  readonly client: KubeClient;
  readonly discovery: Discovery;
  readonly namespace: string;
  readonly type: (name: string) => ResourceType;
  readonly configMap: (name: string, data?: Record<string, string>) => KubeObject;
}

/**
 * The cluster is there, and prepared, while the tests of the file that calls this run; the result must not be
 * used before. (Hooks of a file's top level do not wait for each other, hence `prepare`.)
 */
export function live(mode: ClusterMode, prepare: (live: Live) => Promise<void> = async () => {}): () => Live {
  let up: Live | undefined;
  let namespace: TestNamespace | undefined;
  let client: KubeClient | undefined;
  before(async () => {
    const cluster = await sharedCluster(mode);
    client = await clientOf(cluster);
    namespace = await uniqueNamespace(client, 'kube');
    up = describe(cluster, client, await client.discover(), namespace.name);
    await prepare(up);
  });
  after(async () => {
    await namespace?.[Symbol.asyncDispose]();
    await client?.close();
  });
  return () => {
    if (up === undefined) throw new Error('the cluster is not up yet');
    return up;
  };
}

function describe(cluster: Cluster, client: KubeClient, discovery: Discovery, namespace: string): Live {
  return {
    cluster,
    client,
    discovery,
    namespace,
    type: name => {
      const found = discovery.byName(name);
      if (found === undefined) throw new Error(`no type ${name}`);
      return found;
    },
    configMap: (name, data = {}) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data,
    }),
  };
}
