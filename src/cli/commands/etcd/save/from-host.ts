import { nameInFiles } from '#etcd/hosts/host-files.ts';
import { hostSource } from '#etcd/hosts/host-source.ts';
import { type FoundMember, findMembers, type HostFailure } from '#etcd/hosts/members.ts';
import { type HostScratch, hostScratch } from '#etcd/hosts/scratch.ts';
import type { SnapshotSource } from '#etcd/save/source.ts';
import type { VerifyFinding } from '#etcd/snapshot/verify.ts';
import type { Host } from '#remote/host.ts';
import { sshHost } from '#remote/ssh.ts';
import { expandHome } from '../../../config/path.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import { reasonOf } from '../../../reason.ts';
import { longName, say } from '../../../spec.ts';
import { accessFlags } from '../access-flags.ts';
import { hostFlags } from './host-flags.ts';
import type { SaveInput } from './target.ts';

/** A host whose member was found, and where copies of its data may lie while they are read. */
export interface HostOnHand extends FoundMember {
  readonly scratch: HostScratch;
}

export interface HostsReached extends AsyncDisposable {
  readonly source: SnapshotSource;
  readonly found: readonly HostOnHand[];
  /** The one that the source is of. */
  readonly chosen: HostOnHand;
  readonly failures: readonly HostFailure[];
  readonly doubts: readonly VerifyFinding[];
  /** Waits until nothing of what was begun is left on the hosts, for a bounded time; disposal does so. */
  settled(): Promise<void>;
}

/** Beside pods and endpoints these flags mean what they mean beside hosts. */
const everywhere: ReadonlySet<string> = new Set(['stallTimeout']);

/** Refuses what is about a host where none is meant. @throws `cli.missing-flag` */
export function refuseHostFlags({ flags }: SaveInput): void {
  const foreign = (Object.keys(hostFlags) as (keyof typeof hostFlags)[]).find(
    key => flags[key] !== undefined && flags[key] !== false && !everywhere.has(key),
  );
  if (foreign === undefined) return;
  throw cliErrors.raise['missing-flag']({ flags: ['--host', `--${longName(foreign)}`] });
}

/** The members on the hosts that the flags mean, and the best of them. */
export async function reachHosts({ flags }: SaveInput, context: Context): Promise<HostsReached> {
  const foreign = otherWays.find(key => flags[key] !== undefined);
  if (foreign !== undefined) {
    throw cliErrors.raise['conflicting-flags']({ flags: ['--host', `--${longName(foreign)}`] });
  }
  const hosts = openHosts(flags, context);
  const onLeft = (host: Host) => (path: string, thrown: unknown) =>
    context.note(left(host.name, path, thrown));
  const scratches = new Map<Host, HostScratch>();
  for (const host of hosts) {
    scratches.set(host, hostScratch(host, { onLeft: onLeft(host), stallMs: flags.stallTimeout }));
  }
  const settled = async (): Promise<void> => {
    await Promise.all([...scratches.values()].map(each => each.settled()));
  };
  const dispose = async (): Promise<void> => {
    await settled();
    await Promise.all(hosts.map(host => host[Symbol.asyncDispose]()));
  };
  try {
    const members = await findMembers(hosts, context.signal);
    const onHand = (member: FoundMember): HostOnHand => ({
      ...member,
      scratch: scratches.get(member.host) ?? hostScratch(member.host),
    });
    const chosen = onHand(members.chosen);
    const { failures, doubts } = members;
    return {
      source: hostSource(chosen),
      chosen,
      found: members.found.map(each => (each === members.chosen ? chosen : onHand(each))),
      failures,
      doubts,
      settled,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (thrown) {
    await dispose();
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

/** Nothing is connected yet. @throws `cli.bad-value`, `remote.destination-invalid` */
function openHosts(flags: SaveInput['flags'], context: Context): readonly Host[] {
  const { host: given = [], sshPort, jump, sudo } = flags;
  const names = given.map(nameInFiles);
  const again = given.find((_, at) => names.indexOf(names[at] ?? '') !== at);
  if (again !== undefined) {
    throw cliErrors.raise['bad-value']({ flag: '--host', given: again, expected: 'HOST, once for each' });
  }
  requirePort('--ssh-port', sshPort);
  const file = (path: string | undefined) => path && expandHome(path, context.env);
  const [identityFile, knownHostsFile] = [file(flags.identityFile), file(flags.knownHosts)];
  return given.map(name => {
    const [, destination = name, digits] = /^([^:]+|.*\])(?::(\d+))$/.exec(name) ?? [];
    const port = digits === undefined ? sshPort : Number(digits);
    requirePort('--host', port);
    return sshHost({
      name,
      destination: unbracketed(destination),
      port,
      identityFile,
      knownHostsFile,
      jump,
      sudo,
    });
  });
}

/** An address of IPv6 stands in brackets before a port, and OpenSSH takes it without. */
function unbracketed(destination: string): string {
  return destination.replace(/\[([^\]]*)\]$/, '$1');
}

/** @throws `cli.bad-value` */
function requirePort(flag: string, port: number | undefined): void {
  if (port === undefined || (port >= 1 && port <= 65_535)) return;
  throw cliErrors.raise['bad-value']({ flag, given: String(port), expected: '1–65535' });
}

function left(host: string, path: string, thrown: unknown) {
  const reason = reasonOf(thrown);
  return say(
    `${path} is left on ${host}; remove it there: ${reason.en()}`,
    `${host} に ${path} が残っています。ホスト上で削除してください: ${reason.ja()}`,
  );
}
