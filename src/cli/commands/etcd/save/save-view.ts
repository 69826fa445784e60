import type { HostFailure } from '#etcd/hosts/members.ts';
import type { SavedSnapshot } from '#etcd/save/save-snapshot.ts';
import type { SnapshotSource } from '#etcd/save/source.ts';
import type { VerifyFinding } from '#etcd/snapshot/verify.ts';
import type { PreflightResult } from '#etcd/status/preflight.ts';
import { formatBytes } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';
import { description, type Field, type Outcome } from '../../../output/outcome.ts';
import { say } from '../../../spec.ts';
import { statusData, statusFields } from '../snapshot/status-view.ts';
import { checkLine } from '../status-view.ts';
import type { HostKept } from './host-kept.ts';
import type { Target } from './target.ts';

/** What is known beside a snapshot. */
export interface Beside {
  /** What was taken of its host. */
  readonly host?: HostKept | undefined;
  /** Why the member’s data cannot be trusted. */
  readonly doubts: readonly VerifyFinding[];
}

interface Finding {
  readonly severity: VerifyFinding['severity'] | 'missing';
  readonly text: Message;
}

function missing({ host, errors }: HostFailure): Finding {
  const line = (language: 'en' | 'ja'): string =>
    `${host}: ${errors.map(error => error.explain(language)).join('; ')}`;
  return { severity: 'missing', text: { en: () => line('en'), ja: () => line('ja') } };
}

/** What was saved, for people and for programs. */
export function savedOutcome(saved: SavedSnapshot, { host, doubts }: Beside): Outcome {
  const { place, source, size, proof, verified } = saved;
  const { files = [], failures = [] } = host ?? {};
  const { status, facts } = verified ?? {};
  const findings = [...failures.map(missing), ...doubts, ...(verified?.findings ?? [])];
  const known = status !== undefined && facts !== undefined;
  return description({
    name: place,
    data: savedData(saved, host, findings),
    text: [
      { label: labels.place, value: place },
      { label: labels.source, value: source },
      { label: say('SHA-256', 'SHA-256'), value: proof.sha256 },
      {
        label: say('Checked', '検証'),
        value: { text: verified === undefined ? texts.checksum : texts.everything, tone: 'good' },
      },
      ...linesOf(
        labels.host,
        files.map(each => say(each.place, each.place)),
      ),
      ...linesOf(
        labels.findings,
        findings.map(({ text }) => text),
      ),
      ...(known
        ? statusFields(status, facts)
        : [{ label: say('Size', 'サイズ'), value: formatBytes(size) } satisfies Field]),
    ],
  });
}

function savedData(
  { place, name, source, size, proof, verified }: SavedSnapshot,
  host: HostKept | undefined,
  findings: readonly Finding[],
): object {
  const { status, facts } = verified ?? {};
  const { files = [], v2 } = host ?? {};
  const known = status !== undefined && facts !== undefined;
  return {
    place,
    name,
    source,
    size,
    sha256: proof.sha256,
    verified: verified === undefined ? 'checksum' : 'everything',
    findings: findings.map(dataOf),
    ...(known ? { status: statusData(status, facts) } : {}),
    hostFiles: files.map(each => ({ place: each.place, size: each.size })),
    ...(v2 === undefined ? {} : { v2Data: v2.v2Data, v2Reason: v2.reason.en() }),
    dryRun: false,
  };
}

function dataOf({ severity, text }: Finding): object {
  return { severity, text: text.en() };
}

/** A field, where there is anything in it. */
function linesOf(label: Message, lines: readonly Message[]): Field[] {
  return lines.length === 0 ? [] : [{ label, lines }];
}

export interface Planned {
  readonly source: SnapshotSource;
  readonly target: Target;
  /** Empty where nobody was asked. */
  readonly checks: readonly PreflightResult[];
  readonly failures: readonly HostFailure[];
}

/** What would be saved. */
export function plannedOutcome({ source, target: { sink, name }, checks, failures }: Planned): Outcome {
  const url = sink.url.replace(/\/+$/, '');
  const findings = failures.map(missing);
  return description({
    name: `${url}/${name}`,
    data: {
      target: sink.url,
      name,
      source: source.describe,
      databaseSize: source.size,
      preflight: checks.map(({ check, outcome, text }) => ({ check, outcome, text: text.en() })),
      findings: findings.map(dataOf),
      dryRun: true,
    },
    text: [
      { label: labels.place, value: `${url}/${name}` },
      { label: labels.source, value: source.describe },
      {
        label: say('Database', 'データベース'),
        value: source.size === undefined ? '–' : formatBytes(source.size),
      },
      ...(checks.length === 0
        ? []
        : [{ label: say('Before a backup', 'バックアップ前の確認'), lines: checks.map(checkLine) }]),
      ...linesOf(
        labels.findings,
        findings.map(({ text }) => text),
      ),
    ],
    notes: [texts.dryRun],
  });
}

const labels = {
  place: say('Kept at', '保存先'),
  source: say('Taken of', '取得元'),
  host: say('Of the host', 'ホストから取得'),
  findings: say('Findings', '検出事項'),
} as const;

const texts = {
  everything: say(
    'its checksum, every page and every record',
    'チェックサム、全ページ、全レコードを検証しました',
  ),
  checksum: say('its checksum', 'チェックサムを検証しました'),
  dryRun: say(
    'Nothing was taken. Run it again without --dry-run.',
    '取得していません。--dry-run を外して再実行してください。',
  ),
} as const;
