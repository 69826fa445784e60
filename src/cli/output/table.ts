import type { Language } from '#foundation/language.ts';
import type { Cell, Column } from './outcome.ts';
import { isPlainAscii, type Paint, plain, printable } from './style.ts';
import { displayWidth } from './width.ts';

export interface TableOptions {
  readonly language: Language;
  readonly wide?: boolean;
  readonly paint?: Paint;
  /** Columns of the terminal; absent where it is none. */
  readonly width?: number | undefined;
}

const gap = '   ';

/** A table as kubectl prints it: headers, left-aligned columns three spaces apart; wide characters count two. */
export function renderTable<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  options: TableOptions,
): string {
  const { wide = false, width } = options;
  const all = lay(
    columns.filter(column => wide || column.wide !== true),
    items,
    options,
  );
  const laid = wide || width === undefined ? all : fitted(all, width);
  return linesOf(laid, items.length, options.paint ?? plain)
    .map(line => `${line}\n`)
    .join('');
}

/** A column with the texts of its rows. */
interface Laid<T> {
  readonly column: Column<T>;
  readonly header: string;
  readonly cells: readonly Cell[];
  readonly texts: readonly string[];
  readonly width: number;
}

function lay<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  { language }: TableOptions,
): readonly Laid<T>[] {
  return columns.map(column => {
    const header = column.header[language]();
    const cells = items.map(item => column.cell(item));
    const texts = cells.map(cell => oneLine(cellText(cell, language)));
    const width = texts.reduce((widest, text) => Math.max(widest, displayWidth(text)), displayWidth(header));
    return { column, header, cells, texts, width };
  });
}

/** Without the columns that yield, as many of them as it takes. */
function fitted<T>(laid: readonly Laid<T>[], width: number): readonly Laid<T>[] {
  const yielding = laid.findLastIndex(({ column }) => column.yields === true);
  if (yielding < 0 || totalWidth(laid) <= width) return laid;
  return fitted(laid.toSpliced(yielding, 1), width);
}

function totalWidth(laid: readonly Laid<never>[]): number {
  return laid.reduce((sum, { width }) => sum + width, gap.length * (laid.length - 1));
}

function linesOf<T>(laid: readonly Laid<T>[], rows: number, paint: Paint): string[] {
  const padded = ({ column, width }: Laid<T>, text: string, painted: string): string => {
    const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
    return column.align === 'right' ? space + painted : painted + space;
  };
  const head = laid.map(each => padded(each, each.header, paint(each.header, 'strong')));
  const body = Array.from({ length: rows }, (_, row) =>
    laid.map(each => {
      const text = each.texts[row] ?? '';
      return padded(each, text, paintCell(each.cells[row], text, paint));
    }),
  );
  return [head, ...body].map(cells => cells.join(gap).trimEnd());
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
  if (isPlainAscii(text)) return text;
  return text.replace(/\s*[\n\t]\s*/g, ' ');
}
