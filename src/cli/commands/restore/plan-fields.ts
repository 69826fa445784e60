import type { Message } from '#foundation/language.ts';
import { formatKey } from '#kube/objects.ts';
import { noteText } from '#restore/notes.ts';
import { findingText } from '#restore/plan/findings.ts';
import { type PlanAction, type PlannedItem, planActions, type RestorePlan } from '#restore/plan/plan.ts';
import { isFilterReason, planReasons } from '#restore/plan/reasons.ts';
import type { Cell, Column, Field, Tone } from '../../output/outcome.ts';
import { changeLines } from '../../velero/changes.ts';
import { veleroTexts } from '../../velero/texts.ts';
import { type PlanCounts, planTexts } from './plan-messages.ts';

const tones: Readonly<Record<PlanAction, Tone>> = {
  create: 'good',
  update: 'warn',
  merge: 'warn',
  skip: 'dim',
  conflict: 'bad',
};

/** How many objects meet with what. */
export function countsOf(items: readonly PlannedItem[]): PlanCounts {
  const counts: Partial<Record<PlanAction, number>> = {};
  for (const { action } of items) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

/** The plan as a person reads it: findings first, then types with what becomes of their objects. */
export function planFields(plan: RestorePlan, details: boolean): Field[] {
  const chosen = plan.items.filter(({ reason }) => !isFilterReason(reason));
  const types = [...Map.groupBy(chosen, ({ resource }) => resource)];
  return [
    { label: veleroTexts.restore, value: plan.restore.metadata.name },
    { label: veleroTexts.backup, value: plan.backup.name },
    ...findingFields(plan),
    {
      label: planTexts.wouldDo,
      value: chosen.length === 0 ? planTexts.nothing : planTexts.counts(countsOf(chosen)),
      fields: types.map(([resource, items]) => typeField(resource, items, details)),
    },
    ...leftOutField(plan.items, details),
  ];
}

function findingFields({ findings, notes }: RestorePlan): Field[] {
  const lines = [
    ...findings.map(each => toned(findingText(each), each.severity)),
    ...notes.map(each => toned(noteText(each), each.severity)),
  ];
  const label = planTexts.findings;
  return [lines.length === 0 ? { label, value: planTexts.none } : { label, lines }];
}

function toned(text: Message, severity: 'warning' | 'error'): Cell {
  return { text, tone: severity === 'error' ? 'bad' : 'warn' };
}

/** Objects of a type that are shown without `--details`. */
const fewObjects = 5;

/** Without details only what changes something, or cannot, is named. */
function typeField(label: string, items: readonly PlannedItem[], details: boolean): Field {
  const value = planTexts.counts(countsOf(items));
  if (details) {
    const ordered = planActions.flatMap(action => items.filter(item => item.action === action));
    return { label, value, lines: ordered.flatMap(item => itemLines(item, true)) };
  }
  const named = items.filter(({ action }) => action !== 'create' && action !== 'skip');
  const left = named.length - fewObjects;
  const lines = named.slice(0, fewObjects).flatMap(item => itemLines(item, false));
  return { label, value, lines: left > 0 ? [...lines, dim(planTexts.more(left))] : lines };
}

function itemLines(item: PlannedItem, details: boolean): Cell[] {
  const { action, changes = [], notes = [] } = item;
  const shown = details ? changes : changes.slice(0, fewObjects);
  const left = changes.length - shown.length;
  return [
    { text: headOf(item), tone: tones[action] },
    ...changeLines(shown),
    ...(left > 0 ? [dim(indented(planTexts.more(left)))] : []),
    ...(details ? notes.map(each => toned(indented(noteText(each)), each.severity)) : []),
  ];
}

function headOf(item: PlannedItem): Message {
  const name = planTexts.actionName(item.action);
  const why = whyOf(item);
  const key = formatKey(item);
  return { en: () => `${name.en()} ${key}: ${why.en()}`, ja: () => `${name.ja()} ${key}: ${why.ja()}` };
}

/** The reason, with what makes the object again and the rules that change it. */
export function whyOf({ reason, by, modifiers = [] }: PlannedItem): Message {
  const parts: Message[] = [planReasons[reason]];
  if (by !== undefined) parts.push({ en: () => by, ja: () => by });
  if (modifiers.length > 0) parts.push(planTexts.rules(modifiers));
  return {
    en: () => parts.map(part => part.en()).join('; '),
    ja: () => parts.map(part => part.ja()).join('、'),
  };
}

function leftOutField(items: readonly PlannedItem[], details: boolean): Field[] {
  const filtered = items.filter(({ reason }) => isFilterReason(reason));
  if (filtered.length === 0) return [];
  const reasons = [...Map.groupBy(filtered, ({ reason }) => reason)];
  const fields = reasons.map(([reason, each]): Field => {
    const lines = details ? each.map(item => `${item.resource} ${formatKey(item)}`) : [];
    return { label: planReasons[reason], value: planTexts.objects(each.length), lines };
  });
  return [{ label: planTexts.leftOut, value: planTexts.objects(filtered.length), fields }];
}

function indented(text: Message): Message {
  return { en: () => `    ${text.en()}`, ja: () => `    ${text.ja()}` };
}

function dim(text: Message): Cell {
  return { text, tone: 'dim' };
}

/** An object a row. */
export const planColumns: readonly Column<PlannedItem>[] = [
  {
    header: planTexts.action,
    cell: ({ action }) => ({ text: planTexts.actionName(action), tone: tones[action] }),
  },
  { header: planTexts.resource, cell: ({ resource }) => resource },
  { header: planTexts.namespace, cell: ({ namespace }) => namespace ?? '' },
  { header: planTexts.name, cell: ({ name }) => name },
  { header: planTexts.why, cell: whyOf },
  {
    header: planTexts.changes,
    cell: ({ changes = [] }) => changes.map(({ path }) => path).join(', '),
  },
];
