import { join } from 'node:path';
import { connect, type KubeClient } from '#kube/client/client.ts';
import { binaries } from '../binaries.ts';
import { type Narrate, toStderr } from '../narration.ts';
import type { StandIn } from '../openshift/reconciler.ts';
import type { Daemon } from '../processes.ts';
import { containerdSocket } from './containerd.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { type EtcdState, startEtcd } from './etcd.ts';
import { type ImageRequest, importImages } from './images.ts';
import { claimInstance, type Instance } from './instance.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { kubeletRoot, nodeName, startKubelet } from './kubelet.ts';
import { makePodNetwork, type PodNetwork } from './network.ts';
import { requireNodeSupport, startRuntime, untilNodeReady } from './node.ts';
import { type Authority, makeAuthority } from './pki.ts';
import { startProvisioner } from './provisioner.ts';
import { untilReady } from './readiness.ts';
import { serviceAccounts } from './types.ts';

export interface ClusterOptions {
  /** `light`: no kubelet, so pods are created and run nowhere. `full`, the default, runs them, and needs root. */
  readonly mode?: ClusterMode;
  /** More flags of the API server: `--encryption-provider-config=…`. */
  readonly apiServerFlags?: readonly string[] | undefined;
  readonly narrate?: Narrate;
  readonly signal?: AbortSignal | undefined;
}

export type ClusterMode = 'light' | 'full';

/** A running cluster: plain data, so that other processes can use it too (see `shared.ts`). */
export interface ClusterState {
  readonly mode: ClusterMode;
  readonly slot: number;
  /** Everything the cluster has on disk is below; logs in `logs/`. */
  readonly dir: string;
  /** The API server's URL. */
  readonly server: string;
  readonly caFile: string;
  /** Of a cluster administrator. */
  readonly kubeconfig: string;
  /** The path of the program. */
  readonly kubectl: string;
  readonly etcd: EtcdState;
  /** Absent in light mode. */
  readonly node?: NodeState | undefined;
}

export interface NodeState {
  readonly name: string;
  /** The node's address, on the pods' bridge: pods reach what listens there on this machine. */
  readonly address: string;
  /** Where the volumes of running pods are: `pods/UID/volumes/…`. */
  readonly kubeletRoot: string;
  /** Where the volumes of the default storage class are: a directory named after each PersistentVolume. */
  readonly volumesDir: string;
}

/** What can be asked of a running cluster, whoever started it. */
export interface Cluster extends ClusterState {
  /** Resolves to the path of a kubeconfig of a user known to the cluster by a client certificate. */
  createUser(name: string, groups?: readonly string[]): Promise<string>;
  /** Assembles images from busybox and files, for pods with `imagePullPolicy: Never`. Full mode only. */
  importImages(images: readonly ImageRequest[]): Promise<void>;
}

export interface OwnCluster extends Cluster, AsyncDisposable {
  /** Ends everything and leaves nothing behind on this machine. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a real Kubernetes cluster of one node on this machine; any number side by side. Ready means: the API
 * server is, the default service account exists, and with a kubelet, pods can run and claims get volumes.
 *
 * @throws `testbed.*`
 */
export async function startCluster(options: ClusterOptions = {}): Promise<OwnCluster> {
  const { narrate = toStderr, signal, mode = 'full', apiServerFlags } = options;
  if (mode === 'full') await requireNodeSupport(narrate, signal);
  const programs = await findPrograms(mode, { narrate, signal });
  const instance = await claimInstance(narrate);
  const parts: AsyncDisposable[] = [];
  const stop = async (): Promise<void> => {
    for (const part of parts.splice(0).reverse()) await part[Symbol.asyncDispose]();
    await instance.release();
  };
  try {
    const state = await start({ instance, programs, mode, narrate, signal, parts, apiServerFlags });
    return { ...clusterOf(state), stop, [Symbol.asyncDispose]: stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** A cluster that is known by its state only. */
export function clusterOf(state: ClusterState): Cluster {
  return {
    ...state,
    createUser: (name, groups = []) =>
      writeKubeconfig(authorityIn(state.dir), state.dir, state, {
        name: Buffer.from(name).toString('base64url'), // a user's name may have letters that a file's may not
        commonName: name,
        groups,
      }),
    importImages: images => importImages(state.dir, containerdSocket(state.dir), images),
  };
}

interface Start {
  readonly instance: Instance;
  readonly programs: Programs;
  readonly mode: ClusterMode;
  readonly narrate: Narrate;
  readonly signal: AbortSignal | undefined;
  readonly apiServerFlags: readonly string[] | undefined;
  /** What must end before the instance is cleared, in the order in which it was started. */
  readonly parts: AsyncDisposable[];
}

async function start(request: Start): Promise<ClusterState> {
  const { instance, mode, narrate, signal, parts } = request;
  narrate(
    `starting a ${mode} Kubernetes cluster in ${instance.dir} (usually ${mode === 'light' ? 5 : 15} s)`,
  );
  const begun = performance.now();
  const authority = await makeAuthority(authorityIn(instance.dir).dir, 'testbed');
  const network = mode === 'full' ? await makePodNetwork(instance) : undefined;
  const runtime = network === undefined ? undefined : startRuntime(instance, network, signal);
  const starting = startPlane(request, authority, network);
  const [plane, containerd] = await allOrNothing(starting, runtime);
  const client = await connect({ kubeconfig: plane.adminKubeconfig });
  parts.push(client);
  const node =
    network === undefined || containerd === undefined
      ? undefined
      : await startNode({ ...request, authority, network, plane, client, containerd: containerd.daemon });
  await untilServiceAccount(client, plane.daemons, signal);
  narrate(`the cluster is ready after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return {
    mode,
    slot: instance.slot,
    dir: instance.dir,
    ...plane.server,
    kubeconfig: plane.adminKubeconfig,
    kubectl: request.programs.kubectl,
    etcd: plane.etcd,
    node,
  };
}

async function startPlane(
  request: Start,
  authority: Authority,
  network: PodNetwork | undefined,
): Promise<ControlPlane> {
  const { instance, programs, signal, apiServerFlags } = request;
  return startControlPlane({
    instance,
    authority,
    programs,
    etcd: startEtcd(instance, authority, programs.etcd),
    address: network?.address ?? '127.0.0.1',
    apiServerFlags,
    signal,
  });
}

interface NodeStart extends Start {
  readonly authority: Authority;
  readonly network: PodNetwork;
  readonly plane: ControlPlane;
  readonly client: KubeClient;
  readonly containerd: Daemon;
}

async function startNode(request: NodeStart): Promise<NodeState> {
  const { instance, network, plane, client, parts, narrate, signal } = request;
  const volumesDir = join(instance.dir, 'volumes');
  const kubelet = await startKubelet({
    instance,
    authority: request.authority,
    network,
    program: request.programs.kubelet,
    server: plane.server,
    containerdSocket: containerdSocket(instance.dir),
  });
  const provisioner: StandIn = await startProvisioner(client, { directory: volumesDir, narrate });
  parts.push(provisioner);
  await untilNodeReady(client, [...plane.daemons, request.containerd, kubelet], signal);
  return { name: nodeName, address: network.address, kubeletRoot: kubeletRoot(instance.dir), volumesDir };
}

/** Waits for what the controller manager gives a new cluster last: pods cannot be created before it. */
async function untilServiceAccount(
  client: KubeClient,
  daemons: readonly Daemon[],
  signal?: AbortSignal,
): Promise<void> {
  const key = { namespace: 'default', name: 'default' };
  const exists = async (): Promise<true | string> =>
    (await client.get(serviceAccounts, key, { signal })) === undefined ? 'it does not exist' : true;
  await untilReady(exists, { what: 'the default service account', daemons, signal });
}

/** Waits for both even where one fails, so that nothing is still being started while its directory is cleared. */
async function allOrNothing<A, B>(
  first: Promise<A>,
  second: Promise<B> | undefined,
): Promise<[A, B | undefined]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}

interface Programs {
  readonly etcd: string;
  readonly kubectl: string;
  readonly apiServer: string;
  readonly controllerManager: string;
  readonly scheduler: string;
  /** Only found in full mode. */
  readonly kubelet: string;
}

async function findPrograms(
  mode: ClusterMode,
  options: { narrate: Narrate; signal: AbortSignal | undefined },
): Promise<Programs> {
  const names = ['etcd', 'kubectl', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
  const found = await binaries(mode === 'full' ? [...names, 'kubelet'] : names, options);
  const [etcd = '', kubectl = '', apiServer = '', controllerManager = '', scheduler = '', kubelet = ''] =
    found;
  return { etcd, kubectl, apiServer, controllerManager, scheduler, kubelet };
}

function authorityIn(dir: string): Authority {
  const pki = join(dir, 'pki');
  return { dir: pki, certificate: join(pki, 'ca.crt'), key: join(pki, 'ca.key') };
}
