import { systemClock } from '#foundation/clock.ts';
import { exitCodes } from '#foundation/errors.ts';
import type { OutputStream } from './context.ts';
import { isTerminalGone } from './output/gone.ts';
import { peek } from './peek.ts';
import { languageFor, run } from './run.ts';
import { abortedBySignals, letSignalsEnd } from './signals.ts';

/** Runs the process's own command line and ends the process with its exit code. */
export async function start(): Promise<never> {
  const { stdin, stdout, stderr, env } = process;
  const argv = process.argv.slice(2);
  stdout.on('error', thrown => isTerminalGone(stdout, thrown) || endOnBrokenPipe(thrown));
  stderr.on('error', thrown => isTerminalGone(stderr, thrown) || ignoreBrokenPipe(thrown));
  const signal = abortedBySignals(process, stderr, languageFor(peek(argv).lang, env));
  const surroundings = { argv, env, stdin, out: stdout, err: stderr, clock: systemClock, signal };
  const code = await run(surroundings).catch((thrown: unknown) => {
    if (!signal.aborted) throw thrown;
    return exitCodes.cancelled; // there is nobody left to be told why
  });
  await Promise.all([flushed(stdout), flushed(stderr)]);
  letSignalsEnd(process);
  process.exit(code);
}

/** The reader of the result went away (`hozon … | head`): what is left to say would reach nobody. */
function endOnBrokenPipe(thrown: NodeJS.ErrnoException): void {
  if (thrown.code === 'EPIPE') process.exit(exitCodes.ok);
  throw thrown;
}

/** Nobody listens to remarks and progress any more; the work goes on. */
function ignoreBrokenPipe(thrown: NodeJS.ErrnoException): void {
  if (thrown.code !== 'EPIPE') throw thrown;
}

function flushed(stream: OutputStream): Promise<void> {
  return new Promise(resolve => {
    if (stream.writableLength === 0 || stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}
