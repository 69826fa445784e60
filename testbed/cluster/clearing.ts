import { readdir, readFile, readlink, rm, rmdir, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { testbedErrors } from '../errors.ts';
import { run, runOk } from '../processes.ts';
import { removeCgroup } from './cgroups.ts';
import { unmountBelow } from './mounts.ts';

export interface Remains {
  /** The cgroup and the bridge of the instance. */
  readonly name: string;
  readonly dir: string;
}

/**
 * Removes everything an instance has on this machine: processes, containers, mounts, network namespaces,
 * interfaces, cgroups, files. The same for a clean stop and for what a crash left, and safe to repeat.
 *
 * @throws `testbed.leftovers` where a mount would not go; the files are left alone then.
 */
export async function clearInstance({ name, dir }: Remains): Promise<void> {
  await removeCgroup(name);
  const sandboxes = await namesIn(join(dir, 'containerd/state/io.containerd.grpc.v1.cri/sandboxes'));
  const shimSockets = await shimSocketsOf(dir);
  const stuck = await unmountBelow(dir);
  if (stuck.length > 0) throw testbedErrors.raise.leftovers({ directory: dir, what: stuck.join(', ') });
  await removeInterfaces(name);
  await removeOutside(dir, sandboxes, shimSockets);
  await removeFiles(dir);
}

/**
 * Without cgroups (not root) a dead owner's daemons are being killed by the kernel just now, and may still write.
 * Never crosses into another file system, should a mount have come up since.
 */
async function removeFiles(dir: string): Promise<void> {
  const command = ['rm', '-rf', '--one-file-system', dir];
  for (let attempt = 0; attempt < 50; attempt++) {
    if ((await run(command)).exitCode === 0) return;
    await delay(100);
  }
  await runOk(command);
}

/** The bridge and the host's ends of the pods' cables: those would vanish with their namespaces, but later. */
async function removeInterfaces(bridge: string): Promise<void> {
  const shown = await run(['ip', '-json', 'link', 'show', 'master', bridge]).catch(() => undefined);
  if (shown === undefined || shown.exitCode !== 0) return; // no ip command, or no such bridge
  const links = JSON.parse(shown.stdout || '[]') as { ifname?: string }[];
  for (const { ifname } of links) {
    if (ifname !== undefined) await run(['ip', 'link', 'delete', ifname]); // its namespace may just have taken it along
  }
  await runOk(['ip', 'link', 'delete', bridge]);
}

/** What containerd, CNI and kubelet write to fixed places of the machine, whatever their configuration says. */
async function removeOutside(dir: string, sandboxes: string[], shimSockets: string[]): Promise<void> {
  const cniResults = '/var/lib/cni/results';
  for (const result of await namesIn(cniResults)) {
    if (sandboxes.some(id => result.includes(`-${id}-`))) await rm(join(cniResults, result), { force: true });
  }
  for (const socket of shimSockets) await rm(socket, { force: true });
  const logLinks = '/var/log/containers';
  for (const link of await namesIn(logLinks)) {
    const target = await readlink(join(logLinks, link)).catch(() => '');
    if (target.startsWith(`${dir}/`)) await unlink(join(logLinks, link));
  }
  const devicePlugins = '/var/lib/kubelet/device-plugins';
  const deviceSocket = join(devicePlugins, 'kubelet.sock');
  if (!(await listening(deviceSocket))) await rm(deviceSocket, { force: true });
  const shared = [cniResults, '/var/lib/cni', '/run/containerd/s', '/run/containerd', logLinks];
  const ours = [...shared, devicePlugins, '/var/lib/kubelet'];
  for (const directory of ours) await rmdir(directory).catch(() => {}); // goes only where nobody else uses it
}

async function shimSocketsOf(dir: string): Promise<string[]> {
  const tasks = join(dir, 'containerd/state/io.containerd.runtime.v2.task/k8s.io');
  const addresses = (await namesIn(tasks)).map(id =>
    readFile(join(tasks, id, 'address'), 'utf8').catch(() => ''),
  );
  return (await Promise.all(addresses))
    .map(address => address.trim().replace(/^unix:\/\//, ''))
    .filter(path => path.startsWith('/run/containerd/s/'));
}

/** Every kubelet of a machine binds the same socket, the last one wins; a dead one's stays. */
function listening(socket: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = connect(socket);
  probe.once('connect', () => {
    probe.destroy();
    resolve(true);
  });
  probe.once('error', () => resolve(false));
  return promise;
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}
