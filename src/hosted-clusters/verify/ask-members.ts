import type { EtcdTls } from '#etcd/client/connection.ts';
import { type Reached, reachPod } from '#etcd/save/reach.ts';
import type { Clock } from '#foundation/clock.ts';
import { describeThrown, isHozonError } from '#foundation/errors.ts';
import { type Message, say } from '#foundation/language.ts';
import type { KubeApi } from '#kube/api.ts';
import { type HostedCluster, readEtcdPods } from '../hosted-cluster.ts';
import { compareHashes } from '../snapshot/hashes.ts';
import { clientTls, type MemberPod } from '../snapshot/members.ts';
import type { DataComparison } from './judge-members.ts';
import type { MemberAnswer } from './member-answer.ts';

export interface AskOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What the members say, each for itself, and how their data compares. */
export interface MembersAsked {
  readonly answers: readonly MemberAnswer[];
  readonly data: DataComparison;
}

/** Asks the member in every pod on its own. What goes wrong with one is part of the answer. @throws `kube.*` of the pods' list */
export async function askMembers(
  api: KubeApi,
  cluster: HostedCluster,
  options: AskOptions,
): Promise<MembersAsked> {
  const { signal } = options;
  const pods = await readEtcdPods(api, cluster, { signal });
  const tls = await clientTls({ api, cluster }, { signal });
  await using reached = new AsyncDisposableStack();
  const members: MemberPod[] = [];
  const answers: MemberAnswer[] = [];
  for (const { metadata } of pods) {
    const pod = { namespace: cluster.controlPlaneNamespace, name: metadata.name };
    const found = await reachOne(api, { pod, tls }, signal);
    if ('failure' in found) {
      answers.push(silent(metadata.name, found.failure));
      continue;
    }
    reached.use(found);
    answers.push(answerOf(metadata.name, found));
    members.push(memberOf(metadata.name, found));
  }
  if (pods.length === 1 && cluster.etcdReplicas === 1)
    return { answers, data: { outcome: 'not-compared', reason: texts.alone } };
  return { answers, data: await compareData(members, options) };
}

type Request = {
  readonly pod: { readonly namespace: string; readonly name: string };
  readonly tls: EtcdTls | undefined;
};

async function reachOne(
  api: KubeApi,
  request: Request,
  signal: AbortSignal,
): Promise<Reached | { readonly failure: Message }> {
  try {
    return await reachPod(api, request, { signal });
  } catch (thrown) {
    signal.throwIfAborted();
    return { failure: reasonOf(thrown) };
  }
}

function memberOf(pod: string, found: Reached): MemberPod {
  const { source, state, doubts, connect } = found;
  return { pod, source, state, doubts, connect, [Symbol.asyncDispose]: async () => {} };
}

function answerOf(pod: string, { state }: Reached): MemberAnswer {
  const [endpoint] = state?.endpoints ?? [];
  const status = endpoint?.status;
  if (endpoint === undefined || status === undefined) {
    const { error } = endpoint ?? {};
    return silent(pod, error === undefined ? texts.notForwarded : reasonOf(error));
  }
  return {
    pod,
    memberId: status.header.memberId,
    clusterId: status.header.clusterId,
    leader: status.leader,
    revision: Number(status.header.revision),
    version: status.version,
    members: (endpoint.members?.members ?? []).map(({ id, name, isLearner }) => ({ id, name, isLearner })),
    alarms: endpoint.alarms.map(({ alarm }) => alarm),
    reachesQuorum: endpoint.tookMs !== undefined,
  };
}

function silent(pod: string, failure: Message): MemberAnswer {
  return { pod, failure, members: [], alarms: [], reachesQuorum: false };
}

async function compareData(members: readonly MemberPod[], options: AskOptions): Promise<DataComparison> {
  try {
    const found = await compareHashes(members, options);
    if (found === undefined) return { outcome: 'not-compared', reason: texts.tooFew(members.length) };
    return { outcome: 'equal', revision: found.revision, hash: found.hash };
  } catch (thrown) {
    options.signal.throwIfAborted();
    const outcome = isHozonError(thrown, 'hosted-cluster.members-differ') ? 'differs' : 'not-compared';
    return { outcome, reason: reasonOf(thrown) };
  }
}

function reasonOf(thrown: unknown): Message {
  if (isHozonError(thrown)) return { en: () => thrown.explain('en'), ja: () => thrown.explain('ja') };
  const why = describeThrown(thrown);
  return say(why, why);
}

const texts = {
  notForwarded: say(
    'no port can be forwarded into it, so nothing but a snapshot can be had of it',
    'ポートフォワードができないため、状態を確認できません',
  ),
  alone: say(
    'there is one member, and nothing to compare it with',
    'メンバーが 1 台のみのため、比較対象がありません',
  ),
  tooFew: (count: number) =>
    say(`${count} of them could be asked`, `問い合わせできたメンバーは ${count} 台です`),
};
