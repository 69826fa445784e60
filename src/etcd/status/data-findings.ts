import { type Message, say } from '#foundation/language.ts';
import type { ClusterState, MemberState } from './cluster-state.ts';
import { majorityIn } from './data-comparison.ts';
import type { Finding } from './judge.ts';

/** What the data of members says where an alarm has been raised about it: who is wrong, and what to do. */
export function ofData(state: ClusterState): Finding[] {
  const { alarms, comparison, quorum, members } = state;
  if (!alarms.some(({ alarm }) => alarm === 'CORRUPT')) return [];
  if (comparison === undefined) return [finding('degraded', 'data-not-compared', notCompared(state))];
  const { groups, revision } = comparison;
  if (groups.length === 1)
    return [finding('degraded', 'data-same', same(members, groups[0] ?? [], revision))];
  const good = majorityIn(comparison, quorum.voters);
  if (good.length === 0) return [finding('unhealthy', 'data-differs', undecided(members, groups, revision))];
  return groups
    .slice(1)
    .flat()
    .map(id => finding('unhealthy', 'data-differs', wrong(members, { id, good, revision })));
}

function finding(weight: Finding['weight'], code: string, text: Message): Finding {
  return { weight, code, text };
}

type Members = readonly MemberState[];

function notCompared({ endpoints, members, quorum }: ClusterState): Message {
  if (quorum.voters === 1) return alone;
  if (endpoints.filter(({ status }) => status !== undefined && !status.isLearner).length > 1) return failed;
  const urls = urlsOf(members);
  return say(
    `The data of the members was not compared: let \`hozon etcd status\` ask at least two that answer: --endpoints ${urls}`,
    `メンバー間でデータを比較できませんでした。\`hozon etcd status\` で、応答するメンバーを 2 台以上指定してください: --endpoints ${urls}`,
  );
}

const alone = say(
  'The cluster has one voting member: there is nothing to compare its data with. Compare it with an earlier snapshot: `hozon etcd snapshot diff`.',
  '投票メンバーが 1 台のため、データを比較する相手がありません。以前のスナップショットと比較してください: `hozon etcd snapshot diff`',
);

const failed = say(
  'The data of the members could not be compared: they belong to several clusters, did not answer for it, or one is compacting. Run it again, with the endpoints of one cluster.',
  'メンバー間でデータを比較できませんでした。複数のクラスターに属している、応答がない、またはコンパクションの実行中です。1 つのクラスターのエンドポイントを指定して再度実行してください。',
);

function same(members: Members, ids: readonly string[], revision: bigint): Message {
  const names = namesOf(members, ids);
  return say(
    `At revision ${revision}, ${names} hold the same data: the alarm is an old one, or is about a member that was not compared. Where every voting member is among these: \`etcdctl alarm disarm\`.`,
    `リビジョン ${revision} で ${names} のデータは一致しています。アラームは以前のものか、比較していないメンバーに関するものです。すべての投票メンバーが含まれていれば \`etcdctl alarm disarm\` を実行してください。`,
  );
}

interface Wrong {
  readonly id: string;
  readonly good: readonly string[];
  readonly revision: bigint;
}

/** In the order in which it is to be done. */
function wrong(members: Members, { id, good, revision }: Wrong): Message {
  const { name = id, peerUrls = [] } = members.find(each => each.id === id) ?? {};
  const others = namesOf(members, good);
  const commands = `\`etcdctl member remove ${id}\`, \`etcdctl member add ${name} --peer-urls=${peerUrls.join(',')}\``;
  return say(
    `Member ${id} (${name}) is the one that is wrong: at revision ${revision} it does not hold what ${others} hold, who are the majority. Take a snapshot of one of those. Then stop ${name}, move its data directory away, ${commands}, start it with --initial-cluster-state=existing, and \`etcdctl alarm disarm\`. For some seconds after a member stopped etcd answers "unhealthy cluster": repeat the command.`,
    `問題があるのはメンバー ${id} (${name}) です。リビジョン ${revision} のデータが、過半数を占める ${others} と一致しません。まず ${others} のいずれかからスナップショットを取得してください。次に ${name} を停止してデータディレクトリーを退避し、${commands} を実行し、--initial-cluster-state=existing で起動してから \`etcdctl alarm disarm\` を実行してください。メンバーの停止後しばらくは etcd が "unhealthy cluster" を返すことがあります。その場合はコマンドを再実行してください。`,
  );
}

function undecided(members: Members, groups: readonly (readonly string[])[], revision: bigint): Message {
  const parties = groups.map(ids => namesOf(members, ids));
  return say(
    `At revision ${revision} members hold different data, and no majority holds the same: ${parties.join(' / ')}. Before anything is changed, take a snapshot of each (--endpoints with that one alone) and compare them: \`hozon etcd snapshot diff\`.`,
    `リビジョン ${revision} でメンバー間のデータが一致せず、過半数で一致するデータもありません: ${parties.join(' / ')}。何かを変更する前に、(--endpoints に 1 台だけを指定して) それぞれのスナップショットを取得し、\`hozon etcd snapshot diff\` で比較してください。`,
  );
}

function namesOf(members: Members, ids: readonly string[]): string {
  return ids.map(id => members.find(each => each.id === id)?.name || id).join(', ');
}

function urlsOf(members: Members): string {
  return members.flatMap(({ clientUrls }) => clientUrls.slice(0, 1)).join(',');
}
