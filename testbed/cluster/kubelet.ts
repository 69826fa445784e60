import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Daemon } from '../processes.ts';
import type { Instance } from './instance.ts';
import { type ServerAddress, writeKubeconfig } from './kubeconfig.ts';
import type { PodNetwork } from './network.ts';
import { type Authority, issue, type KeyPair } from './pki.ts';

export interface KubeletRequest {
  readonly instance: Instance;
  readonly authority: Authority;
  readonly program: string;
  readonly server: ServerAddress;
  readonly network: PodNetwork;
  readonly containerdSocket: string;
}

/** The node's name in a cluster. */
export const nodeName = 'testbed';

/** Starts the kubelet as a node that may do what nodes may (authorization mode Node). Does not wait. */
export async function startKubelet(request: KubeletRequest): Promise<Daemon> {
  const { instance, authority, network } = request;
  const [serving, kubeconfig] = await Promise.all([
    issue(authority, { name: 'kubelet', hosts: [nodeName, network.address] }),
    writeKubeconfig(authority, instance.dir, request.server, {
      name: 'kubelet',
      commonName: `system:node:${nodeName}`,
      groups: ['system:nodes'],
    }),
    mkdir(kubeletRoot(instance.dir), { recursive: true }),
  ]);
  const config = join(instance.dir, 'kubelet.json');
  await writeFile(config, JSON.stringify(configuration(request, serving), null, 2));
  return instance.startDaemon({
    name: 'kubelet',
    command: [
      request.program,
      `--config=${config}`,
      `--kubeconfig=${kubeconfig}`,
      `--root-dir=${kubeletRoot(instance.dir)}`,
      `--cert-dir=${join(instance.dir, 'kubelet-certificates')}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${network.address}`,
    ],
  });
}

/** Where kubelet keeps the volumes of its pods: `pods/UID/volumes/…`. */
export function kubeletRoot(dir: string): string {
  return join(dir, 'kubelet');
}

/**
 * kubelet.config.k8s.io/v1beta1. The machine is not the cluster's alone: nothing is evicted or collected because
 * its disk or memory is nearly full, and its firewall stays as it is.
 */
function configuration(
  { instance, authority, network, containerdSocket }: KubeletRequest,
  serving: KeyPair,
): object {
  const never = {
    'memory.available': '1Mi',
    'nodefs.available': '0%',
    'nodefs.inodesFree': '0%',
    'imagefs.available': '0%',
  };
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: network.address,
    port: 10250,
    healthzPort: 0,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    tlsCertFile: serving.certificate,
    tlsPrivateKeyFile: serving.key,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: authority.certificate },
    },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${instance.name}`,
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: ['none'],
    localStorageCapacityIsolation: false,
    evictionHard: never,
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    makeIPTablesUtilChains: false,
    resolvConf: '',
    podLogsDir: join(instance.dir, 'pod-logs'),
    volumePluginDir: join(instance.dir, 'volume-plugins'),
    maxPods: 200,
    registryPullQPS: 0,
    kubeAPIQPS: 100,
    kubeAPIBurst: 200,
    syncFrequency: '10s',
    shutdownGracePeriod: '0s',
  };
}
