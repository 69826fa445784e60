import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instance } from '../cluster/instance.ts';
import type { Daemon } from '../processes.ts';

export interface ServerOptions {
  readonly instance: Instance;
  readonly programs: Programs;
  readonly kubeconfig: string;
  readonly namespace: string;
  /** After the testbed's own, so they win. */
  readonly flags: readonly string[];
}

export interface Programs {
  readonly velero: string;
  readonly awsPlugin: string;
}

/** A `velero server` that can be ended and started anew. */
export interface Server extends AsyncDisposable {
  /** The process that was started last. */
  readonly daemon: Daemon;
  readonly metricsUrl: string;
  /** What `velero` needs in its environment to work on this server's objects. */
  readonly environment: Readonly<Record<string, string>>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a Velero server that keeps all its files in the instance's directory. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { instance } = options;
  const environment = await makeEnvironment(options);
  const metricsAddress = `127.0.0.1:${instance.port(0)}`;
  const command = [
    options.programs.velero,
    'server', // plugins are given what follows the second argument
    `--plugin-dir=${await makePlugins(options)}`,
    `--metrics-address=${metricsAddress}`,
    '--profiler-address=',
    ...options.flags,
  ];
  const start = (): Promise<Daemon> => instance.startDaemon({ name: 'server', command, env: environment });
  let daemon = await start();
  const stop = (): Promise<void> => daemon.stop();
  return {
    get daemon() {
      return daemon;
    },
    metricsUrl: `http://${metricsAddress}/metrics`,
    environment,
    start: async () => {
      daemon = await start();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Every executable below the directory is taken for a plugin. */
async function makePlugins({ instance, programs }: ServerOptions): Promise<string> {
  const dir = join(instance.dir, 'plugins');
  await mkdir(dir);
  await symlink(programs.awsPlugin, join(dir, 'velero-plugin-for-aws'));
  return dir;
}

/**
 * Velero keeps credentials, archives under way and settings of the user's below the temporary and the home
 * directory. Its plugins know the namespace by the variable only.
 */
async function makeEnvironment({
  instance,
  kubeconfig,
  namespace,
}: ServerOptions): Promise<Record<string, string>> {
  const home = join(instance.dir, 'home');
  const temporary = join(instance.dir, 'tmp');
  for (const dir of [home, temporary]) await mkdir(dir, { mode: 0o700 });
  return {
    KUBECONFIG: kubeconfig,
    VELERO_NAMESPACE: namespace,
    HOME: home,
    TMPDIR: temporary,
    AWS_EC2_METADATA_DISABLED: 'true', // the SDK would ask an address of the network for credentials
  };
}
