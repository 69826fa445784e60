import type { Clock } from '#foundation/clock.ts';
import type { Language } from '#foundation/language.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { Env, OutputStream } from '../context.ts';
import { BarPrinter } from './bar.ts';
import { JsonPrinter } from './json.ts';

/** Shows progress events somewhere. */
export interface ProgressPrinter {
  readonly report: Progress;
  /** Writes other text to the same stream without mixing it with the progress. */
  readonly print: (text: string) => void;
  /** Shows the last state where that matters, and leaves the stream as it was found. May be called again. */
  readonly stop: () => void;
}

export interface PrinterOptions {
  readonly stream: OutputStream;
  readonly clock: Clock;
  readonly language: Language;
}

export type ProgressMode = 'auto' | 'bar' | 'json' | 'none';

/** Which printer `auto` means: a bar on a terminal that can redraw a line, JSON lines elsewhere. */
export function progressPrinter(mode: ProgressMode, env: Env, options: PrinterOptions): ProgressPrinter {
  const redraws = options.stream.isTTY === true && env['TERM'] !== 'dumb';
  switch (mode === 'auto' ? (redraws ? 'bar' : 'json') : mode) {
    case 'bar':
      return new BarPrinter(options);
    case 'json':
      return new JsonPrinter(options);
    case 'none':
      return { report: noProgress, print: text => options.stream.write(text), stop: () => {} };
  }
}
