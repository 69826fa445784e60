import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ClusterState } from '../cluster/cluster.ts';
import { writeKubeconfig } from '../cluster/kubeconfig.ts';
import { type Authority, issue } from '../cluster/pki.ts';
import { type ObjectStoreState, objectStoreOf, type TestObjectStore } from '../object-store/object-store.ts';
import { type FaultProxy, type FaultProxyOptions, startFaultProxy } from './proxy.ts';

type Faults = Omit<FaultProxyOptions, 'target' | 'address'>;

/** A fault proxy in front of a cluster's API server. */
export interface ApiServerFaults {
  readonly proxy: FaultProxy;
  /** Of the cluster's administrator, through the proxy. Other users' certificates and tokens work through it too. */
  readonly kubeconfig: string;
}

/** Puts a proxy in front of a cluster's API server. The caller stops it. */
export async function startApiServerFaults(
  cluster: ClusterState,
  faults: Faults = {},
): Promise<ApiServerFaults> {
  const authority = authorityAt(join(cluster.dir, 'pki'));
  const front = join(cluster.dir, 'front-proxy');
  const proxy = await startFaultProxy({
    ...faults,
    target: {
      url: cluster.server,
      caFile: cluster.caFile,
      serving: await serving(authority),
      frontProxy: {
        clientCaFile: authority.certificate,
        pair: {
          certificate: join(front, 'front-proxy-client.crt'),
          key: join(front, 'front-proxy-client.key'),
        },
      },
    },
  });
  const name = `faults-${randomBytes(6).toString('hex')}`;
  const user = { name, commonName: 'admin', groups: ['system:masters'] };
  const address = { server: proxy.url, caFile: authority.certificate };
  return { proxy, kubeconfig: await writeKubeconfig(authority, cluster.dir, address, user) };
}

/** A fault proxy in front of an object store, and the store as it looks through it. */
export interface ObjectStoreFaults {
  readonly proxy: FaultProxy;
  readonly store: TestObjectStore;
}

/** Puts a proxy in front of an object store. The caller stops it. */
export async function startObjectStoreFaults(
  store: ObjectStoreState,
  faults: Faults = {},
): Promise<ObjectStoreFaults> {
  const tls = store.caFile === undefined ? undefined : authorityAt(join(store.dir, 'pki'));
  const target = {
    url: store.endpoint,
    caFile: store.caFile,
    serving: tls === undefined ? undefined : await serving(tls),
  };
  const proxy = await startFaultProxy({ ...faults, target });
  const { podEndpoint: _, ...rest } = store;
  return { proxy, store: objectStoreOf({ ...rest, endpoint: proxy.url }) };
}

function serving(authority: Authority): Promise<{ certificate: string; key: string }> {
  const name = `fault-proxy-${randomBytes(6).toString('hex')}`;
  return issue(authority, { name, hosts: ['localhost', '127.0.0.1'] });
}

function authorityAt(dir: string): Authority {
  return { dir, certificate: join(dir, 'ca.crt'), key: join(dir, 'ca.key') };
}
