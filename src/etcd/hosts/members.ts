import { HozonError } from '#foundation/errors.ts';
import type { Host } from '#remote/host.ts';
import { raise } from '../errors.ts';
import { chooseMember, doubtsOf } from '../save/choose-member.ts';
import type { VerifyFinding } from '../snapshot/verify.ts';
import { stateOf } from '../status/cluster-state.ts';
import type { EndpointState } from '../status/endpoint-state.ts';
import { findMember, type MemberOnHost } from './member-on-host.ts';
import { memberStatusOn } from './member-status.ts';

/** A host whose member was found. */
export interface FoundMember {
  readonly host: Host;
  readonly member: MemberOnHost;
  /** What the member says of itself, or why it says nothing. */
  readonly status: EndpointState;
}

/** A host of which something is missing, and why. */
export interface HostFailure {
  readonly host: string;
  /** Never empty; each says something else. */
  readonly errors: readonly HozonError[];
}

/** The failures, and one more: each host is among them once. */
export function withFailure(
  failures: readonly HostFailure[],
  host: string,
  error: HozonError,
): readonly HostFailure[] {
  const at = failures.findIndex(each => each.host === host);
  const errors = failures[at]?.errors ?? [];
  if (errors.some(({ message }) => message === error.message)) return failures;
  const failure = { host, errors: [...errors, error] };
  return at < 0 ? [...failures, failure] : failures.with(at, failure);
}

export interface HostMembers {
  readonly found: readonly FoundMember[];
  /** Hosts that were not reached or have no member, and members that said nothing. */
  readonly failures: readonly HostFailure[];
  /** The one whose snapshot is the best that can be had. */
  readonly chosen: FoundMember;
  /** Why the data of the chosen one cannot be trusted. */
  readonly doubts: readonly VerifyFinding[];
}

/**
 * Finds the members of hosts, asks each how it is, and takes the best. Hosts that fail are part of the answer as long as one can be taken.
 *
 * @throws `etcd.save-several-clusters`, `etcd.hosts-one-member`, `etcd.save-learner`; what is wrong with the first host where none
 * can be taken: `remote.*`, `etcd.host-*`
 */
export async function findMembers(hosts: readonly Host[], signal?: AbortSignal): Promise<HostMembers> {
  const looked = await Promise.all(hosts.map(host => look(host, signal)));
  const found = looked.filter(each => 'member' in each);
  const failures = looked.flatMap((each): HostFailure[] => {
    if ('errors' in each) return [each];
    return each.status.error === undefined ? [] : [{ host: each.host.name, errors: [each.status.error] }];
  });
  const state = stateOf(
    found.map(({ status }) => status),
    undefined,
  );
  if (state.clusterIds.length > 1) throw raise['save-several-clusters']({ clusterIds: state.clusterIds });
  requireDistinct(found);
  const best = chooseMember(state);
  const chosen = found.find(({ status }) => status === best);
  if (best !== undefined && chosen !== undefined)
    return { found, failures, chosen, doubts: doubtsOf(best, state) };
  const learners = found.filter(({ status }) => status.status?.isLearner === true);
  if (learners.length > 0) throw raise['save-learner']({ endpoints: learners.map(({ host }) => host.name) });
  throw failures[0]?.errors[0] ?? new Error('no hosts');
}

async function look(host: Host, signal: AbortSignal | undefined): Promise<FoundMember | HostFailure> {
  try {
    const member = await findMember(host, { signal });
    return { host, member, status: await memberStatusOn(host, member, signal) };
  } catch (thrown) {
    signal?.throwIfAborted();
    if (!(thrown instanceof HozonError)) throw thrown;
    return { host: host.name, errors: [thrown] };
  }
}

/** Two names of one host would look as if two members were saved. */
function requireDistinct(found: readonly FoundMember[]): void {
  const hosts = new Map<string, string>();
  for (const { host, status } of found) {
    const id = status.status?.header.memberId;
    const other = id === undefined ? undefined : hosts.get(id);
    if (other !== undefined) throw raise['hosts-one-member']({ hosts: [other, host.name] });
    if (id !== undefined) hosts.set(id, host.name);
  }
}
