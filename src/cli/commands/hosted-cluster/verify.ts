import type { ExitName } from '#foundation/errors.ts';
import type { Language } from '#foundation/language.ts';
import type { SoundnessFinding } from '#hosted-clusters/verify/finding.ts';
import type { MemberAnswer } from '#hosted-clusters/verify/member-answer.ts';
import {
  type SoundnessVerdict,
  type VerifiedCluster,
  verifyHostedCluster,
} from '#hosted-clusters/verify/verify-cluster.ts';
import { formatKey } from '#kube/objects.ts';
import { description, type Field, type Tone } from '../../output/outcome.ts';
import { type Handler, say } from '../../spec.ts';
import { hostedClusterKey } from './names.ts';
import type { verify } from './verify-spec.ts';

export const run: Handler<typeof verify> = async ({ args: [name = ''] }, context) => {
  const { cluster, clock, language, signal } = context;
  const key = hostedClusterKey(name);
  const found = await verifyHostedCluster(await cluster(), key, { clock, signal });
  const exit = exits[found.verdict];
  return description({
    name: formatKey(key),
    data: verifiedData(found, language),
    text: verifiedFields(found),
    ...(exit === undefined ? {} : { exit }),
  });
};

const exits: Readonly<Record<SoundnessVerdict, ExitName | undefined>> = {
  sound: undefined,
  unproven: 'partial',
  unsound: 'failed',
};

function verifiedData(
  { cluster, verdict, findings, members, data }: VerifiedCluster,
  language: Language,
): object {
  return {
    cluster: formatKey(cluster.key),
    verdict,
    replicas: cluster.etcdReplicas,
    members: members.map(({ failure, ...rest }) => ({ ...rest, failure: failure?.[language]() })),
    data: data.outcome === 'equal' ? data : { outcome: data.outcome, reason: data.reason[language]() },
    findings: findings.map(({ severity, code, text }) => ({ severity, code, text: text[language]() })),
  };
}

function verifiedFields({ cluster, verdict, findings, members }: VerifiedCluster): Field[] {
  return [
    { label: 'HostedCluster', value: formatKey(cluster.key) },
    { label: say('Verdict', '判定'), value: verdicts[verdict] },
    { label: say('Members', 'メンバー'), value: members.length === 0 ? '-' : members.map(memberLine) },
    {
      label: say('Findings', '検出内容'),
      lines: findings.map(({ severity, text }) => ({ text, tone: tones[severity] })),
    },
  ];
}

function memberLine({ pod, memberId, clusterId, version, revision, members }: MemberAnswer): string {
  if (memberId === undefined) return `${pod}: -`;
  const knows = members.map(({ name, id }) => name || id).join(',');
  return `${pod}: ${memberId} @ ${clusterId ?? '-'}, ${version ?? '-'}, revision ${revision ?? '-'}, knows ${knows}`;
}

const verdicts = {
  sound: { text: say('sound', '健全'), tone: 'good' },
  unproven: {
    text: say(
      'nothing is wrong, but not everything could be looked at',
      '問題は見つかりませんでしたが、一部を確認できませんでした',
    ),
    tone: 'warn',
  },
  unsound: { text: say('NOT SOUND: do not use it', '異常: 利用しないでください'), tone: 'bad' },
} as const;

const tones: Readonly<Record<SoundnessFinding['severity'], Tone>> = {
  unsound: 'bad',
  unknown: 'warn',
  note: 'dim',
};
