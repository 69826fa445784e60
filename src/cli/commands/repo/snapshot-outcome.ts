import { isHozonError } from '#foundation/errors.ts';
import { formatBytes } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';
import type { Comparisons } from '#repository/archiving/statistics.ts';
import { quoteName } from '#repository/format/go-quote.ts';
import type { TreeSnapshot } from '#repository/restic/backup/snapshot-tree.ts';
import type { FailedPath } from '#repository/restic/backup/tree-archive.ts';
import { description, type Field, type Outcome } from '../../output/outcome.ts';
import { reasonOf } from '../../reason.ts';
import { say } from '../../spec.ts';
import { countNotes, naming } from './troubles.ts';

/** What became of entries. */
export const done = { en: 'stored', ja: '保存' } as const;

export interface SnapshotContext {
  readonly parent: string | undefined;
  readonly dryRun: boolean;
}

/** What a person, or a program, is told of a snapshot that was taken. */
export function snapshotOutcome(taken: TreeSnapshot, context: SnapshotContext): Outcome {
  const { id, document, failures } = taken;
  return description({
    data: {
      id: id ?? null,
      ...document,
      dryRun: context.dryRun,
      failures: failures.map(each => ({ ...failureData(each) })),
    },
    name: id ?? context.parent ?? '',
    text: fields(taken, context),
    notes: countNotes(done, failures.length),
    ...(failures.length === 0 ? {} : { exit: 'partial' as const }),
  });
}

/** The root has no name. */
function nameOf(path: Buffer): string {
  return path.length === 0 ? '/' : quoteName(path);
}

/** A failure as programs are told of it. */
export function failureData({ path, error }: FailedPath) {
  const code = isHozonError(error) ? error.code : (error as NodeJS.ErrnoException).code;
  return { path: nameOf(path), code, message: error.message };
}

function fields(
  { id, document, statistics, totals }: TreeSnapshot,
  { parent, dryRun }: SnapshotContext,
): Field[] {
  const { files, directories, bytes } = statistics;
  return [
    { label: say('Snapshot', 'スナップショット'), value: id ?? (dryRun ? texts.dryRun : texts.skipped) },
    { label: say('Parent', '比較対象'), value: parent ?? texts.none },
    { label: say('Paths', 'パス'), value: document.paths },
    { label: say('Files', 'ファイル'), value: comparisons(files) },
    { label: say('Directories', 'ディレクトリー'), value: comparisons(directories) },
    { label: say('Size', 'サイズ'), value: formatBytes(bytes) },
    { label: say('Added', '追加'), value: added(totals) },
  ];
}

/** What stands in place of an id. */
export const texts = {
  dryRun: say('none: nothing was written', 'なし (書き込みは行っていません)'),
  skipped: say('none: nothing has changed', 'なし (変更はありません)'),
  none: say('none', 'なし'),
};

/** How many entries there were of each kind. */
export function comparisons({ new: added, changed, unmodified }: Comparisons): Message {
  return say(
    `${added} new, ${changed} changed, ${unmodified} unmodified`,
    `新規 ${added}、変更 ${changed}、変更なし ${unmodified}`,
  );
}

function added({ dataBlobs, treeBlobs, added, addedPacked }: TreeSnapshot['totals']): Message {
  const [plain, packed, blobs] = [formatBytes(added), formatBytes(addedPacked), dataBlobs + treeBlobs];
  return say(
    `${plain} (${packed} stored) in ${blobs} blobs`,
    `${plain} (保存後 ${packed})、ブロブ ${blobs} 個`,
  );
}

/** Names entries that failed as they do, up to a limit. */
export function failureNotes(note: (text: Message) => void): (failure: FailedPath) => void {
  const name = naming(done, note);
  return ({ path, error }) => name(nameOf(path), reasonOf(error));
}
