import { relative } from 'node:path';
import { type TestEvent, textOf } from './collector.ts';
import type { Failure, FileOutcome } from './outcome.ts';

/** What became of the files that one process runs one after the other, each as a suite named by its path. */
export interface Share {
  readonly testPassed: (event: TestEvent) => void;
  readonly testFailed: (event: TestEvent) => void;
  readonly said: (event: { readonly nesting: number; readonly message: string }) => void;
  /** None, where anything failed that is no test of a file: it may be anybody's. */
  readonly passed: () => readonly string[];
  readonly failed: () => readonly FileOutcome[];
}

/** @param ended is called when a file has */
export function shareOf(files: ReadonlySet<string>, ended: () => void): Share {
  const [passed, failed]: [string[], FileOutcome[]] = [[], []];
  const present: Present = { failures: [], tests: 0 };
  let doubtful = false;
  const end = (): readonly Failure[] => {
    const { failures } = present;
    present.failures = [];
    present.tests = 0;
    ended();
    return failures;
  };
  return {
    testPassed: ({ nesting, name, details }) => {
      if (nesting === 1) present.tests++;
      if (nesting > 0 || !files.has(name)) return;
      const ran = present.tests;
      end();
      if (ran === 0) return;
      passed.push(name);
      process.stdout.write(`✔ ${relative(process.cwd(), name)} (${secondsOf(details).toFixed(1)} s)\n`);
    },
    testFailed: event => {
      if (event.nesting > 0) note(event, present);
      else if (files.has(event.name)) {
        note(event, present);
        failed.push({ file: event.name, seconds: secondsOf(event.details), failures: end() });
      } else if (!isEcho(event)) doubtful = true;
    },
    said: ({ nesting, message }) => {
      if (nesting === 0 && message.startsWith('Error:')) doubtful = true;
    },
    passed: () => (doubtful ? [] : passed),
    failed: () => failed,
  };
}

interface Present {
  failures: Failure[];
  tests: number;
}

/** Of a suite only what is not its tests': a hook, or the import of a file. */
function note(event: TestEvent, present: Present): void {
  if (event.nesting === 1) present.tests++;
  if (isEcho(event) || (event.todo !== undefined && event.todo !== false)) return;
  const test = event.nesting === 0 ? '' : event.name;
  const text = textOf(event.details?.error, process.cwd());
  present.failures.push({ test, seconds: secondsOf(event.details), text });
}

function isEcho(event: TestEvent): boolean {
  return event.details?.error?.failureType === 'subtestsFailed';
}

function secondsOf(details: TestEvent['details']): number {
  return (details?.duration_ms ?? 0) / 1000;
}
