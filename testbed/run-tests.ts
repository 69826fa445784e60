import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeThrown, HozonError } from '#foundation/errors.ts';
import { toStderr } from './narration.ts';
import { privateStatePath, startOwner } from './owner-process.ts';
import { secondsLeft } from './runner/limit.ts';
import { filesInOrder } from './runner/order.ts';
import { report } from './runner/report.ts';
import { runFiles } from './runner/run-files.ts';
import { runTogether, type TogetherOutcome } from './runner/together.ts';
import { hasPassed, runTwice, type Verdict } from './runner/twice.ts';
import { stateVariable } from './state.ts';

/**
 * `run-tests.ts [--light|--bare] [--together] [--test-concurrency=N] [--test-name-pattern=REGEXP] FILES…`: starts a cluster and
 * an object store (`--bare`: neither), runs the test files with them, those that failed once more alone, ends them, and
 * says what failed. Tests join through `shared.ts`. `--together`: files share processes, and what does not pass so is run in one of its own.
 */
async function runTests(): Promise<number> {
  const options = readArguments();
  const stopped = new AbortController();
  let exitCode = 1;
  const stop = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGINT') exitCode = 130;
    stopped.abort(new Error(`ended by ${signal}`));
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    const verdict = options.bare
      ? await testVerdict(options, stopped)
      : await withTestbed(options.light ? 'light' : 'full', () => testVerdict(options, stopped));
    process.stdout.write(`\n${report(verdict, process.cwd())}`);
    return hasPassed(verdict) ? 0 : exitCode;
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

interface Arguments {
  readonly light: boolean;
  readonly bare: boolean;
  readonly together: boolean;
  readonly concurrency: number;
  readonly namePattern: string | undefined;
  readonly patterns: readonly string[];
}

function readArguments(): Arguments {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      light: { type: 'boolean', default: false },
      bare: { type: 'boolean', default: false },
      together: { type: 'boolean', default: false },
      'test-concurrency': { type: 'string' },
      'test-name-pattern': { type: 'string' },
    },
  });
  const { 'test-concurrency': given, 'test-name-pattern': namePattern } = values;
  return {
    light: values.light,
    bare: values.bare,
    together: values.together && namePattern === undefined,
    concurrency: given === undefined ? usualConcurrency(values) : Number(given),
    namePattern,
    patterns: positionals,
  };
}

/**
 * As many files at once as there are processors (node:test itself would leave one of them idle). With a testbed, one file
 * more, since much of the time they wait, but at most four: they share one API server; and where files share processes, since one that
 * waits holds up those behind it.
 */
function usualConcurrency({ bare, together }: { bare: boolean; together: boolean }): number {
  const processors = navigator.hardwareConcurrency;
  if (bare) return together ? processors + 1 : processors;
  return Math.min(4, processors + 1);
}

async function testVerdict(options: Arguments, stopped: AbortController): Promise<Verdict> {
  const { signal } = stopped;
  const { concurrency, namePattern } = options;
  using _limit = abortInTime(stopped);
  const all = await filesInOrder(options.patterns);
  const together = options.together
    ? await runTogether({ files: all, processes: concurrency, patience: 120, signal })
    : { passed: new Set<string>(), failed: [] };
  const files = all.filter(file => !together.passed.has(file));
  if (files.length === 0) return { ran: all.length, failed: [], notBegun: [] };
  const verdict = await runTwice({
    first: () => runFiles({ files, concurrency, namePattern, signal }),
    alone: file => runFiles({ files: [file], concurrency: 1, namePattern, signal }),
    secondsLeft,
    signal,
    narrate: line => process.stdout.write(`\n${line}\n\n`),
  });
  return withThose(together, verdict);
}

/** What failed beside others in one process, and not in one of its own, is unsteady. */
function withThose(together: TogetherOutcome, verdict: Verdict): Verdict {
  const told = new Set([...verdict.failed.map(({ first }) => first.file), ...verdict.notBegun]);
  const unsteady = together.failed
    .filter(({ file }) => !told.has(file))
    .map(first => ({ verdict: 'unsteady', first }) as const);
  return {
    ...verdict,
    ran: verdict.ran + together.passed.size,
    failed: [...unsteady, ...verdict.failed],
  };
}

/**
 * What every process of a run compiles is kept for the next one: a third of the processor time of a file with few tests is
 * loading. It is in the checkout, because Node keeps an entry for each path.
 */
function keepCompiledCode(): void {
  process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../node_modules/.cache/compiled');
}

/** Milliseconds: a timer of more would fire at once. */
const longestTimer = 2 ** 31 - 1;

/** Ends the tests a while before the run is ended from outside, so that what failed is still said. */
function abortInTime(stopped: AbortController): Disposable {
  const seconds = secondsLeft();
  if (seconds === Number.POSITIVE_INFINITY) return { [Symbol.dispose]: () => {} };
  const timer = setTimeout(
    () => stopped.abort(new Error('no time was left')),
    Math.min(seconds * 1000, longestTimer),
  );
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

async function withTestbed<T>(extent: 'light' | 'full', use: () => Promise<T>): Promise<T> {
  const statePath = privateStatePath();
  const owner = await startOwner({ statePath, extent, tethered: true, narrate: toStderr });
  try {
    process.env[stateVariable] = statePath; // test files inherit it
    return await use();
  } finally {
    toStderr('ending the testbed (usually 2 s)');
    await owner.stop();
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

try {
  keepCompiledCode();
  process.exitCode = await runTests();
} catch (thrown) {
  toStderr(describeThrown(thrown));
  if (thrown instanceof HozonError) toStderr(thrown.hint());
  process.exitCode = 1;
}
