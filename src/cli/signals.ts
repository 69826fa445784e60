import { exitCodes } from '#foundation/errors.ts';
import type { Language } from '#foundation/language.ts';
import type { OutputStream } from './context.ts';
import { runErrors } from './errors.ts';
import { runTexts } from './messages.ts';

/** The part of `process` that is needed; a test gives its own. */
export interface Signalled {
  readonly pid: number;
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  removeAllListeners(signal: NodeJS.Signals): unknown;
  emit(event: 'exit', code: number): unknown;
  kill(pid: number, signal: NodeJS.Signals): unknown;
  exit(code: number): unknown;
  listenerCount(event: NodeJS.Signals): number;
}

/**
 * Aborts with a `run.cancelled` error at the first SIGINT, SIGTERM or SIGHUP and says that it stops cleanly; a second SIGINT or SIGTERM
 * ends the process at once with exit code 130. A terminal that goes away sends SIGHUP more than once: it never forces
 * anything, and is nothing where another listener of the process lives through it.
 */
export function abortedBySignals(process: Signalled, err: OutputStream, language: Language): AbortSignal {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      err.write(`${runTexts.forced[language]()}\n`);
      endAtOnce(process);
      return;
    }
    // on a terminal the line holds the echoed ^C, perhaps behind a progress bar
    if (err.isTTY === true) err.write('\r\u001b[2K');
    err.write(`${runTexts.stopping[language]({ signal })}\n`);
    controller.abort(runErrors.raise.cancelled({ cause: signal }));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', signal => {
    if (process.listenerCount('SIGHUP') === 1 && !controller.signal.aborted) stop(signal);
  });
  return controller.signal;
}

/**
 * Gives SIGINT and SIGTERM back to the system, which ends the process by them: to be called before it exits, because an exit waits for every
 * thread, and one of them may be waiting for a pipe or a file server that never answers.
 */
export function letSignalsEnd(process: Signalled): void {
  process.removeAllListeners('SIGINT');
  process.removeAllListeners('SIGTERM');
}

/** To a shell a process that SIGINT ended has exit code 130, too. Who put off something to the exit, as giving a terminal its cursor back, does it now. */
function endAtOnce(process: Signalled): void {
  letSignalsEnd(process);
  process.emit('exit', exitCodes.cancelled);
  process.kill(process.pid, 'SIGINT');
  process.exit(exitCodes.cancelled); // the first process of a container is ended by no signal that it does not listen to
}
