import { noProgress, type ProgressEvent } from '#foundation/progress.ts';
import type { Env } from '../context.ts';
import type { PrinterOptions, ProgressMode, ProgressPrinter } from './printer.ts';

/** A printer whose code is still on its way; `ready` waits for it and for what was reported meanwhile. */
export interface LazyPrinter extends ProgressPrinter {
  readonly ready: () => Promise<void>;
}

/** The printer is loaded with the first event: a command that reports nothing does not pay for it. */
export function lazyPrinter(mode: ProgressMode, env: Env, options: PrinterOptions): LazyPrinter {
  let printer: ProgressPrinter | undefined;
  let loading: Promise<void> | undefined;
  let stopped = false;
  const waiting = new Map<string, ProgressEvent>();
  const load = async (): Promise<void> => {
    const { progressPrinter } = await import('./printer.ts');
    printer = progressPrinter(mode, env, options);
    for (const event of waiting.values()) printer.report(event);
    if (stopped) printer.stop();
  };
  const report = (event: ProgressEvent): void => {
    if (printer !== undefined) return printer.report(event);
    waiting.set(event.phase, event);
    loading ??= load();
  };
  return {
    report: mode === 'none' ? noProgress : report,
    print: text => (printer === undefined ? options.stream.write(text) : printer.print(text)),
    ready: async () => loading,
    stop: () => {
      stopped = true;
      printer?.stop();
    },
  };
}
