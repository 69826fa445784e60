import type { Message } from '#foundation/language.ts';
import type { IndexRepair } from '#repository/restic/upkeep/repair-index.ts';
import type { PackRepair, PacksRepair } from '#repository/restic/upkeep/repair-packs.ts';
import type { SnapshotRepair } from '#repository/restic/upkeep/repair-snapshots.ts';
import type { TreeChange } from '#repository/restic/upkeep/repair-trees.ts';
import { type Column, description, type Field, listing, type Outcome } from '../../output/outcome.ts';
import { say } from '../../spec.ts';
import { undeletedData, undeletedNotes } from './undeleted.ts';

/** What became of the indexes, or would. */
export function indexOutcome(repair: IndexRepair, dryRun: boolean): Outcome {
  const { damagedIndexes, added, forgotten, unreadable, duplicates, undeleted } = repair;
  const lists: readonly (readonly [Message, readonly string[]])[] = [
    [say('Damaged indexes', '破損したインデックス'), damagedIndexes],
    [say('Packs described anew', '記載し直したパック'), added],
    [say('Missing packs forgotten', '記録を消した欠落パック'), forgotten],
    [say('Unreadable packs left out', '除外した読み取り不能なパック'), unreadable],
  ];
  const fields = lists
    .filter(([, ids]) => ids.length > 0)
    .map(([label, ids]): Field => ({ label, value: String(ids.length), lines: ids }));
  const nothing = fields.length === 0 && !duplicates;
  return description({
    data: { dryRun, ...repair, undeleted: undeletedData(undeleted) },
    name: [...damagedIndexes, ...added, ...forgotten, ...unreadable].join('\n'),
    text: nothing
      ? say('The indexes describe the packs as they are.', 'インデックスは既存のパックと一致しています。')
      : [...fields, ...(duplicates ? [{ label: severalTimes, value: yes }] : [])],
    notes: undeletedNotes(undeleted),
    ...(undeleted.length > 0 ? { exit: 'partial' as const } : {}),
  });
}

const severalTimes = say('Packs described several times', '複数回記載されたパック');
const yes = say('yes', 'あり');

/** What became of each pack, or would. */
export function packsOutcome({ packs, undeleted }: PacksRepair): Outcome {
  const lossy = packs.some(({ lost }) => lost > 0);
  return listing({
    items: packs,
    columns: packColumns,
    name: ({ id }) => id,
    notes: [...undeletedNotes(undeleted), ...(lossy ? [snapshotsNext] : [])],
    ...(undeleted.length > 0 ? { exit: 'partial' as const } : {}),
  });
}

const snapshotsNext = say(
  'Next: `hozon repo repair snapshots` makes snapshots without what is lost.',
  '次に `hozon repo repair snapshots` を実行すると、失われた部分を除いたスナップショットが作成されます。',
);

const packStatuses = {
  gone: { text: say('was gone already', 'すでに存在しません'), tone: 'dim' },
  givenUp: say('given up', '取り除きます'),
} as const;

const packColumns: readonly Column<PackRepair>[] = [
  { header: say('PACK', 'パック'), cell: ({ id }) => id },
  { header: say('STATUS', '状態'), cell: ({ gone }) => (gone ? packStatuses.gone : packStatuses.givenUp) },
  { header: say('SAVED', '救出したブロブ'), cell: ({ saved }) => String(saved), align: 'right' },
  {
    header: say('LOST', '失われたブロブ'),
    cell: ({ lost }) => ({ text: String(lost), tone: lost > 0 ? 'bad' : 'good' }),
    align: 'right',
  },
];

/** A line for each thing that is lost of a snapshot. */
interface Line {
  readonly repair: SnapshotRepair;
  readonly change: TreeChange | undefined;
}

/** What became of each snapshot that is not whole, or would. */
export function snapshotsOutcome(repairs: readonly SnapshotRepair[]): Outcome {
  const lines = repairs.flatMap((repair): Line[] =>
    repair.kind === 'lost'
      ? [{ repair, change: undefined }]
      : repair.changes.map(change => ({ repair, change })),
  );
  return listing({
    items: lines,
    columns: snapshotColumns,
    name: ({ repair }) => repair.id,
    data: ({ repair: { id, ...repair }, change }) => ({
      snapshot: id,
      repaired: repair.kind === 'repaired' ? repair.repaired : undefined,
      what: change?.what ?? 'snapshot',
      path: change?.path,
    }),
    empty: say('Every snapshot is whole.', 'すべてのスナップショットは完全です。'),
  });
}

const changes: Readonly<Record<TreeChange['what'], Message>> = {
  content: say('content is lost', '内容が失われています'),
  size: say('the size was not that of its content', 'サイズが内容と一致していません'),
  directory: say('the directory is lost', 'ディレクトリーが失われています'),
  entries: say('entries are not valid', '正しくないエントリーがあります'),
};

const lostAltogether = say('it cannot be read at all', 'まったく読み取れません');

const snapshotColumns: readonly Column<Line>[] = [
  { header: say('SNAPSHOT', 'スナップショット'), cell: ({ repair }) => repair.id.slice(0, 8) },
  {
    header: say('REPAIRED', '修復後'),
    cell: ({ repair }) => (repair.kind === 'repaired' ? (repair.repaired ?? '').slice(0, 8) : ''),
  },
  { header: say('PATH', 'パス'), cell: ({ change }) => change?.path ?? '' },
  {
    header: say('DETAIL', '詳細'),
    cell: ({ change }) => (change === undefined ? lostAltogether : changes[change.what]),
  },
];
