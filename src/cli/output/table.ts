import type { Language } from '#foundation/language.ts';
import type { Cell, Column } from './outcome.ts';
import { type Paint, plain, printable } from './style.ts';
import { displayWidth } from './width.ts';

export interface TableOptions {
  readonly language: Language;
  readonly wide?: boolean;
  readonly paint?: Paint;
}

const gap = '   ';

/** A table as kubectl prints it: headers, left-aligned columns three spaces apart; wide characters count two. */
export function renderTable<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  options: TableOptions,
): string {
  const { language, wide = false, paint = plain } = options;
  const shown = columns.filter(column => wide || column.wide !== true);
  const header = shown.map(column => column.header[language]());
  const rows = items.map(item => shown.map(column => column.cell(item)));
  const texts = rows.map(row => row.map(cell => oneLine(cellText(cell, language))));
  const widths = shown.map((_, at) =>
    texts.reduce(
      (widest, row) => Math.max(widest, displayWidth(row[at] ?? '')),
      displayWidth(header[at] ?? ''),
    ),
  );
  const line = (cells: readonly string[], painted: readonly string[]): string =>
    cells
      .map((text, at) => {
        const space = ' '.repeat(Math.max(0, (widths[at] ?? 0) - displayWidth(text)));
        return shown[at]?.align === 'right' ? space + (painted[at] ?? '') : (painted[at] ?? '') + space;
      })
      .join(gap)
      .trimEnd();
  const lines = [
    line(
      header,
      header.map(text => paint(text, 'strong')),
    ),
    ...texts.map((row, at) =>
      line(
        row,
        row.map((text, column) => paintCell(rows[at]?.[column], text, paint)),
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** A cell's text, made safe to show. */
export function cellText(cell: Cell, language: Language): string {
  const text = typeof cell === 'object' && 'tone' in cell ? cell.text : cell;
  return printable(typeof text === 'string' ? text : text[language]());
}

/** `text` in the tone that its cell asks for. */
export function paintCell(cell: Cell | undefined, text: string, paint: Paint): string {
  return typeof cell === 'object' && 'tone' in cell ? paint(text, cell.tone) : text;
}

function oneLine(text: string): string {
  return text.replace(/\s*[\n\t]\s*/g, ' ');
}
