import { HozonError } from '#foundation/errors.ts';
import { remoteErrors, saidBy } from '#remote/errors.ts';
import type { Host } from '#remote/host.ts';
import type { MemberStatus } from '../client/connection.ts';
import { alarmsIn, type EndpointState } from '../status/endpoint-state.ts';
import { accessOf, findEtcdctl } from './etcdctl.ts';
import type { MemberOnHost } from './member-on-host.ts';

/**
 * What the member of a host says of itself to etcdctl there. What goes wrong is part of the answer; only an abort and programmer errors
 * reject. Whether it reaches the quorum is told by whether it knows a leader.
 */
export async function memberStatusOn(
  host: Host,
  member: MemberOnHost,
  signal?: AbortSignal,
): Promise<EndpointState> {
  const nothing = { members: undefined, alarms: [], tookMs: undefined, certificate: undefined };
  try {
    const status = await ask(host, member, signal);
    const tookMs = status.leader === undefined ? undefined : 0;
    const alarms = alarmsIn(status.errors);
    return { ...nothing, endpoint: host.name, status, alarms, tookMs, error: undefined };
  } catch (thrown) {
    signal?.throwIfAborted();
    if (!(thrown instanceof HozonError)) throw thrown;
    return { ...nothing, endpoint: host.name, status: undefined, error: thrown };
  }
}

async function ask(host: Host, member: MemberOnHost, signal: AbortSignal | undefined): Promise<MemberStatus> {
  const etcdctl = await findEtcdctl(host, signal);
  const words = ['endpoint', 'status', '--command-timeout=10s', '-w', 'json'];
  const { code, stdout, stderr } = await host.run(etcdctl.command(words, accessOf(member, etcdctl)), {
    limit: 1_048_576,
    signal,
  });
  const status = code === 0 ? statusIn(stdout.toString()) : undefined;
  if (status !== undefined) return status;
  const said = saidBy(code === 0 ? stdout.toString() : stderr);
  throw remoteErrors.raise['command-failed']({
    host: host.name,
    command: 'etcdctl endpoint status',
    code,
    said,
  });
}

/** Of `etcdctl endpoint status -w json`, whose numbers have 64 bits; `undefined` where it is not of one member. */
function statusIn(text: string): MemberStatus | undefined {
  const all = parsed(text);
  const status = Array.isArray(all) && all.length === 1 ? fieldOf(all[0], 'Status') : undefined;
  const header = fieldOf(status, 'header');
  const number = (of: unknown, name: string): bigint => {
    const value = fieldOf(of, name);
    return typeof value === 'bigint' ? value : 0n;
  };
  const id = (of: unknown, name: string): string => number(of, name).toString(16);
  if (number(header, 'member_id') === 0n || number(header, 'cluster_id') === 0n) return undefined;
  const leader = id(status, 'leader');
  const [errors, version] = [fieldOf(status, 'errors'), fieldOf(status, 'version')];
  return {
    header: {
      clusterId: id(header, 'cluster_id'),
      memberId: id(header, 'member_id'),
      revision: number(header, 'revision'),
      raftTerm: number(header, 'raft_term'),
    },
    version: typeof version === 'string' ? version : '',
    storageVersion: undefined,
    dbSize: number(status, 'dbSize'),
    dbSizeInUse: number(status, 'dbSizeInUse'),
    dbSizeQuota: undefined,
    leader: leader === '0' ? undefined : leader,
    raftIndex: number(status, 'raftIndex'),
    raftAppliedIndex: number(status, 'raftAppliedIndex'),
    raftTerm: number(status, 'raftTerm'),
    isLearner: fieldOf(status, 'isLearner') === true,
    errors: Array.isArray(errors) ? errors.filter(each => typeof each === 'string') : [],
  };
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

/** Whole numbers as bigints, which JSON's own reading would round. */
function parsed(text: string): unknown {
  const exact = (_: string, value: unknown, { source }: { readonly source?: string } = {}): unknown =>
    typeof value === 'number' && source !== undefined && /^\d+$/.test(source) ? BigInt(source) : value;
  try {
    return JSON.parse(text, exact);
  } catch {
    return undefined;
  }
}
