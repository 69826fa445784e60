import { say } from '#foundation/language.ts';
import type { Alarm } from '../client/connection.ts';
import type { VerifyFinding } from '../snapshot/verify.ts';
import type { ClusterState } from '../status/cluster-state.ts';
import { majorityIn } from '../status/data-comparison.ts';
import type { EndpointState } from '../status/endpoint-state.ts';

/** An endpoint whose member has said what it is. */
export type AnsweringEndpoint = EndpointState & { readonly status: NonNullable<EndpointState['status']> };

/**
 * The member to take the snapshot of, a voter: one whose data is not in doubt before one whose is, one that reaches the quorum
 * before one that does not, a follower before the leader, which has more to do; of equals the one that has most of the log, then the
 * first. `undefined` where none answers, or only learners do, which may not have all of the data.
 */
export function chooseMember(state: ClusterState): AnsweringEndpoint | undefined {
  const rank = (endpoint: AnsweringEndpoint): readonly bigint[] => ranked(endpoint, state);
  const voters = state.endpoints.filter(isAnswering).filter(({ status }) => !status.isLearner);
  return voters.toSorted((a, b) => compare(rank(a), rank(b)))[0];
}

/**
 * Why the data of a member cannot be trusted, although it can be taken: it has not what most members have, or an alarm has been raised
 * about data, and members were not compared. Such an alarm may name any member but the one that is wrong.
 */
export function doubtsOf({ status }: AnsweringEndpoint, state: ClusterState): VerifyFinding[] {
  const { alarms, comparison, quorum } = state;
  const { memberId } = status.header;
  const majority = majorityIn(comparison, quorum.voters);
  const isRight = majority.includes(memberId);
  if (!isRight && majority.length > 0 && comparison?.groups.flat().includes(memberId) === true)
    return [another];
  return alarms
    .filter(each => (each.alarm === 'CORRUPT' ? !isRight : isAbout(each, memberId)))
    .map(({ alarm }) => doubt(alarm));
}

function ranked(endpoint: AnsweringEndpoint, state: ClusterState): readonly bigint[] {
  const { status, tookMs } = endpoint;
  return [
    doubtsOf(endpoint, state).length > 0 ? 1n : 0n,
    state.alarms.some(each => isAbout(each, status.header.memberId)) ? 1n : 0n,
    tookMs === undefined ? 1n : 0n,
    status.leader === status.header.memberId ? 1n : 0n,
    -status.raftAppliedIndex,
  ];
}

function isAbout({ alarm, memberId }: Alarm, member: string): boolean {
  return alarm !== 'NOSPACE' && memberId === member;
}

function doubt(alarm: string): VerifyFinding {
  return {
    severity: 'unproven',
    text: say(
      `the alarm ${alarm} was raised when it was taken: what this member holds may differ from what the others hold`,
      `取得時に ${alarm} アラームが発生していました。このメンバーの内容がほかのメンバーと異なる可能性があります`,
    ),
  };
}

const another: VerifyFinding = {
  severity: 'unproven',
  text: say(
    'the alarm CORRUPT was raised when it was taken, and this member does not hold what most members hold: do not restore from it while there is another',
    '取得時に CORRUPT アラームが発生しており、このメンバーのデータは過半数のメンバーと一致しません。ほかのスナップショットがあれば、これを復元に使用しないでください',
  ),
};

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
