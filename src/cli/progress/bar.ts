import { formatBytes, formatDuration } from '#foundation/format.ts';
import type { Progress, ProgressEvent } from '#foundation/progress.ts';
import { printable } from '../output/style.ts';
import { displayWidth } from '../output/width.ts';
import { Meter } from './meter.ts';
import { phaseName } from './phases.ts';
import type { PrinterOptions, ProgressPrinter } from './printer.ts';

const redrawMilliseconds = 100;
/** How often the time that has passed is shown anew while nothing is reported. */
const tickMilliseconds = 1000;
const widestBar = 20;
const narrowestBar = 8;
const eraseLine = '\r\u001b[2K';
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';

/** One line at the bottom of a terminal, redrawn in place at most ten times a second. */
export class BarPrinter implements ProgressPrinter {
  readonly #options: PrinterOptions;
  readonly #meters = new Map<string, Meter>();
  readonly #begun: number;
  #event: ProgressEvent | undefined;
  #beside: ProgressEvent | undefined;
  #lastDraw = Number.NEGATIVE_INFINITY;
  #shown = false;
  #stopped = false;
  #ticker: NodeJS.Timeout | undefined;

  constructor(options: PrinterOptions) {
    this.#options = options;
    this.#begun = options.clock.monotonic();
  }

  readonly report: Progress = event => {
    if (this.#stopped) return;
    const now = this.#options.clock.monotonic();
    const meter = this.#meters.get(event.phase) ?? new Meter();
    this.#meters.set(event.phase, meter);
    meter.add(event, now);
    if (isBeside(event, this.#event)) this.#beside = event;
    else this.#event = event;
    if (now - this.#lastDraw >= redrawMilliseconds) this.#draw(now);
    this.#ticker ??= setInterval(this.#tick, tickMilliseconds).unref();
  };

  readonly #tick = (): void => {
    const now = this.#options.clock.monotonic();
    if (now - this.#lastDraw >= tickMilliseconds) this.#draw(now);
  };

  readonly print = (text: string): void => {
    this.#erase();
    this.#options.stream.write(text);
    if (!this.#stopped && this.#event !== undefined) this.#draw(this.#options.clock.monotonic());
  };

  readonly stop = (): void => {
    this.#stopped = true;
    clearInterval(this.#ticker);
    this.#erase();
  };

  #draw(now: number): void {
    const event = this.#event as ProgressEvent;
    const { stream, language } = this.#options;
    const parts = {
      name: phaseName(event.phase, language),
      numbers: numbers(event, this.#meters.get(event.phase) as Meter, {
        elapsed: now - this.#begun,
        beside: this.#beside,
      }),
      current: printable(event.current ?? ''),
    };
    stream.write(
      `${this.#shown ? '' : hideCursor}${eraseLine}${barLine(parts, event, (stream.columns ?? 80) - 1)}`,
    );
    this.#shown = true;
    this.#lastDraw = now;
  }

  #erase(): void {
    if (this.#shown) this.#options.stream.write(`${eraseLine}${showCursor}`);
    this.#shown = false;
  }
}

interface Parts {
  readonly name: string;
  readonly numbers: string;
  readonly current: string;
}

/** Fits the line into `width` columns: first the object at hand is shortened, then the bar goes, then the rest is cut. */
export function barLine(parts: Parts, event: Pick<ProgressEvent, 'done' | 'total'>, width: number): string {
  const fixed = `${parts.name}  ${parts.numbers}`;
  const barWidth = Math.min(widestBar, width - displayWidth(fixed) - 4);
  const line =
    event.total === undefined || barWidth < narrowestBar
      ? fixed
      : `${parts.name}  ${bar(event.done / event.total, barWidth)}  ${parts.numbers}`;
  const room = width - displayWidth(line) - 2;
  return cut(room >= 8 && parts.current !== '' ? `${line}  ${cut(parts.current, room)}` : line, width);
}

/** `[====>     ]`, with `width` columns between the brackets. Nothing of nothing is all of it. */
function bar(share: number, width: number): string {
  const filled = Number.isNaN(share) ? width : Math.min(width, Math.floor(share * width));
  const tip = filled < width ? '>' : '';
  return `[${('='.repeat(filled) + tip).padEnd(width)}]`;
}

/**
 * Whether an event only goes with another one, as how much was written for the items that are being worked on: two phases that
 * take turns on one line could not be read.
 */
function isBeside(event: ProgressEvent, shown: ProgressEvent | undefined): boolean {
  if (event.aside === true) return shown !== undefined && shown.phase !== event.phase;
  return event.unit === 'bytes' && event.total === undefined && shown?.unit === 'items';
}

interface Around {
  /** Milliseconds since the first event. */
  readonly elapsed: number;
  /** What goes with the event. */
  readonly beside: ProgressEvent | undefined;
}

function numbers(event: ProgressEvent, meter: Meter, { elapsed, beside }: Around): string {
  const amount = amounts[event.unit];
  const rate = meter.rate();
  const remaining = event.done === event.total ? undefined : meter.remaining(event.total);
  const percent =
    event.total === undefined || event.total <= 0
      ? ''
      : `${Math.floor(Math.min(1, event.done / event.total) * 100)}%  `;
  return [
    percent + amountOf(event),
    ...(rate === undefined
      ? []
      : [`${event.unit === 'bytes' ? amount(rate) : rate.toFixed(rate < 10 ? 1 : 0)}/s`]),
    ...(beside === undefined || event.unit === beside.unit ? [] : [amountOf(beside)]),
    formatDuration(elapsed),
    ...(remaining === undefined ? [] : [`ETA ${formatDuration(remaining)}`]),
  ].join('  ');
}

const amounts = { bytes: formatBytes, items: (value: number) => String(Math.round(value)) } as const;

function amountOf({ done, total, unit }: ProgressEvent): string {
  const amount = amounts[unit];
  return total === undefined ? amount(done) : `${amount(done)}/${amount(total)}`;
}

/** The text in at most `width` columns, with an ellipsis where something is left out. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let shown = '';
  for (const character of text) {
    if (displayWidth(shown + character) > width - 1) break;
    shown += character;
  }
  return `${shown}…`;
}
