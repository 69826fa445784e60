import type { Message } from '#foundation/language.ts';
import { changeData, formatPath } from '#kube/diff/changes.ts';
import type { Difference } from '#kube/diff/differences.ts';
import { formatKey } from '#kube/objects.ts';
import type { Cell, Column, Field, Tone } from '../../output/outcome.ts';
import { changeLines } from '../../velero/changes.ts';
import { type Change, diffTexts } from './diff-messages.ts';

export type ChangeCounts = Readonly<Record<Change, number>>;

/** How many objects of each type differ and how. */
export function summaryOf(found: readonly Difference[]): Record<string, ChangeCounts> {
  const byType = Map.groupBy(found, ({ resource }) => resource);
  return Object.fromEntries([...byType].map(([resource, each]) => [resource, countsOf(each)]));
}

function countsOf(found: readonly Difference[]): ChangeCounts {
  const of = (kind: Change): number => found.filter(({ change }) => change === kind).length;
  return { added: of('added'), removed: of('removed'), changed: of('changed') };
}

/** `configmaps/shop/settings`. */
export function nameOf({ resource, ...key }: Difference): string {
  return `${resource}/${formatKey(key)}`;
}

interface Shown {
  readonly from: string;
  readonly to: string | Message;
  readonly found: readonly Difference[];
}

/** Objects of a type that are shown without `--details`, and fields of each. */
const fewObjects = 10;
const fewFields = 5;

/** The differences by type: how many, and the first of them, or all with their fields. */
export function diffFields({ from, to, found }: Shown, details: boolean): Field[] {
  const total = countsOf(found);
  const types = [...Map.groupBy(found, ({ resource }) => resource)];
  return [
    { label: diffTexts.from, value: from },
    { label: diffTexts.to, value: to },
    {
      label: diffTexts.differences,
      value: found.length === 0 ? diffTexts.none : diffTexts.counts(total),
      fields: types.map(([resource, each]) => ({
        label: resource,
        value: diffTexts.counts(countsOf(each)),
        lines: linesOf(each, details),
      })),
    },
  ];
}

function linesOf(found: readonly Difference[], details: boolean): Cell[] {
  const objects = details ? found : found.slice(0, fewObjects);
  const left = found.length - objects.length;
  return [
    ...objects.flatMap(each => objectLines(each, details)),
    ...(left > 0 ? [dim(diffTexts.more(left))] : []),
  ];
}

const signs: Readonly<Record<Change, { sign: string; tone: Tone }>> = {
  added: { sign: '+', tone: 'good' },
  removed: { sign: '-', tone: 'bad' },
  changed: { sign: '~', tone: 'warn' },
};

function objectLines({ change, fields, ...key }: Difference, details: boolean): Cell[] {
  const { sign, tone } = signs[change];
  const shown = details ? fields : fields.slice(0, fewFields);
  const left = fields.length - shown.length;
  const more = diffTexts.more(left);
  const indented = { en: () => `    ${more.en()}`, ja: () => `    ${more.ja()}` };
  return [
    { text: `${sign} ${formatKey(key)}`, tone },
    ...changeLines(changeData(shown)),
    ...(left > 0 ? [dim(indented)] : []),
  ];
}

function dim(text: Message): Cell {
  return { text, tone: 'dim' };
}

/** An object a row. */
export const diffColumns: readonly Column<Difference>[] = [
  {
    header: diffTexts.change,
    cell: ({ change }) => ({ text: diffTexts.changeName(change), tone: signs[change].tone }),
  },
  { header: diffTexts.resource, cell: ({ resource }) => resource },
  { header: diffTexts.namespace, cell: ({ namespace }) => namespace ?? '' },
  { header: diffTexts.name, cell: ({ name }) => name },
  {
    header: diffTexts.fields,
    cell: ({ fields }) => fields.map(({ path }) => formatPath(path)).join(', '),
  },
];
