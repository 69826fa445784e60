import type { Language } from '#foundation/language.ts';
import type { Cell, Field } from './outcome.ts';
import { type Paint, plain } from './style.ts';
import { cellText, paintCell } from './table.ts';
import { displayWidth } from './width.ts';
import { wrap } from './wrap.ts';

export interface FieldsOptions {
  readonly language: Language;
  readonly paint?: Paint;
  /** Columns; values are wrapped to fit. Absent: they are not. */
  readonly width?: number | undefined;
}

/** Labelled values as `velero describe` shows them: labels aligned within a block, nested blocks indented. */
export function renderFields(fields: readonly Field[], options: FieldsOptions): string {
  return lines(fields, options, '')
    .map(line => `${line}\n`)
    .join('');
}

function lines(fields: readonly Field[], options: FieldsOptions, indent: string): string[] {
  const labels = fields.map(field => `${cellText(field.label, options.language)}:`);
  const labelled = fields.flatMap((field, at) => (field.value === undefined ? [] : [labels[at] ?? '']));
  const width = Math.max(0, ...labelled.map(label => displayWidth(label)));
  return fields.flatMap((field, at) => {
    const label = labels[at] ?? '';
    const space = ' '.repeat(Math.max(0, width - displayWidth(label)) + 2);
    const continued = indent + ' '.repeat(width + 2);
    const room = options.width === undefined ? undefined : options.width - indent.length - width - 2;
    const [first = '', ...rest] = valueLines(field.value, options, room);
    return [
      `${indent}${(options.paint ?? plain)(label, 'strong')}${space}${first}`.trimEnd(),
      ...rest.map(text => continued + text),
      ...lines(field.fields ?? [], options, `${indent}  `),
      ...linesBelow(field.lines ?? [], options, `${indent}  `),
    ];
  });
}

function linesBelow(cells: readonly Cell[], options: FieldsOptions, indent: string): string[] {
  const room = options.width === undefined ? undefined : options.width - indent.length;
  return valueLines(cells, options, room).map(text => indent + text);
}

function valueLines(value: Field['value'], options: FieldsOptions, room: number | undefined): string[] {
  if (value === undefined) return [];
  const cells: readonly Cell[] = Array.isArray(value) ? value : [value as Cell];
  return cells.flatMap(cell =>
    broken(cellText(cell, options.language), room).map(text => paintCell(cell, text, options.paint ?? plain)),
  );
}

/** A value is only wrapped where there is room for words beside its label. */
function broken(text: string, room: number | undefined): string[] {
  return room === undefined || room < 20 ? text.split('\n') : wrap(text, room);
}
