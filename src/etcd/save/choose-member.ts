import { say } from '#foundation/language.ts';
import type { Alarm } from '../client/connection.ts';
import type { VerifyFinding } from '../snapshot/verify.ts';
import type { ClusterState } from '../status/cluster-state.ts';
import type { EndpointState } from '../status/endpoint-state.ts';

/** An endpoint whose member has said what it is. */
export type AnsweringEndpoint = EndpointState & { readonly status: NonNullable<EndpointState['status']> };

/**
 * The member to take the snapshot of, a voter: one without an alarm before one with, one that reaches the quorum before
 * one that does not, a follower before the leader, which has more to do; of equals the one that has most of the log, then the
 * first. `undefined` where none answers, or only learners do, which may not have all of the data.
 */
export function chooseMember(state: ClusterState): AnsweringEndpoint | undefined {
  const rank = (endpoint: AnsweringEndpoint): readonly bigint[] => ranked(endpoint, state);
  const voters = state.endpoints.filter(isAnswering).filter(({ status }) => !status.isLearner);
  return voters.toSorted((a, b) => compare(rank(a), rank(b)))[0];
}

/**
 * Why the data of a member cannot be trusted, although it can be taken: it has raised an alarm about it, or an alarm has been raised
 * about data of which nobody knows whose is wrong.
 */
export function doubtsOf({ status }: AnsweringEndpoint, { alarms }: ClusterState): VerifyFinding[] {
  return alarms.filter(each => isAbout(each, status.header.memberId)).map(({ alarm }) => doubt(alarm));
}

function ranked(endpoint: AnsweringEndpoint, state: ClusterState): readonly bigint[] {
  const { status, tookMs } = endpoint;
  return [
    doubtsOf(endpoint, state).length > 0 ? 1n : 0n,
    tookMs === undefined ? 1n : 0n,
    status.leader === status.header.memberId ? 1n : 0n,
    -status.raftAppliedIndex,
  ];
}

/** The member 0 is etcd's for one that it could not find out. */
function isAbout({ alarm, memberId }: Alarm, member: string): boolean {
  return alarm !== 'NOSPACE' && (memberId === member || memberId === '0');
}

function doubt(alarm: string): VerifyFinding {
  return {
    severity: 'unproven',
    text: say(
      `the member had raised the alarm ${alarm} when it was taken: what it holds may differ from what the other members hold`,
      `取得時にメンバーで ${alarm} アラームが発生していました。内容がほかのメンバーと異なる可能性があります`,
    ),
  };
}

function isAnswering(endpoint: EndpointState): endpoint is AnsweringEndpoint {
  return endpoint.status !== undefined;
}

function compare(a: readonly bigint[], b: readonly bigint[]): number {
  for (const [at, one] of a.entries()) {
    const other = b[at] ?? 0n;
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}
