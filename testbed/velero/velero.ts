import { dirname } from 'node:path';
import type { KubeApi } from '#kube/api.ts';
import { connect, type KubeClient } from '#kube/client/client.ts';
import type { KubeObject } from '#kube/objects.ts';
import { binaries } from '../binaries.ts';
import type { ClusterState } from '../cluster/cluster.ts';
import { claimInstance, type Instance } from '../cluster/instance.ts';
import { type Narrate, toStderr } from '../narration.ts';
import type { ObjectStoreState } from '../object-store/object-store.ts';
import { installDefinitions, typeNamed } from '../openshift/kinds.ts';
import { type RunResult, run } from '../processes.ts';
import { uniqueName } from '../shared.ts';
import { veleroCrds } from './crds.ts';
import { type RunOptions, runToEnd, type VeleroRun } from './runs.ts';
import { type Programs, type Server, startServer } from './server.ts';
import { applySetting, ensureNamespace, forgetTrials, locationName, removeSetting } from './setting.ts';
import { untilObject } from './waiting.ts';

export interface VeleroOptions {
  /** Its `kubeconfig` is what the server and the CLI use: one that leads through a fault proxy works too. */
  readonly cluster: Pick<ClusterState, 'kubeconfig'>;
  readonly store: ObjectStoreState;
  /** Must exist. */
  readonly bucket: string;
  /** Of the keys in the bucket, without slashes at its ends. */
  readonly prefix?: string | undefined;
  /** Where Velero's own objects live; one that nobody else has unless told. One that exists stays when Velero ends. */
  readonly namespace?: string | undefined;
  /** For `velero server`, after the testbed's own: `--default-backup-ttl=1h`. */
  readonly flags?: readonly string[] | undefined;
  readonly narrate?: Narrate;
  readonly signal?: AbortSignal | undefined;
}

/** A running Velero server of the pinned version, and its CLI. */
export interface Velero extends AsyncDisposable {
  readonly namespace: string;
  /** The name of the BackupStorageLocation, which is the default one. */
  readonly location: string;
  /** `server.log` is the server's log; what a backup or restore logs is in the bucket. */
  readonly logDir: string;
  /** Of the server's process now; its plugins are children of it. */
  readonly pid: number;
  /** Prometheus metrics of the server and its process: `http://127.0.0.1:…/metrics`. */
  readonly metricsUrl: string;
  /** Runs `velero ARGS…` against this server; resolves whatever its exit code is. */
  cli(args: readonly string[], options?: { signal?: AbortSignal | undefined }): Promise<RunResult>;
  /** Creates a Backup and waits until it is in a terminal phase, whichever. */
  backup(spec: Readonly<Record<string, unknown>>, options?: RunOptions): Promise<VeleroRun>;
  /** Creates a Restore and waits until it is in a terminal phase, whichever. */
  restore(spec: Readonly<Record<string, unknown>>, options?: RunOptions): Promise<VeleroRun>;
  /**
   * Makes the server look at once for backups that others wrote into the bucket or took out of it, and resolves
   * when there is a Backup object for each that it accepts. It does so by starting the server anew, in which
   * Velero declares unfinished backups and restores failed.
   */
  sync(options?: { signal?: AbortSignal | undefined }): Promise<void>;
  /** Ends the server and removes its files, and its namespace without waiting until that is gone. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a real Velero server as a process of this machine against a cluster of the testbed, with its CRDs (which
 * stay, since they belong to the cluster) and a bucket of an S3 server of the testbed. Ready means: the location is
 * Available. Any number side by side, on one cluster in namespaces of their own. There is no node agent, so no data
 * of volumes is backed up.
 *
 * @throws `testbed.*`
 */
export async function startVelero(options: VeleroOptions): Promise<Velero> {
  const { narrate = toStderr, signal } = options;
  const programs = await findPrograms(narrate, signal);
  const parts = new AsyncDisposableStack();
  const stop = (): Promise<void> => parts.disposeAsync();
  try {
    const instance = await claimInstance(narrate);
    parts.defer(() => instance.release());
    const client = parts.use(await connect({ kubeconfig: options.cluster.kubeconfig }));
    return await start({ ...options, narrate, programs, instance, client, parts, stop });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

interface Start extends VeleroOptions {
  readonly narrate: Narrate;
  readonly programs: Programs;
  readonly instance: Instance;
  readonly client: KubeClient;
  /** What ends with this Velero, the last one first. */
  readonly parts: AsyncDisposableStack;
  readonly stop: () => Promise<void>;
}

async function findPrograms(narrate: Narrate, signal: AbortSignal | undefined): Promise<Programs> {
  const names = ['velero', 'velero-plugin-for-aws'];
  const [velero = '', awsPlugin = ''] = await binaries(names, { narrate, signal });
  return { velero, awsPlugin };
}

async function start(request: Start): Promise<Velero> {
  const { client, instance, programs, parts, narrate, signal, flags = [] } = request;
  const namespace = request.namespace ?? uniqueName('velero');
  narrate(`starting Velero in ${instance.dir}, namespace ${namespace} (usually 10 s)`);
  const begun = performance.now();
  await installDefinitions(client, await veleroCrds({ narrate, signal }), { signal });
  if (await ensureNamespace(client, namespace, signal)) {
    parts.defer(() => removeSetting(client, namespace));
  }
  await applySetting(client, { ...request, namespace }, signal);
  const { kubeconfig } = request.cluster;
  const server = parts.use(await startServer({ instance, programs, kubeconfig, namespace, flags }));
  await untilAvailable({ client, namespace, server, signal });
  narrate(`Velero is ready after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return veleroOf(request, namespace, server);
}

function veleroOf({ instance, programs, client, stop }: Start, namespace: string, server: Server): Velero {
  const runOf = (kind: 'Backup' | 'Restore'): Velero['backup'] => {
    return (spec, options) => runToEnd(client, { ...options, kind, spec, namespace, daemon: server.daemon });
  };
  return {
    namespace,
    location: locationName,
    logDir: dirname(server.daemon.log),
    get pid() {
      return server.daemon.pid;
    },
    metricsUrl: server.metricsUrl,
    cli: (args, { signal } = {}) =>
      run([programs.velero, '--colorized=false', ...args], {
        env: server.environment,
        signal,
        cwd: instance.dir,
      }),
    backup: runOf('Backup'),
    restore: runOf('Restore'),
    sync: async ({ signal } = {}) => {
      await server.stop();
      await forgetTrials(client, namespace, signal);
      await server.start();
      await untilAvailable({ client, namespace, server, signal, synced: true });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Trial {
  readonly client: KubeApi;
  readonly namespace: string;
  readonly server: Server;
  readonly synced?: boolean;
  readonly signal?: AbortSignal | undefined;
}

interface Location extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly lastValidationTime?: string;
    readonly lastSyncedTime?: string;
  };
}

/** Waits until this server has found the location good and, where asked, has looked for backups in it. */
async function untilAvailable({ client, namespace, server, synced, signal }: Trial): Promise<void> {
  const type = await typeNamed(client, 'backupstoragelocations.velero.io', signal);
  const available = ({ status }: Location): boolean => status?.phase === 'Available';
  const tried = (location: Location): boolean =>
    location.status?.lastValidationTime !== undefined &&
    (synced !== true || !available(location) || location.status.lastSyncedTime !== undefined);
  const key = { namespace, name: locationName };
  const waiting = { type, key, wanted: tried, daemon: server.daemon, seconds: 300, signal };
  const found = await untilObject<Location>(client, waiting);
  if (!available(found)) throw new Error(`Velero refuses its location: ${found.status?.message}`);
}
