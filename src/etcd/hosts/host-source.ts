import { remoteErrors, saidBy } from '#remote/errors.ts';
import type { Argument, Ending, Host } from '#remote/host.ts';
import type { SnapshotSource } from '../save/source.ts';
import { accessOf, type Etcdctl, findEtcdctl } from './etcdctl.ts';
import type { MemberOnHost } from './member-on-host.ts';
import { type HostScratch, requireRoomOn } from './scratch.ts';

export interface HostSourceOptions {
  readonly scratch: HostScratch;
  readonly member: MemberOnHost;
}

/**
 * A member on a host, by etcdctl there or in its container: it writes the snapshot on the host, in a directory that only the
 * user can enter (in a container beside the data, which the host sees under the same path); it is then read and removed.
 * Wait for `scratch.settled()` before the host is disposed of.
 *
 * @throws (its stream) `etcd.host-no-etcdctl`, `etcd.host-no-space`, `etcd.host-stalled`, `remote.*`
 */
export function hostSource({ scratch, member }: HostSourceOptions): SnapshotSource {
  const { host } = scratch;
  return {
    describe: `host ${host.name}`,
    async *open({ signal }) {
      const etcdctl = await findEtcdctl(host, signal);
      const within = etcdctl.scratchFor(member);
      await requireRoom({ host, member, etcdctl, within }, signal);
      const access = accessOf(member, etcdctl);
      // `snapshot save` waits for ever for a member that does not answer
      const status = etcdctl.command(['endpoint', 'status', '--command-timeout=10s'], access);
      const answered = await host.run(status, { signal });
      if (answered.code !== 0) throw failure(host, status, answered);
      // a read through the quorum: the member then has every change that was acknowledged before
      await host.run(etcdctl.command(['endpoint', 'health', '--command-timeout=10s'], access), { signal });
      const save = (path: string) => etcdctl.command(['snapshot', 'save', path], access);
      yield* scratch.read({
        within,
        prefix: 'hozon-snapshot',
        fill: directory => save(`${directory}/snapshot.db`),
        output: 'cat -- "$d/snapshot.db"',
        called: 'etcdctl snapshot save',
        failure: ending => failure(host, save('FILE'), ending),
        signal,
      });
    },
  };
}

interface Place {
  readonly host: Host;
  readonly member: MemberOnHost;
  readonly etcdctl: Etcdctl;
  readonly within: string;
}

/** Room for the database, and once more beside the data, because etcd goes on writing while the snapshot lies there. */
async function requireRoom(
  { host, member, etcdctl, within }: Place,
  signal: AbortSignal | undefined,
): Promise<void> {
  const database = `${member.dataDir}/member/snap/db`;
  const stat = await host.run(['stat', '-c', '%s', '--', database], { signal });
  const size = Number(stat.stdout.toString().trim());
  if (stat.code !== 0 || !Number.isSafeInteger(size)) return; // it cannot be seen with these rights: etcdctl will tell
  await requireRoomOn(host, within, { needed: etcdctl.where === 'container' ? 2 * size : size, signal });
}

function failure(host: Host, command: readonly Argument[], { code, stderr }: Ending): Error {
  const shown = command.filter(word => !/^(env$|ETCDCTL_)/.test(String(word))).join(' ');
  return remoteErrors.raise['command-failed']({
    host: host.name,
    command: shown,
    code,
    said: saidBy(stderr),
  });
}
