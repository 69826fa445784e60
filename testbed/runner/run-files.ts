import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { collector } from './collector.ts';
import type { RunOutcome } from './outcome.ts';

export interface FilesToRun {
  /** Absolute. */
  readonly files: readonly string[];
  /** How many files at once. */
  readonly concurrency: number;
  /** A regular expression; only tests whose name fits are run. */
  readonly namePattern?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Runs test files, each as a process, and prints to stdout what happens. Resolves when all have ended, however they
 * did; an abort ends those that run, and leaves out those that wait.
 */
export async function runFiles({ files, concurrency, namePattern, signal }: FilesToRun): Promise<RunOutcome> {
  const gather = collector(process.cwd());
  if (signal.aborted) gather.aborted();
  signal.addEventListener('abort', gather.aborted, { once: true }); // before node:test's own, which ends processes
  const tests = run({
    files: [...files],
    concurrency,
    signal,
    ...(namePattern === undefined ? {} : { testNamePatterns: [new RegExp(namePattern)] }),
  });
  tests.on('test:dequeue', gather.begun);
  tests.on('test:start', gather.reported);
  tests.on('test:fail', gather.failed);
  tests.on('test:complete', gather.completed);
  tests.on('test:stderr', gather.wroteToStderr);
  try {
    for await (const text of tests.compose(new spec())) process.stdout.write(text as string);
  } finally {
    signal.removeEventListener('abort', gather.aborted);
  }
  return gather.outcome();
}
