import type { HozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { JsonObject } from '#repository/format/go-json.ts';
import type { StoredSnapshot } from '#repository/restic/access/snapshots.ts';
import { type ForgetGroup, groupName } from '#repository/restic/retention/plan-forget.ts';
import type { CountRule, KeepReason, WithinRule } from '#repository/retention/policy.ts';
import { reasonText } from '#repository/retention/reason-text.ts';
import { formatSpan } from '#repository/retention/span.ts';
import type { Cell, Field } from '../../output/outcome.ts';
import { say } from '../../spec.ts';

/** The first digits of an id, as restic shows it. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** A group as `restic forget --json` shows it. */
export function groupData({ key, keep, remove }: ForgetGroup): unknown {
  return {
    tags: nullIfEmpty(key.tags),
    host: key.host,
    paths: nullIfEmpty(key.paths),
    keep: nullIfEmpty(keep.map(({ snapshot }) => snapshotData(snapshot))),
    remove: nullIfEmpty(remove.map(snapshotData)),
    reasons: nullIfEmpty(
      keep.map(({ snapshot, reasons }) => ({
        snapshot: snapshotData(snapshot),
        matches: reasons.map(reasonText),
      })),
    ),
  };
}

function snapshotData({ id, document }: StoredSnapshot): JsonObject {
  return { ...document, id, short_id: shortId(id) };
}

function nullIfEmpty<T>(items: readonly T[]): readonly T[] | null {
  return items.length === 0 ? null : items;
}

interface View {
  readonly failed: ReadonlyMap<string, HozonError>;
  readonly compact: boolean;
}

/** The groups for a person: what stays and why, and what goes. */
export function forgetFields(groups: readonly ForgetGroup[], view: View): readonly Field[] {
  return groups.map(({ key, keep, remove }) => ({
    label: groupName(key),
    lines: [
      ...keep.map(({ snapshot, reasons }) => keptLine(snapshot, reasons, view)),
      ...remove.map(snapshot => removedLine(snapshot, view)),
    ],
  }));
}

function keptLine(snapshot: StoredSnapshot, reasons: readonly KeepReason[], { compact }: View): Cell {
  const which = nameOf(snapshot);
  if (compact) return say(`keep    ${which}`, `保持  ${which}`);
  const japanese = reasons.map(reasonInJapanese).join('、');
  return {
    en: () => `keep    ${which}  ${reasons.map(reasonText).join(', ')}`,
    ja: () => `保持  ${which}  ${japanese}`,
  } satisfies Message;
}

function removedLine(snapshot: StoredSnapshot, { failed }: View): Cell {
  const which = nameOf(snapshot);
  if (failed.has(snapshot.id)) return { text: say(`failed  ${which}`, `失敗  ${which}`), tone: 'bad' };
  return { text: say(`remove  ${which}`, `削除  ${which}`), tone: 'warn' };
}

function nameOf({ id, document }: StoredSnapshot): string {
  return `${shortId(id)}  ${document.time.replace(/\.\d+/, '')}`;
}

const periods: Readonly<Record<CountRule | WithinRule, string>> = {
  last: '最新',
  all: 'すべて',
  hourly: '1 時間ごと',
  daily: '1 日ごと',
  weekly: '1 週ごと',
  monthly: '1 か月ごと',
  yearly: '1 年ごと',
};

function reasonInJapanese(reason: KeepReason): string {
  if (reason.kind === 'tags') return `タグ [${reason.tags.join(', ')}]`;
  const oldest = reason.oldest ? ' (最古)' : '';
  if (reason.kind === 'count') return `${periods[reason.rule]}${oldest}`;
  return `${formatSpan(reason.span)} 以内: ${periods[reason.rule]}${oldest}`;
}
