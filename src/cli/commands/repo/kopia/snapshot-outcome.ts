import { formatBytes } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';
import type { KopiaTreeSnapshot } from '#repository/kopia/backup/snapshot-tree.ts';
import { writeSnapshotManifest } from '#repository/kopia/format/snapshot-manifest.ts';
import { description, type Field, type Outcome } from '../../../output/outcome.ts';
import { say } from '../../../spec.ts';
import { comparisons, done, failureData, texts } from '../snapshot-outcome.ts';
import { countNotes } from '../troubles.ts';
import { findingText } from './findings-text.ts';

/** A snapshot of one path. */
export interface TakenSnapshot {
  readonly taken: KopiaTreeSnapshot;
  /** The snapshots that it was compared with. */
  readonly previous: readonly string[];
  readonly dryRun: boolean;
}

/** What a person, or a program, is told of snapshots that were taken. */
export function snapshotsOutcome(all: readonly TakenSnapshot[]): Outcome {
  const failures = all.reduce((sum, { taken }) => sum + troubles(taken), 0);
  const leavesOut = all.some(({ taken }) => taken.findings.some(each => each.leavesOut));
  const data = all.map(dataOf);
  return description({
    data: data.length === 1 ? data[0] : data,
    name: all.map(({ taken, previous }) => taken.id ?? previous[0] ?? '').join('\n'),
    text: all.flatMap(fields),
    notes: [...countNotes(done, failures), ...all.flatMap(({ taken }) => taken.findings.map(findingText))],
    ...(failures > 0 || leavesOut ? { exit: 'partial' as const } : {}),
  });
}

/** Failures, but those that a policy ignores. */
function troubles({ failures, snapshot }: KopiaTreeSnapshot): number {
  return Math.max(0, failures.length - snapshot.stats.ignoredErrorCount);
}

function dataOf({ taken, dryRun }: TakenSnapshot) {
  const { id, snapshot, failures, findings } = taken;
  return {
    ...writeSnapshotManifest(snapshot),
    id: id ?? null,
    dryRun,
    failures: failures.map(each => ({ ...failureData(each) })),
    findings: findings.map(each => ({ ...each })),
  };
}

function fields({ taken, previous, dryRun }: TakenSnapshot): Field[] {
  const { id, snapshot, statistics, totals } = taken;
  const { userName, host, path } = snapshot.source;
  const { files, directories, bytes } = statistics;
  return [
    { label: say('Snapshot', 'スナップショット'), value: id ?? (dryRun ? texts.dryRun : texts.skipped) },
    { label: say('Root', 'ルート'), value: snapshot.rootEntry?.object ?? texts.none },
    { label: say('Parent', '比較対象'), value: previous.length === 0 ? texts.none : previous },
    { label: say('Source', '保存元'), value: `${userName}@${host}:${path}` },
    { label: say('Files', 'ファイル'), value: comparisons(files) },
    { label: say('Directories', 'ディレクトリー'), value: comparisons(directories) },
    { label: say('Size', 'サイズ'), value: formatBytes(bytes) },
    { label: say('Added', '追加'), value: added(totals) },
  ];
}

function added({ dataContents, metadataContents, added, addedPacked }: KopiaTreeSnapshot['totals']): Message {
  const [plain, packed, contents] = [
    formatBytes(added),
    formatBytes(addedPacked),
    dataContents + metadataContents,
  ];
  return say(
    `${plain} (${packed} stored) in ${contents} contents`,
    `${plain} (保存後 ${packed})、コンテンツ ${contents} 個`,
  );
}
