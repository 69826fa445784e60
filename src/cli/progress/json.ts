import type { Progress, ProgressEvent } from '#foundation/progress.ts';
import type { PrinterOptions, ProgressPrinter } from './printer.ts';

const intervalMilliseconds = 1000;

/**
 * One JSON object a line: `{"type":"progress","time":…,"phase":…,"done":…,"total":…,"unit":…,"current":…}`. A
 * phase speaks at most once a second, and always when it begins, when it is complete and when the run ends.
 */
export class JsonPrinter implements ProgressPrinter {
  readonly #options: Pick<PrinterOptions, 'stream' | 'clock'>;
  readonly #lastTold = new Map<string, number>();
  readonly #untold = new Map<string, ProgressEvent>();

  constructor(options: Pick<PrinterOptions, 'stream' | 'clock'>) {
    this.#options = options;
  }

  readonly report: Progress = event => {
    const now = this.#options.clock.monotonic();
    const last = this.#lastTold.get(event.phase);
    const complete = event.total !== undefined && event.done >= event.total;
    if (last === undefined || complete || now - last >= intervalMilliseconds) {
      this.#lastTold.set(event.phase, now);
      this.#untold.delete(event.phase);
      this.#tell(event);
    } else {
      this.#untold.set(event.phase, event);
    }
  };

  readonly print = (text: string): void => {
    this.#options.stream.write(text);
  };

  readonly stop = (): void => {
    for (const event of this.#untold.values()) this.#tell(event);
    this.#untold.clear();
  };

  #tell(event: ProgressEvent): void {
    const { phase, done, total, unit, current } = event;
    const time = this.#options.clock.now().toISOString();
    this.#options.stream.write(
      `${JSON.stringify({ type: 'progress', time, phase, done, total, unit, current })}\n`,
    );
  }
}
