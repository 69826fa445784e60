import type { SavedSnapshot } from '#etcd/save/save-snapshot.ts';
import type { Saved } from '#etcd/save/sink.ts';
import type { SnapshotSource } from '#etcd/save/source.ts';
import type { PreflightResult } from '#etcd/status/preflight.ts';
import { formatBytes } from '#foundation/format.ts';
import { description, type Field, type Outcome } from '../../../output/outcome.ts';
import { say } from '../../../spec.ts';
import { statusData, statusFields } from '../snapshot/status-view.ts';
import { checkLine } from '../status-view.ts';
import type { Target } from './target.ts';

/** What was saved, for people and for programs. */
export function savedOutcome(saved: SavedSnapshot, hostFiles: readonly Saved[] = []): Outcome {
  const { place, name, source, size, proof, verified } = saved;
  const { status, facts, findings = [] } = verified ?? {};
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
      ...(hostFiles.length === 0
        ? []
        : [
            {
              label: say('Of the host', 'ホストから取得'),
              lines: hostFiles.map(({ place }) => say(place, place)),
            },
          ]),
      ...(findings.length === 0
        ? []
        : [{ label: say('Findings', '検出事項'), lines: findings.map(({ text }) => text) }]),
      ...(known
        ? statusFields(status, facts)
        : [{ label: say('Size', 'サイズ'), value: formatBytes(size) } satisfies Field]),
    ],
  });
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

const labels = { place: say('Kept at', '保存先'), source: say('Taken of', '取得元') } as const;

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
