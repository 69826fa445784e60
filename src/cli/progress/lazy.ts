import { noProgress } from '#foundation/progress.ts';
import type { Env } from '../context.ts';
import type { PrinterOptions, ProgressMode, ProgressPrinter } from './printer.ts';

/** The printer is loaded with the first event: a command that reports nothing does not pay for it. */
export function lazyPrinter(mode: ProgressMode, env: Env, options: PrinterOptions): ProgressPrinter {
  let printer: ProgressPrinter | undefined;
  let loading: Promise<void> | undefined;
  let stopped = false;
  let latest: Parameters<ProgressPrinter['report']>[0] | undefined;
  const load = async (): Promise<void> => {
    const { progressPrinter } = await import('./printer.ts');
    if (stopped) return;
    printer = progressPrinter(mode, env, options);
    if (latest !== undefined) printer.report(latest);
  };
  return {
    report:
      mode === 'none'
        ? noProgress
        : event => {
            latest = event;
            if (printer !== undefined) printer.report(event);
            else loading ??= load();
          },
    print: text => (printer === undefined ? options.stream.write(text) : printer.print(text)),
    stop: () => {
      stopped = true;
      printer?.stop();
    },
  };
}
