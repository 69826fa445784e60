import type { Clock } from '#foundation/clock.ts';
import type { KubeApi } from '#kube/api.ts';
import { type HostedCluster, type HostedClusterKey, readHostedCluster } from '../hosted-cluster.ts';
import { askMembers } from './ask-members.ts';
import { judgeControlPlane } from './control-plane.ts';
import type { SoundnessFinding } from './finding.ts';
import { judgeHostedApi } from './hosted-api.ts';
import { type DataComparison, isSplit, judgeData, judgeMembers } from './judge-members.ts';
import type { MemberAnswer } from './member-answer.ts';

/** `sound`: all of it was looked at, and nothing is wrong. */
export type SoundnessVerdict = 'sound' | 'unproven' | 'unsound';

/** What a hosted cluster is like. */
export interface VerifiedCluster {
  readonly cluster: HostedCluster;
  readonly verdict: SoundnessVerdict;
  /** The gravest first. */
  readonly findings: readonly SoundnessFinding[];
  readonly members: readonly MemberAnswer[];
  readonly data: DataComparison;
}

/**
 * Asks every member of etcd on its own, the objects of the control plane, and the hosted API: what conditions say does not tell whether the
 * members are one cluster. Nothing is changed.
 *
 * @throws `hosted-cluster.no-hypershift`, `hosted-cluster.not-found`, what the management cluster answers
 */
export async function verifyHostedCluster(
  api: KubeApi,
  key: HostedClusterKey,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<VerifiedCluster> {
  const cluster = await readHostedCluster(api, key, { signal });
  const { answers, data } = await askMembers(api, cluster, { clock, signal });
  const answered = answers.filter(({ memberId }) => memberId !== undefined);
  const wanted = cluster.etcdReplicas;
  const isOneCluster = wanted > 1 && !isSplit(answered, wanted);
  const findings = [
    ...judgeMembers(answers, wanted),
    ...(isOneCluster ? [judgeData(data)] : []),
    ...(await judgeControlPlane(api, cluster, { now: clock.now(), signal })),
    ...(await judgeHostedApi(api, cluster, signal)),
  ].toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  return { cluster, verdict: verdictOf(findings), findings, members: answers, data };
}

const order: readonly SoundnessFinding['severity'][] = ['unsound', 'unknown', 'note'];

function verdictOf(findings: readonly SoundnessFinding[]): SoundnessVerdict {
  if (findings.some(({ severity }) => severity === 'unsound')) return 'unsound';
  return findings.some(({ severity }) => severity === 'unknown') ? 'unproven' : 'sound';
}
