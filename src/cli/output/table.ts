import type { Language } from '#foundation/language.ts';
import type { Cell, Column, Items } from './outcome.ts';
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
  items: Items<T>,
  options: TableOptions,
): string {
  return [...tableLines(columns, items, options)].join('');
}

/** The lines of {@link renderTable}, each with its end. The items are gone through twice, and none is kept. */
export function* tableLines<T>(
  columns: readonly Column<T>[],
  items: Items<T>,
  options: TableOptions,
): Generator<string> {
  const { wide = false, width, paint = plain, language } = options;
  const all = columns
    .filter(column => wide || column.wide !== true)
    .map(column => new LaidColumn(column, { language, paint }));
  for (const item of items) for (const column of all) column.measure(item);
  const laid = wide || width === undefined ? all : fitted(all, width);
  yield lineOf(laid.map(column => column.head()));
  for (const item of items) yield lineOf(laid.map(column => column.padded(item)));
}

/** A column, as wide as the widest of its cells that were measured. Of millions of cells many are as the one above: that is remembered. */
class LaidColumn<T> {
  readonly column: Column<T>;
  width: number;
  readonly #header: string;
  readonly #options: Required<Pick<TableOptions, 'language' | 'paint'>>;
  #cell: Cell | undefined;
  #padded = '';

  constructor(column: Column<T>, options: Required<Pick<TableOptions, 'language' | 'paint'>>) {
    this.column = column;
    this.#options = options;
    this.#header = column.header[options.language]();
    this.width = displayWidth(this.#header);
  }

  measure(item: T): void {
    const cell = this.column.cell(item);
    if (cell === this.#cell) return;
    this.#cell = cell;
    const width = displayWidth(this.#textOf(cell));
    if (width > this.width) this.width = width;
    this.#padded = '';
  }

  head(): string {
    return this.#pad(this.#header, this.#options.paint(this.#header, 'strong'));
  }

  padded(item: T): string {
    const cell = this.column.cell(item);
    if (cell === this.#cell && this.#padded !== '') return this.#padded;
    const text = this.#textOf(cell);
    this.#cell = cell;
    this.#padded = this.#pad(text, paintCell(cell, text, this.#options.paint));
    return this.#padded;
  }

  #textOf(cell: Cell): string {
    if (typeof cell === 'string' && isPlainAscii(cell)) return cell;
    return oneLine(cellText(cell, this.#options.language));
  }

  #pad(text: string, painted: string): string {
    const space = ' '.repeat(Math.max(0, this.width - displayWidth(text)));
    return this.column.align === 'right' ? space + painted : painted + space;
  }
}

/** Without the columns that yield, as many of them as it takes. */
function fitted<T>(laid: readonly LaidColumn<T>[], width: number): readonly LaidColumn<T>[] {
  const yielding = laid.findLastIndex(({ column }) => column.yields === true);
  if (yielding < 0 || totalWidth(laid) <= width) return laid;
  return fitted(laid.toSpliced(yielding, 1), width);
}

function totalWidth<T>(laid: readonly LaidColumn<T>[]): number {
  return laid.reduce((sum, { width }) => sum + width, gap.length * (laid.length - 1));
}

function lineOf(cells: readonly string[]): string {
  return `${cells.join(gap).trimEnd()}\n`;
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
