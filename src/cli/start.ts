import { systemClock } from '#foundation/clock.ts';
import { exitCodes } from '#foundation/errors.ts';
import { languageOf } from '#foundation/language.ts';
import type { OutputStream } from './context.ts';
import { runErrors } from './errors.ts';
import { runTexts } from './messages.ts';
import { peek } from './peek.ts';
import { run } from './run.ts';

/** Runs the process's own command line and ends the process with its exit code. */
export async function start(): Promise<never> {
  const { stdin, stdout, stderr, env } = process;
  const argv = process.argv.slice(2);
  for (const stream of [stdout, stderr]) stream.on('error', endOnBrokenPipe);
  const signal = stoppedBySignals(stderr, peek(argv).lang ?? languageOf(env));
  const code = await run({ argv, env, stdin, out: stdout, err: stderr, clock: systemClock, signal });
  await Promise.all([flushed(stdout), flushed(stderr)]);
  process.exit(code);
}

/** The first SIGINT or SIGTERM asks the run to stop, the second ends the process at once. */
function stoppedBySignals(err: OutputStream, language: string): AbortSignal {
  const controller = new AbortController();
  const say = language === 'ja' ? 'ja' : 'en';
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      err.write(`${runTexts.forced[say]()}\n`);
      process.exit(exitCodes.cancelled);
    }
    err.write(`\r\u001b[2K${runTexts.stopping[say]({ signal: name })}\n`.slice(err.isTTY === true ? 0 : 5));
    controller.abort(runErrors.raise.cancelled({ cause: name }));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}

/** The reader went away (`hozon … | head`): nobody is left to talk to. */
function endOnBrokenPipe(thrown: NodeJS.ErrnoException): void {
  if (thrown.code === 'EPIPE') process.exit(exitCodes.ok);
  throw thrown;
}

function flushed(stream: OutputStream): Promise<void> {
  return new Promise(resolve => {
    if (stream.writableLength === 0 || stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}
