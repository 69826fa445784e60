import { formatBytes } from '#foundation/format.ts';
import { type Language, type Message, say } from '#foundation/language.ts';
import { explainGroup } from '#hosted-clusters/key/explain-match.ts';
import type { RestoreFinding } from '#hosted-clusters/manifest/finding.ts';
import type { PreparedRestore } from '#hosted-clusters/manifest/prepare.ts';
import { formatKey } from '#kube/objects.ts';
import { description, type Field, type Outcome, type Tone } from '../../output/outcome.ts';

const words: Readonly<Record<RestoreFinding['severity'], Message>> = {
  blocking: say('error', 'エラー'),
  warning: say('warning', '警告'),
  note: say('note', '補足'),
};

const tones: Readonly<Record<RestoreFinding['severity'], Tone>> = {
  blocking: 'bad',
  warning: 'warn',
  note: 'dim',
};

/** Findings as lines for stderr. */
export function findingNotes(findings: readonly RestoreFinding[]): Message[] {
  return findings.map(({ severity, text }) => ({
    en: () => `${words[severity].en()}: ${text.en()}`,
    ja: () => `${words[severity].ja()}: ${text.ja()}`,
  }));
}

/** Findings as a field; none where there is none. */
export function findingsField(findings: readonly RestoreFinding[]): Field[] {
  if (findings.length === 0) return [];
  const notes = findingNotes(findings);
  const lines = findings.map(({ severity }, at) => ({ text: notes[at] ?? '', tone: tones[severity] }));
  return [{ label: say('Findings', '検出内容'), lines }];
}

/** What the manifest in a file was made of. The URL is shown without what opens it. */
export function preparedView(
  { cluster, url, size, match, findings }: PreparedRestore,
  file: string,
  language: Language,
): Outcome {
  const key = formatKey(cluster.key);
  return description({
    name: key,
    data: {
      file,
      cluster: key,
      url: url.shown,
      urlExpires: url.expires,
      snapshotBytes: size,
      key: match?.verdict,
      findings: findings.map(({ severity, code, text }) => ({ severity, code, text: text[language]() })),
    },
    text: [
      { label: say('Manifest', 'マニフェスト'), value: file },
      { label: 'HostedCluster', value: key },
      { label: 'URL', value: url.shown },
      ...(url.expires === undefined
        ? []
        : [{ label: say('Works until', '有効期限'), value: url.expires.toISOString() }]),
      ...(size === undefined
        ? []
        : [{ label: say('Snapshot', 'スナップショット'), value: formatBytes(size) }]),
      ...(match === undefined ? [] : [{ label: say('Key', 'キー'), value: match.groups.map(explainGroup) }]),
      ...findingsField(findings),
    ],
  });
}
