import { randomBytes } from 'node:crypto';
import { saidBy } from '#remote/errors.ts';
import type { Host } from '#remote/host.ts';
import { raise } from '../errors.ts';
import type { DataDirectory } from '../v2/data-directory.ts';
import { findEtcdctl } from './etcdctl.ts';
import type { MemberOnHost } from './member-on-host.ts';

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
  readonly host: Host;
  readonly member: MemberOnHost;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The v2 data of a member as a tar of what `etcdctl backup` makes of its data directory, without the database of v3, which the
 * snapshot holds. It is written beside the data and removed again. The copy has lost the member's identity: a
 * cluster begins anew with it (`--force-new-cluster`).
 *
 * @throws `etcd.host-v2-backup`, `etcd.host-no-etcdctl`, `remote.*`
 */
export async function* v2Backup({ host, member, signal }: V2Options): AsyncGenerator<Buffer> {
  const etcdctl = await findEtcdctl(host, signal);
  const base = etcdctl.where === 'container' ? member.dataDir : '/var/tmp';
  const copy = `${base}/hozon-v2-${randomBytes(8).toString('hex')}`;
  const command = etcdctl.command(['backup', '--data-dir', member.dataDir, '--backup-dir', `${copy}/v2`], {
    ETCDCTL_API: '2',
  });
  try {
    for (const each of [['mkdir', '-m', '700', '--', copy], command]) {
      const { code, stdout, stderr } = await host.run(each, { signal });
      const reason = saidBy(stderr || stdout.toString());
      if (code !== 0) throw raise['host-v2-backup']({ host: host.name, reason });
    }
    if ((await host.run(['test', '-d', `${copy}/v2/member`], { signal })).code !== 0) {
      throw raise['host-v2-backup']({ host: host.name, reason: 'etcdctl has no command `backup`' });
    }
    yield* host.readTree(['v2'], { base: copy, signal });
  } finally {
    await host.run(['rm', '-rf', '--', copy], { signal: AbortSignal.timeout(60_000) });
  }
}
