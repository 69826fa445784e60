import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import type { FileOutcome } from './outcome.ts';
import { type Share, shareOf } from './share.ts';
import { offer } from './sharing.ts';

export interface Together {
  /** Absolute. */
  readonly files: readonly string[];
  readonly processes: number;
  /** Where no file has ended for so many seconds, one hangs, and all are ended. */
  readonly patience: number;
  readonly signal: AbortSignal;
}

export interface TogetherOutcome {
  readonly passed: ReadonlySet<string>;
  /** Those whose tests failed. */
  readonly failed: readonly FileOutcome[];
}

/**
 * Runs test files in few processes, many in each, one after the other, which spares most of the time: for files with few tests it goes
 * into loading what they need. Prints a line for each that passes.
 *
 * What is neither among those that passed nor among those that failed was not run, or in a process of which more can be said than
 * that a test failed: it was ended, or something failed in it after its test had ended. All that is told apart by running each file as a
 * process of its own.
 */
export async function runTogether({
  files,
  processes,
  patience,
  signal,
}: Together): Promise<TogetherOutcome> {
  const dir = await mkdtemp(join(tmpdir(), 'hozon-tests-'));
  const watch = watchdog(patience);
  try {
    await offer(dir, files);
    const ended = AbortSignal.any([signal, watch.signal]);
    const known = new Set(files);
    const shares = Array.from({ length: processes }, () => shareOf(known, watch.pat));
    await Promise.all(shares.map(share => runShare(dir, share, ended)));
    return {
      passed: new Set(ended.aborted ? [] : shares.flatMap(share => share.passed())),
      failed: shares.flatMap(share => share.failed()),
    };
  } finally {
    watch[Symbol.dispose]();
    await rm(dir, { recursive: true, force: true });
  }
}

async function runShare(dir: string, share: Share, signal: AbortSignal): Promise<void> {
  const file = join(import.meta.dirname, 'one-after-another.ts');
  const tests = run({ files: [file], argv: [dir], signal });
  tests.on('test:pass', share.testPassed);
  tests.on('test:fail', share.testFailed);
  tests.on('test:diagnostic', share.said);
  for await (const _ of tests);
}

interface Watchdog extends Disposable {
  readonly signal: AbortSignal;
  /** Keeps it quiet for as long as at first. */
  readonly pat: () => void;
}

function watchdog(patience: number): Watchdog {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), patience * 1000);
  return {
    signal: controller.signal,
    pat: () => timer.refresh(),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
