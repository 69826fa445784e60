import { type Message, say } from '#foundation/language.ts';
import { remark, type SoundnessFinding, unknown, unsound } from './finding.ts';
import type { MemberAnswer } from './member-answer.ts';

/** What is wrong with the members of one etcd, each asked on its own. Pure. */
export function judgeMembers(answers: readonly MemberAnswer[], wanted: number): SoundnessFinding[] {
  const asked = answers.filter(({ memberId }) => memberId !== undefined);
  const found = [...ofPods(answers, wanted), ...asked.flatMap(each => ofOne(each, wanted))];
  const together = isSplit(asked, wanted) ? [split(asked)] : ofTogether(asked);
  const all = [...together, ...found];
  if (all.length > 0 || asked.length === 0) return all;
  return [
    remark('members-agree', texts.agree(asked.length, asked[0]?.clusterId ?? '', asked[0]?.leader ?? '')),
  ];
}

/**
 * Whether the members are clusters of their own: each lists itself alone where there are to be several, or several say that they are the
 * same member, as those do that were restored without their names (OCPBUGS-99534).
 */
export function isSplit(answers: readonly MemberAnswer[], wanted: number): boolean {
  if (wanted < 2 || answers.length < 2) return false;
  const ids = new Set(answers.map(({ memberId }) => memberId));
  const alone = answers.filter(({ members }) => members.length === 1);
  return ids.size < answers.length || alone.length > 1;
}

function split(answers: readonly MemberAnswer[]): SoundnessFinding {
  const list = answers
    .map(
      ({ pod, memberId, members, revision }) => `${pod} (${memberId}, ${members.length}, ${revision ?? '?'})`,
    )
    .join(', ');
  return unsound('split-brain', texts.split(list));
}

function ofPods(answers: readonly MemberAnswer[], wanted: number): SoundnessFinding[] {
  const missing =
    answers.length < wanted ? [unsound('pods-missing', texts.pods(answers.length, wanted))] : [];
  const failed = answers.flatMap(({ pod, failure }) =>
    failure === undefined ? [] : [unsound('member-unanswered', texts.failure(pod, failure))],
  );
  return [...missing, ...failed];
}

function ofOne(answer: MemberAnswer, wanted: number): SoundnessFinding[] {
  const { pod, members, alarms, reachesQuorum, leader } = answer;
  const found: SoundnessFinding[] = [];
  if (members.length !== wanted)
    found.push(unsound('member-count', texts.count(pod, members.length, wanted)));
  const unfinished = members.filter(({ name, isLearner }) => name === '' || isLearner).map(({ id }) => id);
  if (unfinished.length > 0)
    found.push(unsound('member-unfinished', texts.unfinished(pod, unfinished.join(', '))));
  if (leader === undefined) found.push(unsound('no-leader', texts.noLeader(pod)));
  if (!reachesQuorum) found.push(unsound('no-quorum', texts.noQuorum(pod)));
  if (alarms.length > 0) found.push(unsound('alarm', texts.alarm(pod, alarms.join(', '))));
  return found;
}

function ofTogether(answers: readonly MemberAnswer[]): SoundnessFinding[] {
  const clusters = [...new Set(answers.flatMap(({ clusterId }) => clusterId ?? []))];
  const leaders = [...new Set(answers.flatMap(({ leader }) => leader ?? []))];
  const lists = new Set(
    answers.map(({ members }) =>
      members
        .map(({ id }) => id)
        .toSorted()
        .join(' '),
    ),
  );
  return [
    ...(clusters.length > 1 ? [unsound('several-clusters', texts.clusters(clusters.join(', ')))] : []),
    ...(leaders.length > 1 ? [unsound('several-leaders', texts.leaders(leaders.join(', ')))] : []),
    ...(lists.size > 1 ? [unsound('lists-differ', texts.lists)] : []),
  ];
}

/** How the members' data compares. */
export type DataComparison =
  | { readonly outcome: 'equal'; readonly revision: number; readonly hash: number }
  | { readonly outcome: 'differs'; readonly reason: Message }
  | { readonly outcome: 'not-compared'; readonly reason: Message };

export function judgeData(compared: DataComparison): SoundnessFinding {
  if (compared.outcome === 'equal')
    return remark('data-equal', texts.equal(compared.hash.toString(16), compared.revision));
  if (compared.outcome === 'differs') return unsound('data-differs', texts.differs(compared.reason));
  return unknown('data-not-compared', texts.notCompared(compared.reason));
}

const texts = {
  agree: (count: number, cluster: string, leader: string) =>
    say(
      `${count} of ${count} members were asked on their own: one cluster (${cluster}), one leader (${leader})`,
      `${count} / ${count} 台のメンバーに個別に問い合わせました。クラスター (${cluster}) とリーダー (${leader}) は一致しています`,
    ),
  split: (list: string) =>
    say(
      `SPLIT BRAIN: the members are clusters of their own — pod (member id, members it knows, revision): ${list}. Each answers, so every condition says that all is well, but a write reaches only one of them and reads differ. It is what restoring with OCPBUGS-99534 makes. Stop using the cluster now, and repair nothing in it: delete the HostedCluster and its volumes and restore it again with spec.controllerAvailabilityPolicy: SingleReplica, or with a release whose etcd-init passes --initial-cluster`,
      `スプリットブレイン: メンバーがそれぞれ独立したクラスターになっています。Pod (メンバー ID、認識しているメンバー数、リビジョン): ${list}。どのメンバーも応答するため状態は正常と表示されますが、書き込みは 1 台にしか届かず、読み取り結果も一致しません。OCPBUGS-99534 の不具合がある復元で発生します。ただちに利用を停止してください。修復は試みず、HostedCluster とボリュームを削除し、spec.controllerAvailabilityPolicy: SingleReplica、または etcd-init が --initial-cluster を渡すリリースで復元し直してください`,
    ),
  pods: (found: number, wanted: number) =>
    say(
      `there are ${found} pods of etcd, not ${wanted}`,
      `etcd の Pod が ${wanted} 個ではなく ${found} 個です`,
    ),
  failure: (pod: string, why: Message): Message => ({
    en: () => `${pod} could not be asked: ${why.en()}`,
    ja: () => `${pod} に問い合わせできません: ${why.ja()}`,
  }),
  count: (pod: string, found: number, wanted: number) =>
    say(
      `${pod} knows ${found} members, not ${wanted}`,
      `${pod} が認識しているメンバーは ${wanted} 台ではなく ${found} 台です`,
    ),
  unfinished: (pod: string, ids: string) =>
    say(
      `${pod} knows members that never started or do not vote: ${ids}`,
      `${pod} に、一度も起動していないか投票権のないメンバーがあります: ${ids}`,
    ),
  noLeader: (pod: string) => say(`${pod} knows no leader`, `${pod} にリーダーがありません`),
  noQuorum: (pod: string) =>
    say(
      `nothing can be read through ${pod}: it does not reach a quorum`,
      `${pod} 経由で読み取れません (定足数に達していません)`,
    ),
  alarm: (pod: string, alarms: string) =>
    say(`${pod} tells of the alarm ${alarms}`, `${pod} で ${alarms} アラームが発生しています`),
  clusters: (ids: string) =>
    say(
      `the members belong to different clusters: ${ids}`,
      `メンバーが別々のクラスターに属しています: ${ids}`,
    ),
  leaders: (ids: string) =>
    say(`the members name different leaders: ${ids}`, `メンバーによってリーダーが異なります: ${ids}`),
  lists: say('the members list different members', 'メンバーによってメンバー一覧が異なります'),
  equal: (hash: string, revision: number) =>
    say(
      `the members hold the same keys (hash ${hash} at revision ${revision})`,
      `メンバーのデータは一致しています (リビジョン ${revision} のハッシュ ${hash})`,
    ),
  differs: (why: Message): Message => ({
    en: () => `the members do not hold the same keys: ${why.en()}`,
    ja: () => `メンバー間でデータが一致しません: ${why.ja()}`,
  }),
  notCompared: (why: Message): Message => ({
    en: () => `the members’ data was not compared: ${why.en()}`,
    ja: () => `メンバー間のデータは比較していません: ${why.ja()}`,
  }),
};
