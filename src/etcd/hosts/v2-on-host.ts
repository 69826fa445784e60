import { saidBy } from '#remote/errors.ts';
import type { Host } from '#remote/host.ts';
import { raise } from '../errors.ts';
import type { DataDirectory } from '../v2/data-directory.ts';
import { findEtcdctl } from './etcdctl.ts';
import type { MemberOnHost } from './member-on-host.ts';
import { type HostScratch, requireRoomOn } from './scratch.ts';

/** A member's data directory on a host, to be asked whether it holds v2 data. */
export function dataDirectoryOn(host: Host, directory: string, signal?: AbortSignal): DataDirectory {
  return {
    async names(path) {
      const { code, stdout, stderr } = await host.run(['ls', '-A', '--', `${directory}/${path}`], { signal });
      if (code !== 0) throw new Error(saidBy(stderr));
      return stdout.toString().split('\n').filter(Boolean);
    },
    read: (path, limit) => host.readFile(`${directory}/${path}`, { limit, signal }),
  };
}

interface V2Options {
  readonly scratch: HostScratch;
  readonly member: MemberOnHost;
  readonly signal?: AbortSignal | undefined;
}

/** What `etcdctl backup` wrote, or why there is none: etcdctl without that command only shows its help. */
const output = `
[ -d "$d/v2/member" ] || { echo 'etcdctl has no command "backup"' >&2; exit 1; }
tar --create --file=- --format=pax --numeric-owner --directory="$d" -- v2
`;

/**
 * The v2 data of a member as a tar of what `etcdctl backup` makes of its data directory, without the database of v3, which the
 * snapshot holds. It is written on the host, beside the data where etcdctl is in a container, and removed again. The copy has lost the
 * member's identity: a cluster begins anew with it (`--force-new-cluster`).
 *
 * @throws `etcd.host-v2-backup`, `etcd.host-no-etcdctl`, `etcd.host-no-space`, `etcd.host-stalled`, `remote.*`
 */
export async function* v2Backup({ scratch, member, signal }: V2Options): AsyncGenerator<Buffer> {
  const { host } = scratch;
  const etcdctl = await findEtcdctl(host, signal);
  const within = etcdctl.scratchFor(member);
  const needed = await bytesOfV2(host, member, signal);
  if (needed !== undefined) await requireRoomOn(host, within, { needed, signal });
  yield* scratch.read({
    within,
    prefix: 'hozon-v2',
    fill: directory =>
      etcdctl.command(['backup', '--data-dir', member.dataDir, '--backup-dir', `${directory}/v2`], {
        ETCDCTL_API: '2',
      }),
    output,
    called: 'etcdctl backup',
    failure: ({ stderr }) => raise['host-v2-backup']({ host: host.name, reason: saidBy(stderr) }),
    signal,
  });
}

/** As much as its log and its snapshots of the v2 store take; `undefined` where they cannot be seen: etcdctl will tell. */
async function bytesOfV2(
  host: Host,
  { dataDir }: MemberOnHost,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const command = ['du', '-sk', '--exclude=db', '--', `${dataDir}/member`];
  const { code, stdout } = await host.run(command, { signal });
  const [, size] = /^(\d+)\s/.exec(stdout.toString()) ?? [];
  return code === 0 && size !== undefined ? Number(size) * 1024 : undefined;
}
