import { type Message, say } from '#foundation/language.ts';
import { daysLeft } from './certificate.ts';
import type { ClusterState, MemberState } from './cluster-state.ts';
import { ofData } from './data-findings.ts';
import type { EndpointState } from './endpoint-state.ts';

/**
 * `healthy`: every member was asked and works. `degraded`: the cluster works, but not all of it does, or not all of it
 * was asked. `unhealthy`: it does not take changes, or its data cannot be trusted.
 */
export type Verdict = 'healthy' | 'degraded' | 'unhealthy';

export interface Finding {
  /** What it means for the verdict; a `note` means nothing for it. */
  readonly weight: 'unhealthy' | 'degraded' | 'note';
  /** For programs: never changes its meaning. */
  readonly code: string;
  readonly text: Message;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** The gravest first. */
  readonly findings: readonly Finding[];
}

/** A certificate is named when it has fewer days left. */
const soonDays = 30;

export function judge(state: ClusterState, now: Date): Judgement {
  const findings = [
    ...ofCluster(state),
    ...state.alarms.map(({ alarm, memberId }) => alarmFinding(alarm, memberId)),
    ...ofData(state),
    ...ofEndpoints(state),
    ...ofMembers(state),
    ...ofCertificates(state, now),
  ];
  const order = ['unhealthy', 'degraded', 'note'];
  const sorted = findings.toSorted((a, b) => order.indexOf(a.weight) - order.indexOf(b.weight));
  const [gravest] = sorted;
  const verdict = gravest === undefined || gravest.weight === 'note' ? 'healthy' : gravest.weight;
  return { verdict, findings: sorted };
}

function ofCluster({ clusterIds, quorum, leader, endpoints }: ClusterState): Finding[] {
  const answered = endpoints.flatMap(({ status }) => status ?? []);
  if (answered.length === 0) {
    const text = say('No endpoint answered.', 'どのエンドポイントからも応答がありません。');
    return [{ weight: 'unhealthy', code: 'no-answer', text }];
  }
  const found: Finding[] = [];
  if (clusterIds.length > 1) {
    const ids = clusterIds.join(', ');
    const text = say(
      `The endpoints belong to different clusters: ${ids}.`,
      `エンドポイントが別々のクラスターに属しています: ${ids}。`,
    );
    found.push({ weight: 'unhealthy', code: 'several-clusters', text });
  }
  if (quorum.reached && leader !== undefined) return found;
  if (answered.every(({ isLearner }) => isLearner)) return [...found, onlyLearners];
  const text = say(
    `There is no quorum: ${quorum.needed} of ${quorum.voters} voting members must work together, and ${quorum.healthy} do. Nothing can be written, and reads are refused or old. A snapshot can still be taken of a member that answers.`,
    `定足数を満たしていません (投票メンバー ${quorum.voters} 台中 ${quorum.needed} 台が必要ですが、正常なのは ${quorum.healthy} 台です)。書き込みはできず、読み取りも拒否されるか古い内容になります。応答するメンバーからスナップショットを取得することはできます。`,
  );
  return [...found, { weight: 'unhealthy', code: 'no-quorum', text }];
}

const onlyLearners: Finding = {
  weight: 'degraded',
  code: 'only-learners',
  text: say(
    'Only learners answered, which do not say whether there is a quorum: give the endpoint of a voting member.',
    '応答したのはラーナーだけで、定足数を確認できません。投票メンバーのエンドポイントを指定してください。',
  ),
};

function alarmFinding(alarm: string, memberId: string): Finding {
  if (alarm === 'NOSPACE') {
    const text = say(
      `Member ${memberId} has raised NOSPACE: its quota is used up, and the cluster refuses writes. After a snapshot: compact, defragment every member, then \`etcdctl alarm disarm\`.`,
      `メンバー ${memberId} で NOSPACE アラームが発生しています。クォータを使い切ったため、クラスターは書き込みを拒否します。スナップショットを取得してから、compact、全メンバーの defrag、\`etcdctl alarm disarm\` を順に実行してください。`,
    );
    return { weight: 'unhealthy', code: 'alarm-nospace', text };
  }
  if (alarm === 'CORRUPT') return { weight: 'unhealthy', code: 'alarm-corrupt', text: corrupt(memberId) };
  const text = say(
    `Member ${memberId} has raised ${alarm}: do not trust its data, and take no snapshot of it.`,
    `メンバー ${memberId} で ${alarm} アラームが発生しています。データを信頼せず、このメンバーからスナップショットを取得しないでください。`,
  );
  return { weight: 'unhealthy', code: 'alarm-unknown', text };
}

/** Etcd 3.5 names nobody (the member 0), 3.6 whoever differs from the leader, be it that the leader is wrong (`etcdserver/corrupt.go`). */
function corrupt(memberId: string): Message {
  if (memberId === '0')
    return say(
      'The alarm CORRUPT is raised: members do not hold the same data, and etcd does not say which of them is wrong. The cluster refuses writes.',
      'CORRUPT アラームが発生しています。メンバー間でデータが一致しませんが、どのメンバーに問題があるかを etcd は示していません。クラスターは書き込みを拒否します。',
    );
  return say(
    `The alarm CORRUPT is raised for member ${memberId}: it does not hold the same data as the leader, which may itself be the one that is wrong. The cluster refuses writes.`,
    `メンバー ${memberId} に CORRUPT アラームが発生しています。リーダーとデータが一致しませんが、リーダー側に問題がある可能性もあります。クラスターは書き込みを拒否します。`,
  );
}

function ofEndpoints({ endpoints }: ClusterState): Finding[] {
  return endpoints.flatMap((state): Finding[] => {
    const { error } = state;
    if (error === undefined) return [];
    if (isRefusedByLearner(state)) return [learner(state.endpoint)];
    const text = {
      en: () => sentence(error.explain('en'), '.'),
      ja: () => sentence(error.explain('ja'), '。'),
    };
    return [{ weight: 'degraded', code: 'endpoint-failed', text }];
  });
}

/** Of all reads a learner allows those that need no quorum: it is no failure that it refuses ours (`api/v3rpc/interceptor.go`). */
function isRefusedByLearner({ status, error }: EndpointState): boolean {
  return status?.isLearner === true && error?.message.includes('rpc not supported for learner') === true;
}

function learner(endpoint: string): Finding {
  const text = say(
    `${endpoint} is a learner: it does not vote, and no snapshot is taken of it.`,
    `${endpoint} はラーナーです。投票せず、スナップショットの取得元にもなりません。`,
  );
  return { weight: 'note', code: 'learner', text };
}

function ofMembers({ members }: ClusterState): Finding[] {
  const found: Finding[] = members.filter(({ started }) => !started).map(unstarted);
  const others = members.filter(({ started, healthy }) => started && healthy === undefined);
  if (others.length === 0) return found;
  const names = others.map(({ name }) => name).join(', ');
  const urls = members.flatMap(({ clientUrls }) => clientUrls.slice(0, 1)).join(',');
  const text = say(
    `Not asked: ${names}. Give every endpoint, or --every-member: --endpoints ${urls}`,
    `確認していないメンバーがあります: ${names}。すべてのエンドポイント、または --every-member を指定してください: --endpoints ${urls}`,
  );
  return [...found, { weight: 'degraded', code: 'members-not-asked', text }];
}

function unstarted({ id, peerUrls }: MemberState): Finding {
  const at = peerUrls.join(', ');
  const text = say(
    `Member ${id} (${at}) was added and has never been started.`,
    `メンバー ${id} (${at}) は追加されましたが、一度も起動していません。`,
  );
  return { weight: 'degraded', code: 'member-unstarted', text };
}

function ofCertificates({ endpoints, clientCertificate }: ClusterState, now: Date): Finding[] {
  const all = [
    ...endpoints.map(({ endpoint, certificate }) => ({ who: say(endpoint, endpoint), certificate })),
    { who: say('this client', 'このクライアント'), certificate: clientCertificate },
  ];
  return all.flatMap(({ who, certificate }): Finding[] => {
    if (certificate === undefined) return [];
    const days = daysLeft(certificate, now);
    const until = certificate.validTo.toISOString();
    if (days >= soonDays) return [];
    const text: Message = {
      en: () => `The certificate of ${who.en()} ${days < 0 ? 'ended' : 'ends'} at ${until}.`,
      ja: () => `${who.ja()} の証明書の有効期限は ${until} ${days < 0 ? 'に切れました' : 'です'}。`,
    };
    return [{ weight: days < 0 ? 'degraded' : 'note', code: 'certificate-ends', text }];
  });
}

function sentence(text: string, stop: string): string {
  return text.endsWith(stop) ? text : `${text}${stop}`;
}
