import type { EtcdTls } from '#etcd/client/connection.ts';
import { tlsOfSecret } from '#etcd/save/pod-tls.ts';
import { type Reached, reachPod } from '#etcd/save/reach.ts';
import { isHozonError } from '#foundation/errors.ts';
import { type Message, say } from '#foundation/language.ts';
import { textAt } from '#kube/fields.ts';
import type { StepRun } from '#steps/step.ts';
import { configMapType, readEtcdPods } from '../hosted-cluster.ts';
import type { SnapshotWork } from './work.ts';

/** One member of the cluster's etcd, in its pod. */
export interface MemberPod extends Reached {
  /** `etcd-0`. */
  readonly pod: string;
}

export interface MemberPods extends AsyncDisposable {
  readonly all: readonly MemberPod[];
}

/** How long a member may take to answer: through the API server, and of a busy cluster. Milliseconds. */
const timeoutMs = 20_000;

/**
 * Reaches every member in its own pod, with the client certificate that the cluster's API server uses.
 *
 * @throws what reaching a pod throws: `etcd.pod-*`, `kube.*`
 */
export async function reachMembers(work: SnapshotWork, run: StepRun): Promise<MemberPods> {
  const { api, cluster } = work;
  const { signal } = run;
  const pods = await readEtcdPods(api, cluster, { signal });
  const tls = await clientTls(work, run);
  const all: MemberPod[] = [];
  const close = async (): Promise<void> => {
    await Promise.allSettled(all.map(each => each[Symbol.asyncDispose]()));
  };
  try {
    for (const { metadata } of pods) {
      const pod = { namespace: cluster.controlPlaneNamespace, name: metadata.name };
      const onFallback = (thrown: unknown): void => run.report(fallback(metadata.name, thrown));
      const reached = await reachPod(api, { pod, tls, timeoutMs }, { signal, onFallback });
      all.push({
        pod: metadata.name,
        source: reached.source,
        state: reached.state,
        doubts: reached.doubts,
        connect: reached.connect,
        [Symbol.asyncDispose]: () => reached[Symbol.asyncDispose](),
      });
    }
    return { all, [Symbol.asyncDispose]: close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/**
 * The Secret `etcd-client-tls`, and the authority beside it: from OpenShift 4.12 on in the ConfigMap `etcd-ca`, before that in the Secret.
 * `undefined` where there is no such Secret: the pod's own files are then read.
 */
export async function clientTls(
  { api, cluster }: Pick<SnapshotWork, 'api' | 'cluster'>,
  { signal }: Pick<StepRun, 'signal'>,
): Promise<EtcdTls | undefined> {
  const namespace = cluster.controlPlaneNamespace;
  try {
    const tls = await tlsOfSecret({ namespace, name: 'etcd-client-tls' }, { api, signal });
    if (tls.ca !== undefined) return tls;
    const authority = await api.get(configMapType, { namespace, name: 'etcd-ca' }, { signal });
    const ca = textAt(authority, 'data', 'ca.crt');
    return ca === undefined ? undefined : { ...tls, ca: Buffer.from(ca) };
  } catch (thrown) {
    if (isHozonError(thrown, 'etcd.pod-secret')) return undefined;
    throw thrown;
  }
}

function fallback(pod: string, thrown: unknown): Message {
  const why = (language: 'en' | 'ja'): string =>
    isHozonError(thrown) ? thrown.explain(language) : String(thrown);
  return {
    en: () => `no port can be forwarded into ${pod}, so etcdctl is run in it: ${why('en')}`,
    ja: () => `${pod} へのポートフォワードができないため、Pod 内で etcdctl を実行します: ${why('ja')}`,
  };
}

/** What is wrong with the members together, before a snapshot is taken of them: one cluster, all of it, in quorum, without an alarm. */
export function memberProblems(members: readonly MemberPod[], wanted: number): readonly Message[] {
  const asked = members.filter(({ state }) => state !== undefined);
  const problems = asked.flatMap(each => problemsOf(each, wanted));
  const ids = [...new Set(asked.flatMap(({ state }) => state?.clusterIds ?? []))];
  if (ids.length > 1) problems.push(texts.severalClusters(ids));
  const own = asked.map(({ state }) => state?.endpoints[0]?.status?.header.memberId);
  if (new Set(own).size < own.length) problems.push(texts.sameMember);
  return problems;
}

function problemsOf({ pod, state }: MemberPod, wanted: number): Message[] {
  if (state === undefined) return [];
  const problems: Message[] = [];
  const [endpoint] = state.endpoints;
  if (endpoint?.tookMs === undefined) problems.push(texts.noQuorum(pod, endpoint?.error));
  if (state.members.length !== wanted) problems.push(texts.members(pod, state.members.length, wanted));
  if (state.members.some(({ isLearner }) => isLearner)) problems.push(texts.learner(pod));
  const alarms = [...new Set(state.alarms.map(({ alarm }) => alarm))];
  if (alarms.length > 0) problems.push(texts.alarms(pod, alarms));
  return problems;
}

interface Explained {
  explain(language: 'en' | 'ja'): string;
}

const texts = {
  noQuorum: (pod: string, error: Explained | undefined): Message => ({
    en: () => `${pod} does not reach the quorum${error === undefined ? '' : `: ${error.explain('en')}`}`,
    ja: () => `${pod} は定足数に達していません${error === undefined ? '' : `: ${error.explain('ja')}`}`,
  }),
  members: (pod: string, found: number, wanted: number): Message =>
    say(
      `${pod} knows ${found} members, not ${wanted}${found === 1 ? ': it is a cluster of its own (the defect OCPBUGS-99534 of restored clusters)' : ''}`,
      `${pod} が認識しているメンバーは ${wanted} 台ではなく ${found} 台です${found === 1 ? ' (単独のクラスターになっています。復元時の既知の不具合 OCPBUGS-99534)' : ''}`,
    ),
  learner: (pod: string): Message =>
    say(`${pod} knows a member that does not vote yet`, `${pod} に投票権のないメンバー (learner) があります`),
  alarms: (pod: string, alarms: readonly string[]): Message =>
    say(
      `${pod} tells of the alarm ${alarms.join(', ')}`,
      `${pod} で ${alarms.join('、')} アラームが発生しています`,
    ),
  severalClusters: (ids: readonly string[]): Message =>
    say(
      `the members belong to different clusters: ${ids.join(', ')}`,
      `メンバーが別々のクラスターに属しています: ${ids.join('、')}`,
    ),
  sameMember: say(
    'several pods say that they are the same member',
    '複数の Pod が同じメンバー ID を示しています',
  ),
} as const;
