import { formatBytes } from '#foundation/format.ts';
import type { Language, Message } from '#foundation/language.ts';
import { quoteName } from '#repository/format/go-quote.ts';
import type { RestoreSummary } from '#repository/restoring/tally.ts';
import type { TargetEvent } from '#repository/trees/target/target-event.ts';
import {
  type Column,
  description,
  type Field,
  listing,
  type Outcome,
  type Tone,
} from '../../output/outcome.ts';
import { say } from '../../spec.ts';
import { countNotes, naming } from './troubles.ts';

const done = { en: 'restored', ja: '復元' } as const;

/** Whether an entry is not as it should be. */
export function isTrouble(event: TargetEvent): boolean {
  if (event.action === 'failed' || event.action === 'differs') return true;
  return 'problems' in event && event.problems.length > 0;
}

/** What was restored, for a person or a program. */
export function restoreOutcome(
  summary: RestoreSummary,
  {
    target,
    snapshot,
    troubles,
  }: {
    readonly target: string;
    readonly snapshot: { readonly id: string };
    readonly troubles: readonly TargetEvent[];
  },
): Outcome {
  return description({
    data: { snapshot: snapshot.id, target, ...summary, troubles: troubles.map(each => dataOf(each)) },
    name: snapshot.id,
    text: fields(summary, { target, snapshot }),
    notes: countNotes(done, troubles.length),
    ...(troubles.length === 0 ? {} : { exit: 'partial' as const }),
  });
}

function fields(
  { written, updated, unchanged, left, removed, failed, bytes, verified }: RestoreSummary,
  { target, snapshot }: { readonly target: string; readonly snapshot: { readonly id: string } },
): Field[] {
  const all: [Message, number][] = [
    [actions.written.text, written],
    [actions.updated.text, updated],
    [actions.unchanged.text, unchanged],
    [actions.left.text, left],
    [actions.removed.text, removed],
    [actions.failed.text, failed],
    [say('verified', '確認済み'), verified],
  ];
  const counts = all.filter(([, count]) => count > 0);
  const texts = (language: Language) =>
    counts.map(([text, count]) => `${text[language]()} ${count}`).join(', ');
  return [
    { label: say('Snapshot', 'スナップショット'), value: snapshot.id.slice(0, 8) },
    { label: say('Target', '復元先'), value: target },
    { label: say('Entries', 'エントリー'), value: say(texts('en'), texts('ja')) },
    { label: say('Size', 'サイズ'), value: formatBytes(bytes) },
  ];
}

/** What would become of every entry. */
export function previewOutcome(events: readonly TargetEvent[]): Outcome {
  return listing({
    items: events,
    columns,
    name: ({ path }) => quoteName(path),
    data: event => dataOf(event),
    empty: say('Nothing would be restored.', '復元されるものはありません。'),
    ...(events.some(isTrouble) ? { exit: 'partial' as const } : {}),
  });
}

const actions: Readonly<Record<TargetEvent['action'], { readonly text: Message; readonly tone: Tone }>> = {
  written: { text: say('written', '新規'), tone: 'good' },
  updated: { text: say('updated', '更新'), tone: 'warn' },
  unchanged: { text: say('unchanged', '変更なし'), tone: 'dim' },
  left: { text: say('left', '対象外'), tone: 'dim' },
  removed: { text: say('removed', '削除'), tone: 'bad' },
  failed: { text: say('failed', '失敗'), tone: 'bad' },
  differs: { text: say('differs', '不一致'), tone: 'bad' },
};

const columns: readonly Column<TargetEvent>[] = [
  { header: say('ACTION', '処理'), cell: ({ action }) => actions[action] },
  { header: say('PATH', 'パス'), cell: ({ path }) => quoteName(path) },
  { header: say('DETAIL', '詳細'), cell: event => troubleOf(event) ?? '', yields: true },
];

function dataOf(event: TargetEvent): object {
  const { action } = event;
  const path = quoteName(event.path);
  if (event.action === 'removed') return { action, path };
  if (event.action === 'differs') return { action, path, differences: event.differences };
  if (event.action === 'failed') {
    return { action, path, code: event.failure.code, message: event.failure.detail?.en() };
  }
  const { type, problems } = event;
  return { action, path, type, ...(problems.length === 0 ? {} : { problems }) };
}

/** What is wrong with an entry. */
function troubleOf(event: TargetEvent): Message | undefined {
  if (event.action === 'failed') {
    const { code, detail } = event.failure;
    return detail ?? say(code, code);
  }
  if (event.action === 'differs') {
    const differences = event.differences.join(', ');
    return say(`differs: ${differences}`, `一致しない項目: ${differences}`);
  }
  if (!('problems' in event) || event.problems.length === 0) return undefined;
  const problems = event.problems.map(({ what, code }) => `${what} (${code})`).join(', ');
  return say(`not set: ${problems}`, `設定できなかった項目: ${problems}`);
}

/** Names entries that are not as they should be, up to a limit. */
export function troubleNotes(note: (text: Message) => void): (event: TargetEvent) => void {
  const name = naming(done, note);
  return event => {
    const trouble = troubleOf(event);
    if (trouble !== undefined) name(quoteName(event.path), trouble);
  };
}
