import { cp, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { claimInstance, type Instance } from '../cluster/instance.ts';
import { untilReady } from '../cluster/readiness.ts';
import { ensureDebianPackages } from '../debian.ts';
import { testbedErrors } from '../errors.ts';
import { type Narrate, silent } from '../narration.ts';
import { type Daemon, runOk } from '../processes.ts';
import { allowSudo, layOutRoot } from './root.ts';
import { sshdDirectory } from './sshd-program.ts';

export interface SshHostOptions {
  /** Its own name for itself; `host-0` unless given. */
  readonly hostname?: string;
  /** Programs that it has in `/usr/local/bin`, by name: paths on this machine. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Directories of this machine that lie in its file tree, by their absolute paths there. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** `core` may become root by the real `sudo`, without a password. */
  readonly sudo?: boolean;
  readonly narrate?: Narrate;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A host of its own, reached over SSH on loopback: a real sshd with its own file tree, users, processes and name, and
 * this machine's programs and network. Users are `root`, `core` (no rights) and `shut` (may log in, has no shell).
 */
export interface TestbedHost extends AsyncDisposable {
  readonly address: '127.0.0.1';
  readonly port: number;
  /** The private key that all its users accept. */
  readonly identityFile: string;
  /** A file with its host key. */
  readonly knownHostsFile: string;
  /** An empty configuration of SSH, in place of that of whoever runs a test. */
  readonly configurationFile: string;
  /** Its `/` on this machine, without what is mounted there. */
  readonly root: string;
  /** A directory beside it, for what a test makes. */
  readonly dir: string;
  /** Ends sshd and every process of the host at once, as a power failure does. */
  crash(): Promise<void>;
  /** Starts it again after {@link crash}. */
  start(): Promise<void>;
}

/** Starts a host; disposing of it ends everything on it and removes its files. Needs root. */
export async function startSshHost(options: SshHostOptions = {}): Promise<TestbedHost> {
  const { narrate = silent, signal } = options;
  if (process.getuid?.() !== 0) throw testbedErrors.raise['needs-root']({ what: 'A host of the testbed' });
  const packages = [
    'openssh-client',
    'util-linux',
    ...(options.sudo === true ? (['sudo'] as const) : []),
  ] as const;
  await ensureDebianPackages(packages, { narrate, signal });
  const sshd = await sshdDirectory(narrate, signal);
  const instance = await claimInstance(narrate);
  try {
    const host = await hostOn(instance, sshd, options);
    await host.start();
    return host;
  } catch (thrown) {
    await instance.release();
    throw thrown;
  }
}

async function hostOn(instance: Instance, sshd: string, options: SshHostOptions): Promise<TestbedHost> {
  const root = join(instance.dir, 'root');
  const port = instance.port(0);
  const keys = join(instance.dir, 'keys');
  await layOutRoot(root, port);
  if (options.sudo === true) await allowSudo(root);
  await mkdir(keys, { mode: 0o700 });
  await makeKeys(root, keys, port);
  await cp(sshd, join(root, 'opt/openssh'), { recursive: true, verbatimSymlinks: true });
  const mounts = await mountsOf(instance, root, options);
  let daemon: Daemon | undefined;
  return {
    address: '127.0.0.1',
    port,
    identityFile: join(keys, 'user_key'),
    knownHostsFile: join(keys, 'known_hosts'),
    configurationFile: join(keys, 'config'),
    root,
    dir: instance.dir,
    async start() {
      daemon = await instance.startDaemon({ name: 'sshd', command: command(root, mounts, options) });
      await untilReady(() => answers(port), { what: 'sshd', daemons: [daemon], signal: options.signal });
    },
    crash: async () => daemon?.stop({ signal: 'SIGKILL' }),
    [Symbol.asyncDispose]: () => instance.release(),
  };
}

async function makeKeys(root: string, keys: string, port: number): Promise<void> {
  const hostKey = join(root, 'etc/ssh/host_key');
  const userKey = join(keys, 'user_key');
  const make = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'testbed', '-f'];
  await runOk([...make, hostKey]);
  await runOk([...make, userKey]);
  await cp(`${userKey}.pub`, join(root, 'etc/ssh/authorized_keys'));
  const key = await runOk(['ssh-keygen', '-y', '-f', hostKey]);
  await writeFile(join(keys, 'known_hosts'), `[127.0.0.1]:${port} ${key}`);
  await writeFile(join(keys, 'config'), '');
}

/** Pairs of what is mounted and where. */
async function mountsOf(instance: Instance, root: string, options: SshHostOptions): Promise<string[]> {
  const programs = join(instance.dir, 'programs');
  await mkdir(programs, { mode: 0o755 });
  for (const [name, path] of Object.entries(options.programs ?? {})) await cp(path, join(programs, name));
  const own = Object.entries({ ...options.mounts, '/usr/local/bin': programs });
  for (const [at] of own) if (!at.startsWith('/usr/')) await mkdir(join(root, at), { recursive: true });
  return own.flatMap(([at, from]) => [from, join(root, at)]);
}

/**
 * Mounts are in a namespace of the host's own and gone with it; it is the first process of a namespace of processes,
 * and all of them are killed with it.
 */
const boot = `
set -e
root=$1 name=$2
shift 2
hostname "$name"
mount --rbind /usr "$root/usr"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
while [ $# -gt 0 ]; do
  mount --bind "$1" "$2"
  shift 2
done
exec chroot "$root" env -i LD_LIBRARY_PATH=/opt/openssh /opt/openssh/sshd -D -e -f /etc/ssh/sshd_config
`;

function command(root: string, mounts: readonly string[], { hostname = 'host-0' }: SshHostOptions): string[] {
  const apart = [
    'unshare',
    '--mount',
    '--uts',
    '--pid',
    '--fork',
    '--kill-child=KILL',
    '--propagation=private',
  ];
  return [...apart, '--', '/bin/sh', '-c', boot, 'sh', root, hostname, ...mounts];
}

/** Whether an SSH server greets at the port. */
function answers(port: number): Promise<true | string> {
  const { promise, resolve } = Promise.withResolvers<true | string>();
  const socket = connect(port, '127.0.0.1');
  socket.once('data', bytes => resolve(bytes.toString().startsWith('SSH-') || 'it is no SSH server'));
  socket.once('error', thrown => resolve(thrown.message)).once('end', () => resolve('it hung up'));
  socket.setTimeout(10_000, () => resolve('it says nothing'));
  return promise.finally(() => socket.destroy());
}
