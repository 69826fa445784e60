import { type CertificateFacts, daysLeft } from '#etcd/status/certificate.ts';
import type { ClusterState, MemberState, Quorum } from '#etcd/status/cluster-state.ts';
import type { EndpointState } from '#etcd/status/endpoint-state.ts';
import type { Judgement, Verdict } from '#etcd/status/judge.ts';
import type { PreflightCheck, PreflightResult } from '#etcd/status/preflight.ts';
import type { V2Answer } from '#etcd/v2/v2-data.ts';
import { formatBytes } from '#foundation/format.ts';
import { type Message, say } from '#foundation/language.ts';
import type { Cell, Field, Tone } from '../../output/outcome.ts';
import { formatTook } from './took.ts';

/** All that is shown of a cluster. */
export interface ClusterView {
  readonly state: ClusterState;
  readonly judgement: Judgement;
  readonly v2: V2Answer;
  /** Empty unless asked for. */
  readonly checks: readonly PreflightResult[];
  readonly now: Date;
}

const verdicts: Readonly<Record<Verdict, Message>> = {
  healthy: say('healthy', '正常'),
  degraded: say('degraded', '一部に問題があります'),
  unhealthy: say('unhealthy', '異常'),
};

const tones = { healthy: 'good', degraded: 'warn', unhealthy: 'bad' } as const;

const v2Words: Readonly<Record<V2Answer['v2Data'], Message>> = {
  present: say('present', 'あり'),
  absent: say('absent', 'なし'),
  unknown: say('unknown', '不明'),
};

/** For people. Health and members are written as etcdctl writes them. */
export function statusFields(view: ClusterView, wide: boolean): Field[] {
  const { state, judgement, v2 } = view;
  const { quorum } = state;
  const fields: Field[] = [
    { label: say('Cluster', 'クラスター'), value: state.clusterIds.join(', ') || '–' },
    {
      label: say('State', '状態'),
      value: { text: verdicts[judgement.verdict], tone: tones[judgement.verdict] },
    },
    {
      label: say('Quorum', '定足数'),
      value: quorumText(quorum),
    },
    { label: say('Leader', 'リーダー'), value: leaderText(state) },
    { label: say('Revision', 'リビジョン'), value: newestRevision(state) },
    { label: say('Alarms', 'アラーム'), value: alarmText(state) },
    { label: say('v2 data', 'v2 データ'), value: v2Text(v2) },
    { label: say('Health', 'ヘルス'), lines: state.endpoints.map(endpoint => healthLine(endpoint, view)) },
    { label: say('Members', 'メンバー'), lines: state.members.map(memberLine) },
    { label: say('Endpoints', 'エンドポイント'), lines: state.endpoints.flatMap(endpointLine) },
    { label: say('Certificates', '証明書'), lines: certificateLines(view, wide) },
    { label: say('Before a backup', 'バックアップ前の確認'), lines: view.checks.map(checkLine) },
    { label: say('Findings', '検出事項'), lines: judgement.findings.map(({ text }) => text) },
  ];
  return fields.filter(({ lines }) => lines === undefined || lines.length > 0);
}

/** Members that were not asked may work, too. */
function quorumText({ reached, voters, healthy, needed }: Quorum): Message {
  if (voters === 0) return say('unknown', '不明');
  return say(
    `${reached ? 'held' : 'lost'}; ${healthy} of ${voters} voting members are known to work, ${needed} are needed`,
    `${reached ? '維持' : '喪失'} (投票メンバー ${voters} 台中 ${healthy} 台の正常を確認、必要数 ${needed})`,
  );
}

function leaderText({ leader, members }: ClusterState): string {
  if (leader === undefined) return '–';
  const name = members.find(({ id }) => id === leader)?.name;
  return name === undefined ? leader : `${leader} (${name})`;
}

function newestRevision({ endpoints }: ClusterState): string {
  const revisions = endpoints.flatMap(({ status }) => status?.header.revision ?? []);
  return revisions.length === 0 ? '–' : String(revisions.reduce((a, b) => (a > b ? a : b)));
}

function alarmText({ alarms }: ClusterState): Cell | Cell[] {
  if (alarms.length === 0) return say('none', 'なし');
  return alarms.map(({ alarm, memberId }) => ({ text: `${alarm} (${memberId})`, tone: 'bad' }));
}

function v2Text({ v2Data, reason }: V2Answer): Cell {
  const text: Message = {
    en: () => `${v2Words[v2Data].en()} (${reason.en()})`,
    ja: () => `${v2Words[v2Data].ja()} (${reason.ja()})`,
  };
  return v2Data === 'present' ? { text, tone: 'warn' } : text;
}

/** An alarm anywhere makes every member unhealthy, because none takes writes then. */
function healthLine({ endpoint, tookMs, error }: EndpointState, { state }: ClusterView): Cell {
  const alarms = state.alarms.map(({ alarm }) => alarm).join(' ');
  if (tookMs !== undefined && alarms === '')
    return `${endpoint} is healthy: successfully committed proposal: took = ${formatTook(tookMs)}`;
  const why = tookMs === undefined ? (error?.explain('en') ?? '') : `Active Alarm(s): ${alarms}`;
  const text = {
    en: () => `${endpoint} is unhealthy: failed to commit proposal: ${why}`,
    ja: () =>
      `${endpoint} is unhealthy: failed to commit proposal: ${tookMs === undefined ? (error?.explain('ja') ?? '') : why}`,
  };
  return { text, tone: 'bad' };
}

function memberLine({ id, started, name, peerUrls, clientUrls, isLearner }: MemberState): string {
  const state = started ? 'started' : 'unstarted';
  return [id, state, name, peerUrls.join(','), clientUrls.join(','), String(isLearner)].join(', ');
}

function endpointLine({ endpoint, status }: EndpointState): Message[] {
  if (status === undefined) return [];
  const used = formatBytes(Number(status.dbSizeInUse));
  const size = formatBytes(Number(status.dbSize));
  const at = `${endpoint}  ${status.header.memberId}  ${status.version}`;
  const raft = `raft term ${status.raftTerm}, index ${status.raftIndex}, applied ${status.raftAppliedIndex}`;
  const en = `${at}  ${size}, ${used} in use${quotaText(status.dbSizeQuota)}; ${raft}`;
  return [say(en, `${at}  ${size} (使用中 ${used}${quotaText(status.dbSizeQuota, ', クォータ')}); ${raft}`)];
}

function quotaText(quota: bigint | undefined, word = ', quota'): string {
  return quota === undefined ? '' : `${word} ${formatBytes(Number(quota))}`;
}

function certificateLines({ state, now }: ClusterView, wide: boolean): Cell[] {
  const own = { endpoint: say('this client', 'このクライアント'), certificate: state.clientCertificate };
  const all = [
    ...state.endpoints.map(({ endpoint, certificate }) => ({
      endpoint: say(endpoint, endpoint),
      certificate,
    })),
    own,
  ];
  return all.flatMap(({ endpoint, certificate }) =>
    certificate === undefined ? [] : [certificateLine(endpoint, certificate, { now, wide })],
  );
}

function certificateLine(
  endpoint: Message,
  certificate: CertificateFacts,
  { now, wide }: { readonly now: Date; readonly wide: boolean },
): Cell {
  const days = daysLeft(certificate, now);
  const until = certificate.validTo.toISOString();
  const more = wide ? `  ${certificate.subject}  ${certificate.names}  (${certificate.issuer})` : '';
  const text: Message = {
    en: () => `${endpoint.en()}  until ${until} (${days} days)${more}`,
    ja: () => `${endpoint.ja()}  有効期限 ${until} (残り ${days} 日)${more}`,
  };
  const tone: Tone | undefined = days < 0 ? 'bad' : days < 30 ? 'warn' : undefined;
  return tone === undefined ? text : { text, tone };
}

const checkWords: Readonly<Record<PreflightCheck, Message>> = {
  etcdctl: say('etcdctl', 'etcdctl'),
  'api-server': say('API server', 'API サーバー'),
  connectivity: say('Connectivity', '接続'),
  certificates: say('Certificates', '証明書'),
  health: say('Health', 'ヘルス'),
};

const outcomeWords: Readonly<Record<PreflightResult['outcome'], Message>> = {
  passed: say('passed', '合格'),
  failed: say('FAILED', '不合格'),
  unknown: say('not looked at', '未確認'),
};

/** How one check went. */
export function checkLine({ check, outcome, text }: PreflightResult): Cell {
  const line = (language: 'en' | 'ja'): string =>
    `${checkWords[check][language]()}: ${outcomeWords[outcome][language]()} (${text[language]()})`;
  const shown = { en: () => line('en'), ja: () => line('ja') };
  return outcome === 'failed' ? { text: shown, tone: 'bad' } : shown;
}
