import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { whichProgram } from '../debian.ts';
import { type Daemon, run } from '../processes.ts';
import { pauseImage } from './images.ts';
import type { Instance } from './instance.ts';
import type { PodNetwork } from './network.ts';
import { untilReady } from './readiness.ts';

export interface Containerd {
  readonly daemon: Daemon;
  readonly socket: string;
}

/** Starts a containerd of our own, with all it keeps below the instance's directory, and waits until it serves. */
export async function startContainerd(
  instance: Instance,
  network: PodNetwork,
  signal?: AbortSignal,
): Promise<Containerd> {
  const socket = containerdSocket(instance.dir);
  const config = join(instance.dir, 'containerd.toml');
  await writeFile(config, configuration(instance.dir, network));
  const program = (await whichProgram('containerd')) ?? 'containerd';
  const daemon = await instance.startDaemon({
    name: 'containerd',
    command: [program, '--config', config],
  });
  const serves = async (): Promise<true | string> => {
    if (!existsSync(socket)) return 'no socket yet';
    const { exitCode, stderr } = await run(['ctr', '--address', socket, 'version']);
    return exitCode === 0 || stderr;
  };
  await untilReady(serves, { what: 'containerd', daemons: [daemon], signal });
  return { daemon, socket };
}

export function containerdSocket(dir: string): string {
  return join(dir, 'containerd.sock');
}

/**
 * `restrict_oom_score_adj`: root may lack CAP_SYS_RESOURCE, and no sandbox could start then. The rest keeps
 * files out of the machine's shared places. Format: containerd's config(8), version 2.
 */
function configuration(dir: string, network: PodNetwork): string {
  const at = (name: string): string => JSON.stringify(join(dir, 'containerd', name));
  return `version = 2
root = ${at('root')}
state = ${at('state')}
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]

[grpc]
  address = ${JSON.stringify(containerdSocket(dir))}

[plugins."io.containerd.internal.v1.opt"]
  path = ${at('opt')}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  netns_mounts_under_state_dir = true

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = ${JSON.stringify(network.configDir)}

[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  Root = ${at('runc')}
  SystemdCgroup = false
`;
}
