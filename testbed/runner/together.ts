import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { offer } from './sharing.ts';

export interface Together {
  /** Absolute. */
  readonly files: readonly string[];
  readonly processes: number;
  /** Where no file has ended for so many seconds, one hangs, and all are ended. */
  readonly patience: number;
  readonly signal: AbortSignal;
}

/**
 * Runs test files in few processes, many in each, one after the other, which spares most of the time: for files with few tests it goes into
 * loading what they need. Prints a line for each that passes.
 * @returns those that passed. The others failed, were disturbed by another one, or were not run: that is told apart by running
 * each as a process of its own.
 */
export async function passedTogether(options: Together): Promise<ReadonlySet<string>> {
  const dir = await mkdtemp(join(tmpdir(), 'hozon-tests-'));
  const passed = new Set<string>();
  const watch = watchdog(options.patience);
  try {
    await offer(dir, options.files);
    const signal = AbortSignal.any([options.signal, watch.signal]);
    const share = async (): Promise<void> => {
      const tests = run({ files: [join(import.meta.dirname, 'one-after-another.ts')], argv: [dir], signal });
      tests.on('test:complete', ({ nesting, name }) => {
        if (nesting === 0 && options.files.includes(name)) watch.pat();
      });
      tests.on('test:pass', ({ nesting, name, details }) => {
        if (nesting !== 0 || !options.files.includes(name)) return;
        passed.add(name);
        process.stdout.write(
          `✔ ${relative(process.cwd(), name)} (${(details.duration_ms / 1000).toFixed(1)} s)\n`,
        );
      });
      for await (const _ of tests);
    };
    await Promise.all(Array.from({ length: options.processes }, share));
    return passed;
  } finally {
    watch[Symbol.dispose]();
    await rm(dir, { recursive: true, force: true });
  }
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
