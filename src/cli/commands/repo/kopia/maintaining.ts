import type { HozonError } from '#foundation/errors.ts';
import { formatBytes } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';
import type { KopiaIdentity } from '#repository/kopia/access/identity.ts';
import type { OpenKopia } from '#repository/kopia/access/open.ts';
import {
  type MaintainOptions,
  type MaintenanceReport,
  maintainKopia,
  type TaskReport,
} from '#repository/kopia/upkeep/maintain.ts';
import { tasks } from '#repository/kopia/upkeep/run-history.ts';
import { type SafetyLevel, safetyLevels } from '#repository/kopia/upkeep/safety.ts';
import type { Context } from '../../../context.ts';
import type { Cell, Field, Outcome } from '../../../output/outcome.ts';
import { reasonOf } from '../../../reason.ts';
import { say } from '../../../spec.ts';
import { abandonedData, abandonedNotes } from '../abandoned.ts';
import { undeletedData, undeletedNotes } from '../undeleted.ts';

export interface MaintainingChoices extends Pick<MaintainOptions, 'force' | 'dryRun'> {
  readonly identity: KopiaIdentity;
  readonly safety: SafetyLevel;
  readonly mode: MaintainOptions['mode'];
}

/** Maintains a repository, with a warning where that is safe for nobody else. */
export async function maintain(
  repository: OpenKopia,
  { safety, ...choices }: MaintainingChoices,
  context: Context,
): Promise<MaintenanceReport> {
  const { clock, progress, signal, note } = context;
  if (safety === 'none' && choices.dryRun !== true) note(unsafe);
  const options = { ...choices, safety: safetyLevels[safety], clock, progress, signal };
  return maintainKopia(repository, options);
}

/** {@link maintain}, all of it. */
export async function maintainFully(
  repository: OpenKopia,
  choices: Omit<MaintainingChoices, 'mode'>,
  context: Context,
): Promise<MaintenanceReport> {
  return maintain(repository, { ...choices, mode: 'full' }, context);
}

const unsafe = say(
  'Without safety margins, whoever else has the repository open may lose data: nobody must be using it now.',
  '安全のための待ち時間を置かないため、ほかにリポジトリーを使用している処理があるとデータが失われることがあります。',
);

/** What goes with what maintenance did: where not all was done, what is left of it, and how it ends then. */
export function maintenanceExtras(report: MaintenanceReport): Pick<Outcome, 'exit' | 'notes'> {
  const shortfalls = report.tasks.flatMap(({ result }) => result?.shortfall ?? []);
  const abandoned = abandonedNotes(report);
  if (shortfalls.length === 0 && report.notAbandoned.length === 0) return { notes: abandoned };
  const undeleted = shortfalls.flatMap(each => each.undeleted ?? []);
  const others = shortfalls.filter(each => each.undeleted === undefined);
  const notes = others.flatMap(({ error }) => [reasonOf(error), hintOf(error)]);
  return { exit: 'partial', notes: [...abandoned, ...notes, ...undeletedNotes(undeleted)] };
}

function hintOf(error: HozonError): Message {
  return { en: () => error.hint('en'), ja: () => error.hint('ja') };
}

/** As JSON and YAML show what maintenance did, or would do. */
export function maintenanceData(report: MaintenanceReport): object {
  return { mode: report.mode, tasks: report.tasks.map(taskData), ...abandonedData(report) };
}

function taskData({ task, state, result }: TaskReport): object {
  if (result === undefined) return { task, state };
  const { kind, data, shortfall } = result;
  if (shortfall === undefined) return { task, state, result: { kind, data } };
  const { error, undeleted } = shortfall;
  return {
    task,
    state,
    result: { kind, data },
    error: { code: error.code, message: error.message },
    ...(undeleted === undefined ? {} : { undeleted: undeletedData(undeleted) }),
  };
}

/** What maintenance did, or would do, for a person. */
export function maintenanceFields({ mode, tasks: reports }: MaintenanceReport): readonly Field[] {
  if (mode === 'none') return [{ label: say('Maintenance', 'メンテナンス'), value: notDue }];
  return reports.map(report => ({ label: titles[report.task] ?? report.task, value: valueOf(report) }));
}

const notDue = say('not due yet', 'まだ予定の時刻ではありません');
const tooEarly = say('waits: it is too early to be safe', '待機中: 安全に実行できる時刻になっていません');
const nothing = say('nothing to do', '対象なし');

function valueOf({ task, state, result }: TaskReport): Cell {
  if (state === 'waiting') return tooEarly;
  if (result === undefined) return nothing;
  const describe = result.kind === removedIndexes ? describers[tasks.cleanIndexes] : describers[task];
  if (describe === undefined) return nothing;
  const text = describe(numbersOf(result.data));
  const count = result.shortfall?.undeleted?.length;
  if (count === undefined) return state === 'short' ? { text, tone: 'bad' } : text;
  const left = say(
    `${text.en()}; ${count} could not be deleted`,
    `${text.ja()}、削除できなかったもの ${count}`,
  );
  return { text: left, tone: 'warn' };
}

/** What any task counts that has only removed what was put together before: kopia's name. */
const removedIndexes = 'cleanupSupersededIndexesStats';

type Numbers = Readonly<Record<string, number>>;

function numbersOf(data: Readonly<Record<string, unknown>>): Numbers {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, Number(value)]));
}

/** `12 (3.4 MiB)`: a count and bytes, by the beginning of their names. */
function amount(numbers: Numbers, count: string, size: string): string {
  return `${numbers[count] ?? 0} (${formatBytes(numbers[size] ?? 0)})`;
}

const titles: Readonly<Record<string, Message>> = {
  [tasks.collect]: say('Contents no snapshot uses', 'どのスナップショットも使用しないコンテンツ'),
  [tasks.rewriteFull]: say('Contents of short packs', '小さいパックのコンテンツ'),
  [tasks.rewriteQuick]: say('Metadata of short packs', '小さいパックのメタデータ'),
  [tasks.drop]: say('Deleted contents', '削除済みのコンテンツ'),
  [tasks.deleteFull]: say('Packs without contents', '不要になったパック'),
  [tasks.deleteQuick]: say('Metadata packs without contents', '不要になったメタデータのパック'),
  [tasks.compactIndexes]: say('Small indexes', '小さいインデックス'),
  [tasks.extendLocks]: say('Object locks', 'オブジェクトロック'),
  [tasks.compactEpoch]: say('Indexes of an epoch', 'エポックのインデックス'),
  [tasks.advanceEpoch]: say('Epoch', 'エポック'),
  [tasks.compactRange]: say('Indexes of many epochs', '複数のエポックのインデックス'),
  [tasks.cleanMarkers]: say('Old markers', '古いマーカー'),
  [tasks.cleanIndexes]: say('Replaced indexes', '置き換えられたインデックス'),
  [tasks.cleanLogs]: say('Old logs', '古いログ'),
};

const describers: Readonly<Record<string, (numbers: Numbers) => Message>> = {
  [tasks.collect]: numbers => {
    const deleted = amount(numbers, 'deletedContentCount', 'deletedContentSize');
    const recent = amount(numbers, 'unreferencedRecentContentCount', 'unreferencedRecentContentSize');
    const restored = amount(numbers, 'recoveredContentCount', 'recoveredContentSize');
    return say(
      `${deleted} marked deleted, ${recent} too recent, ${restored} brought back`,
      `削除の印 ${deleted}、新しいため対象外 ${recent}、復帰 ${restored}`,
    );
  },
  [tasks.rewriteFull]: rewritten,
  [tasks.rewriteQuick]: rewritten,
  [tasks.drop]: () => say('dropped those deleted long enough ago', '十分に古い削除済みコンテンツを破棄'),
  [tasks.deleteFull]: packsDeleted,
  [tasks.deleteQuick]: packsDeleted,
  [tasks.compactIndexes]: () => say('put together', '統合しました'),
  [tasks.extendLocks]: ({ toExtendBlobCount: all = 0, extendedBlobCount: extended = 0 }) =>
    say(`${extended} of ${all} extended`, `延長 ${extended}/${all}`),
  [tasks.compactEpoch]: numbers => {
    const { epoch = 0, supersededIndexBlobCount: count = 0 } = numbers;
    return say(`${count} of epoch ${epoch} put together`, `エポック ${epoch} の ${count} 個を統合`);
  },
  [tasks.advanceEpoch]: ({ currentEpoch = 0, wasAdvanced = 0 }) =>
    wasAdvanced === 0
      ? say(`still ${currentEpoch}`, `${currentEpoch} のまま`)
      : say(`${currentEpoch} begins`, `${currentEpoch} を開始`),
  [tasks.compactRange]: ({ rangeMinEpoch: first = 0, rangeMaxEpoch: last = 0 }) =>
    say(`epochs ${first} to ${last} put together`, `エポック ${first} から ${last} までを統合`),
  [tasks.cleanMarkers]: ({ deletedEpochMarkerBlobCount: epochs = 0, deletedWatermarkBlobCount: times = 0 }) =>
    say(`${epochs + times} removed`, `削除 ${epochs + times}`),
  [tasks.cleanIndexes]: numbers => {
    const gone = amount(numbers, 'deletedBlobCount', 'deletedTotalSize');
    return say(`${gone} removed`, `削除 ${gone}`);
  },
  [tasks.cleanLogs]: numbers => {
    const gone = amount(numbers, 'toDeleteBlobCount', 'toDeleteBlobSize');
    return say(`${gone} removed`, `削除 ${gone}`);
  },
};

function rewritten(numbers: Numbers): Message {
  const moved = amount(numbers, 'toRewriteContentCount', 'toRewriteContentSize');
  return say(`${moved} put together`, `まとめ直し ${moved}`);
}

function packsDeleted(numbers: Numbers): Message {
  const gone = amount(numbers, 'unreferencedPackCount', 'unreferencedTotalSize');
  const kept = amount(numbers, 'retainedPackCount', 'retainedTotalSize');
  return say(`${gone} removed, ${kept} kept for now`, `削除 ${gone}、当面保持 ${kept}`);
}
