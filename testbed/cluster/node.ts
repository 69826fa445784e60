import type { KubeApi } from '#kube/api.ts';
import type { KubeObject } from '#kube/objects.ts';
import { ensureDebianPackages } from '../debian.ts';
import { testbedErrors } from '../errors.ts';
import type { Narrate } from '../narration.ts';
import type { Daemon } from '../processes.ts';
import { type Containerd, startContainerd } from './containerd.ts';
import { busyboxImage, importImages, pauseImage } from './images.ts';
import type { Instance } from './instance.ts';
import { nodeName } from './kubelet.ts';
import type { PodNetwork } from './network.ts';
import { untilReady } from './readiness.ts';
import { nodes } from './types.ts';

/** Checks that this machine and this user can run a node, and installs what is missing. */
export async function requireNodeSupport(narrate: Narrate, signal?: AbortSignal): Promise<void> {
  if (process.getuid?.() !== 0) throw testbedErrors.raise['needs-root']({ what: 'A cluster that runs pods' });
  await ensureDebianPackages(
    ['containerd', 'runc', 'busybox-static', 'containernetworking-plugins', 'iptables', 'iproute2'],
    { narrate, signal },
  );
}

/** Starts the container runtime on a network that exists, and imports the images every cluster has. */
export async function startRuntime(
  instance: Instance,
  network: PodNetwork,
  signal?: AbortSignal,
): Promise<Containerd> {
  const containerd = await startContainerd(instance, network, signal);
  await importImages(instance.dir, containerd.socket, [
    { name: pauseImage, entrypoint: ['/bin/sleep', '2147483647'] },
    { name: busyboxImage },
  ]);
  return containerd;
}

/** Waits until pods can run: the node is Ready (its network is, too) and nothing keeps pods off it. */
export async function untilNodeReady(
  client: KubeApi,
  daemons: readonly Daemon[],
  signal?: AbortSignal,
): Promise<void> {
  const ready = async (): Promise<true | string> => {
    const node: Node | undefined = await client.get(nodes, { name: nodeName }, { signal });
    const condition = node?.status?.conditions?.find(({ type }) => type === 'Ready');
    if (condition?.status !== 'True') return condition?.message ?? 'the node has not registered';
    const taint = node?.spec?.taints?.[0];
    return taint === undefined || `the node has the taint ${taint.key}`;
  };
  await untilReady(ready, { what: 'the node', daemons, signal });
}

interface Node extends KubeObject {
  readonly spec?: { readonly taints?: readonly { readonly key: string }[] };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}
