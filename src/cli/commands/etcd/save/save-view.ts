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
import type { HostKept } from './from-host.ts';
import type { Target } from './target.ts';

/** What is known beside a snapshot. */
export interface Beside {
  /** What was taken of its host. */
  readonly host?: HostKept | undefined;
  /** Why the member’s data cannot be trusted. */
  readonly doubts: readonly VerifyFinding[];
}

/** What was saved, for people and for programs. */
export function savedOutcome(saved: SavedSnapshot, { host, doubts }: Beside): Outcome {
  const { place, name, source, size, proof, verified } = saved;
  const { files: hostFiles = [], v2 } = host ?? {};
  const { status, facts } = verified ?? {};
  const findings = [...doubts, ...(verified?.findings ?? [])];
  const known = status !== undefined && facts !== undefined;
  return description({
    name: place,
    data: {
      place,
      name,
      source,
      size,
      sha256: proof.sha256,
      verified: verified === undefined ? 'checksum' : 'everything',
      findings: findings.map(({ severity, text }) => ({ severity, text: text.en() })),
      ...(known ? { status: statusData(status, facts) } : {}),
      hostFiles: hostFiles.map(({ place, size }) => ({ place, size })),
      ...(v2 === undefined ? {} : { v2Data: v2.v2Data, v2Reason: v2.reason.en() }),
      dryRun: false,
    },
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
        hostFiles.map(({ place }) => say(place, place)),
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

/** A field, where there is anything in it. */
function linesOf(label: Message, lines: readonly Message[]): Field[] {
  return lines.length === 0 ? [] : [{ label, lines }];
}

export interface Planned {
  readonly source: SnapshotSource;
  readonly target: Target;
  /** Empty where nobody was asked. */
  readonly checks: readonly PreflightResult[];
}

/** What would be saved. */
export function plannedOutcome({ source, target: { sink, name }, checks }: Planned): Outcome {
  const url = sink.url.replace(/\/+$/, '');
  return description({
    name: `${url}/${name}`,
    data: {
      target: sink.url,
      name,
      source: source.describe,
      databaseSize: source.size,
      preflight: checks.map(({ check, outcome, text }) => ({ check, outcome, text: text.en() })),
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
