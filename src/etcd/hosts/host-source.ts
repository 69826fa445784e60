import { randomBytes } from 'node:crypto';
import { remoteErrors, saidBy } from '#remote/errors.ts';
import type { Argument, Host } from '#remote/host.ts';
import { raise } from '../errors.ts';
import type { SnapshotSource } from '../save/source.ts';
import { accessOf, type Etcdctl, findEtcdctl } from './etcdctl.ts';
import type { MemberOnHost } from './member-on-host.ts';

export interface HostSourceOptions {
  readonly host: Host;
  readonly member: MemberOnHost;
  /** Told of what could not be removed from the host again. */
  readonly onLeft?: ((path: string, thrown: unknown) => void) | undefined;
}

/**
 * A member on a host, by etcdctl there or in its container: it writes the snapshot on the host, in a directory that only the
 * user can enter (in a container beside the data, which the host sees under the same path); it is then read and removed.
 *
 * @throws (its stream) `etcd.host-no-etcdctl`, `etcd.host-no-space`, `remote.*`
 */
export function hostSource(options: HostSourceOptions): SnapshotSource {
  const { host } = options;
  return {
    describe: `host ${host.name}`,
    async *open({ signal }) {
      const etcdctl = await findEtcdctl(host, signal);
      await requireRoom(options, etcdctl, signal);
      const directory = `${directoryFor(options, etcdctl)}/hozon-snapshot-${randomBytes(8).toString('hex')}`;
      const path = `${directory}/snapshot.db`;
      try {
        await checked(host, ['mkdir', '-m', '700', '--', directory], signal);
        const access = accessOf(options.member, etcdctl);
        // `snapshot save` waits for ever for a member that does not answer
        await checked(host, etcdctl.command(['endpoint', 'status', '--command-timeout=10s'], access), signal);
        await checked(host, etcdctl.command(['snapshot', 'save', path], access), signal);
        yield* contentOf(host, path, signal);
      } finally {
        await remove(options, directory);
      }
    },
  };
}

/** A container sees the data directory of the host, and nothing else that is sure to be there. */
function directoryFor({ member }: HostSourceOptions, { where }: Etcdctl): string {
  return where === 'container' ? member.dataDir : '/var/tmp';
}

/** Room for the database, and once more beside the data, because etcd goes on writing while the snapshot lies there. */
async function requireRoom(
  options: HostSourceOptions,
  etcdctl: Etcdctl,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { host, member } = options;
  const directory = directoryFor(options, etcdctl);
  const database = `${member.dataDir}/member/snap/db`;
  const stat = await host.run(['stat', '-c', '%s', '--', database], { signal });
  const size = Number(stat.stdout.toString().trim());
  if (stat.code !== 0 || !Number.isSafeInteger(size)) return; // it cannot be seen with these rights: etcdctl will tell
  const table = await checked(host, ['df', '-Pk', '--', directory], signal);
  const free = Number(table.trim().split('\n').at(-1)?.split(/\s+/)[3]) * 1024;
  const needed = etcdctl.where === 'container' ? 2 * size : size;
  if (free < needed) throw raise['host-no-space']({ host: host.name, directory, needed, free });
}

async function checked(
  host: Host,
  command: readonly Argument[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const { code, stdout, stderr } = await host.run(command, { signal });
  if (code === 0) return stdout.toString();
  throw failure(host, command, { code, stderr });
}

function failure(
  host: Host,
  command: readonly Argument[],
  { code, stderr }: { code: number; stderr: string },
): Error {
  const shown = command.filter(word => !/^(env$|ETCDCTL_)/.test(String(word))).join(' ');
  return remoteErrors.raise['command-failed']({
    host: host.name,
    command: shown,
    code,
    said: saidBy(stderr),
  });
}

async function* contentOf(host: Host, path: string, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const command = ['cat', '--', path];
  const { stdout, ended } = host.stream(command, { signal });
  yield* stdout;
  const ending = await ended;
  if (ending.code !== 0) throw failure(host, command, ending);
}

/** Milliseconds that the removal may take: it is tried even after an abort. */
const removalTimeout = 60_000;

async function remove({ host, onLeft }: HostSourceOptions, directory: string): Promise<void> {
  try {
    await checked(host, ['rm', '-rf', '--', directory], AbortSignal.timeout(removalTimeout));
  } catch (thrown) {
    onLeft?.(directory, thrown);
  }
}
