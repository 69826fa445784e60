import { join } from 'node:path';
import { binaries, binary } from '../binaries.ts';
import { type Narrate, toStderr } from '../narration.ts';
import { startControlPlane, untilServiceAccount } from './control-plane.ts';
import { startEtcd } from './etcd.ts';
import { claimInstance, type Instance } from './instance.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { makeAuthority } from './pki.ts';

export interface ClusterOptions {
  /** `light`: no kubelet, so pods are created and scheduled nowhere. `full`, the default, runs them. */
  readonly mode?: ClusterMode;
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
  readonly kubectl: string;
}

/** What can be asked of a running cluster, whoever started it. */
export interface Cluster extends ClusterState {
  /** Resolves to the path of a kubeconfig of a user known to the cluster by a client certificate. */
  createUser(name: string, groups?: readonly string[]): Promise<string>;
}

export interface OwnCluster extends Cluster, AsyncDisposable {
  /** Ends everything and leaves nothing behind on this machine. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a real Kubernetes cluster of one node on this machine; any number side by side. Ready means: the API
 * server is, the default service account exists, and with a kubelet, the node is Ready too.
 *
 * @throws `testbed.*`
 */
export async function startCluster(options: ClusterOptions = {}): Promise<OwnCluster> {
  const { narrate = toStderr } = options;
  const instance = await claimInstance(narrate);
  try {
    const state = await startIn(instance, options);
    const stop = (): Promise<void> => instance.release();
    return { ...clusterOf(state), stop, [Symbol.asyncDispose]: stop };
  } catch (thrown) {
    await instance.release();
    throw thrown;
  }
}

/** A cluster that is known by its state only. */
export function clusterOf(state: ClusterState): Cluster {
  const pki = join(state.dir, 'pki');
  const authority = { dir: pki, certificate: join(pki, 'ca.crt'), key: join(pki, 'ca.key') };
  return {
    ...state,
    createUser: (name, groups = []) =>
      writeKubeconfig(authority, state.dir, state, { name: fileName(name), commonName: name, groups }),
  };
}

async function startIn(instance: Instance, options: ClusterOptions): Promise<ClusterState> {
  const { narrate = toStderr, signal, mode = 'full' } = options;
  const get = { narrate, signal };
  const [etcdProgram, kubectl] = [await binary('etcd', get), await binary('kubectl', get)];
  const [apiServer = '', controllerManager = '', scheduler = ''] = await binaries(
    ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'],
    get,
  );
  narrate(
    `starting a ${mode} Kubernetes cluster in ${instance.dir} (usually ${mode === 'light' ? 10 : 20} s)`,
  );
  const begun = performance.now();
  const authority = await makeAuthority(join(instance.dir, 'pki'), 'testbed');
  const etcd = startEtcd(instance, authority, etcdProgram);
  const plane = await startControlPlane({
    instance,
    authority,
    programs: { apiServer, controllerManager, scheduler },
    etcd,
    address: '127.0.0.1',
    signal,
  });
  await untilServiceAccount(plane, signal);
  narrate(`the cluster is ready after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return {
    mode,
    slot: instance.slot,
    dir: instance.dir,
    ...plane.server,
    kubeconfig: plane.adminKubeconfig,
    kubectl,
  };
}

/** A user's name may have letters that a file's may not; a short hash keeps different users apart. */
function fileName(user: string): string {
  return Buffer.from(user).toString('base64url');
}
