import { hostFiles } from '#etcd/hosts/host-files.ts';
import { hostSource } from '#etcd/hosts/host-source.ts';
import { findMember, type MemberOnHost } from '#etcd/hosts/member-on-host.ts';
import { type HostScratch, hostScratch } from '#etcd/hosts/scratch.ts';
import type { Saved } from '#etcd/save/sink.ts';
import type { SnapshotSource } from '#etcd/save/source.ts';
import type { V2Answer } from '#etcd/v2/v2-data.ts';
import { sshHost } from '#remote/ssh.ts';
import { expandHome } from '../../../config/path.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import { reasonOf } from '../../../reason.ts';
import { longName, say } from '../../../spec.ts';
import { accessFlags } from '../access-flags.ts';
import { hostFlags } from './host-flags.ts';
import { type SaveInput, targetOf } from './target.ts';

export interface HostReached extends AsyncDisposable {
  readonly source: SnapshotSource;
  readonly scratch: HostScratch;
  readonly member: MemberOnHost;
  /** Waits until nothing of what was begun is left on the host, for a bounded time; disposal does so. */
  settled(): Promise<void>;
}

/** What lies on the host beside the snapshot. */
export interface HostKept {
  readonly files: readonly Saved[];
  /** Whether there is v2 data, where it was looked for. */
  readonly v2: V2Answer | undefined;
}

/** Refuses what is about a host where none is meant. @throws `cli.missing-flag` */
export function refuseHostFlags({ flags }: SaveInput): void {
  const foreign = (Object.keys(hostFlags) as (keyof typeof hostFlags)[]).find(
    key => flags[key] !== undefined && flags[key] !== false,
  );
  if (foreign === undefined) return;
  throw cliErrors.raise['missing-flag']({ flags: ['--host', `--${longName(foreign)}`] });
}

/** The member on the host that the flags mean. */
export async function reachHost({ flags }: SaveInput, context: Context): Promise<HostReached> {
  const foreign = otherWays.find(key => flags[key] !== undefined);
  if (foreign !== undefined) {
    throw cliErrors.raise['conflicting-flags']({ flags: ['--host', `--${longName(foreign)}`] });
  }
  requirePort(flags.sshPort);
  const file = (path: string | undefined) => path && expandHome(path, context.env);
  const host = sshHost({
    destination: flags.host ?? '',
    port: flags.sshPort,
    identityFile: file(flags.identityFile),
    knownHostsFile: file(flags.knownHosts),
    jump: flags.jump,
    sudo: flags.sudo,
  });
  try {
    const member = await findMember(host, context);
    const onLeft = (path: string, thrown: unknown): void => context.note(left(host.name, path, thrown));
    const scratch = hostScratch(host, { onLeft });
    return {
      source: hostSource({ scratch, member }),
      scratch,
      member,
      settled: () => scratch.settled(),
      async [Symbol.asyncDispose]() {
        await scratch.settled();
        await host[Symbol.asyncDispose]();
      },
    };
  } catch (thrown) {
    await host[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** How a member is reached otherwise. On a host its own files tell its address and certificates. */
const otherWays = [
  ...(Object.keys(accessFlags) as (keyof typeof accessFlags)[]),
  'serverName',
  'pod',
  'container',
  'via',
  'secret',
] as const;

/** @throws `cli.bad-value` */
function requirePort(port: number | undefined): void {
  if (port === undefined || (port >= 1 && port <= 65_535)) return;
  throw cliErrors.raise['bad-value']({ flag: '--ssh-port', given: String(port), expected: '1–65535' });
}

/** Keeps what lies on the host alone, where `--host-files` says. */
export async function saveHostFiles(
  { scratch, member }: HostReached,
  { flags }: SaveInput,
  stamp: string,
  context: Context,
): Promise<HostKept> {
  const { hostFiles: place, force } = flags;
  const { signal } = context;
  if (place === undefined) {
    context.note(notTaken);
    return { files: [], v2: undefined };
  }
  const { files, v2 } = await hostFiles(scratch, member, { stamp, force, signal });
  if (v2.v2Data === 'unknown') context.note(unknown(v2.reason.en(), v2.reason.ja()));
  const here = { ...flags, repo: undefined, name: undefined };
  const saved: Saved[] = [];
  for (const each of files) {
    const { sink, name } = await targetOf({ args: [asDirectory(place)], flags: here }, each.name, context);
    saved.push(await sink.store({ ...each, name }, { signal }));
  }
  return { files: saved, v2 };
}

/** Several files are kept there, each under its own name. */
function asDirectory(place: string): string {
  return place.endsWith('/') || place.includes('://') ? place : `${place}/`;
}

const notTaken = say(
  'Only the snapshot is taken. Take what lies on the host alone with --host-files TARGET.',
  'スナップショットだけを取得します。ホストだけにあるものも取得するには --host-files TARGET を指定してください。',
);

function unknown(en: string, ja: string) {
  return say(`Whether there is v2 data is not known: ${en}`, `v2 データの有無を確認できません: ${ja}`);
}

function left(host: string, path: string, thrown: unknown) {
  const reason = reasonOf(thrown);
  return say(
    `${path} is left on ${host}; remove it there: ${reason.en()}`,
    `${host} に ${path} が残っています。ホスト上で削除してください: ${reason.ja()}`,
  );
}
