import type { ClusterState } from '../status/cluster-state.ts';
import type { EndpointState } from '../status/endpoint-state.ts';

/** An endpoint whose member has said what it is. */
export type AnsweringEndpoint = EndpointState & { readonly status: NonNullable<EndpointState['status']> };

/**
 * The member to take the snapshot of: one without an alarm before one with, a voter before a learner, one that reaches the quorum before
 * one that does not, a follower before the leader, which has more to do; of equals the one that has most of the log, then the
 * first. `undefined` where none answers.
 */
export function chooseMember({ endpoints, alarms }: ClusterState): AnsweringEndpoint | undefined {
  const corrupt = new Set(alarms.filter(({ alarm }) => alarm !== 'NOSPACE').map(({ memberId }) => memberId));
  const rank = ({ status, tookMs }: AnsweringEndpoint): readonly bigint[] => [
    corrupt.has(status.header.memberId) ? 1n : 0n,
    status.isLearner ? 1n : 0n,
    tookMs === undefined ? 1n : 0n,
    status.leader === status.header.memberId ? 1n : 0n,
    -status.raftAppliedIndex,
  ];
  return endpoints.filter(isAnswering).toSorted((a, b) => compare(rank(a), rank(b)))[0];
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
