import { inspect } from 'node:util';
import type { Failure, FileOutcome, RunOutcome } from './outcome.ts';

/** What node:test tells of a test. That of a file itself has no `entryFile`; of a test, it is the file that was run. */
export interface TestEvent {
  readonly name: string;
  readonly nesting: number;
  readonly file?: string | undefined;
  readonly entryFile?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly todo?: string | boolean | undefined;
  readonly details?: { readonly duration_ms?: number; readonly error?: TestError };
}

/** node:test's own wrapping of what a test threw (`details.error`); of a process that failed, with how it ended. */
interface TestError extends Error {
  readonly failureType?: string | undefined;
  readonly exitCode?: number | null | undefined;
  readonly signal?: string | null | undefined;
}

export interface Collector {
  readonly begun: (event: TestEvent) => void;
  readonly reported: (event: TestEvent) => void;
  readonly failed: (event: TestEvent) => void;
  readonly completed: (event: TestEvent) => void;
  readonly wroteToStderr: (event: StderrEvent) => void;
  /** To be called when the run is aborted, before anything is ended by that. */
  readonly aborted: () => void;
  readonly outcome: () => RunOutcome;
}

export interface StderrEvent {
  readonly entryFile?: string | undefined;
  readonly message: string;
}

/** Gathers from the events of a run, in their order, what became of each file. `root` is the project's directory. */
export function collector(root: string): Collector {
  const files = new Map<string, Gathered>();
  const gathered = (file: string): Gathered => {
    const known = files.get(file) ?? { path: [], running: [], failures: [], stderr: '', seconds: 0 };
    files.set(file, known);
    return known;
  };
  let runningAtAbort: Set<string> | undefined;
  const notBegun: string[] = [];
  return {
    begun: event => {
      const of = gathered(fileOf(event));
      if (event.entryFile !== undefined) of.running = [...of.running.slice(0, event.nesting), event.name];
    },
    reported: event => {
      const of = gathered(fileOf(event));
      if (event.entryFile !== undefined) of.path = [...of.path.slice(0, event.nesting), event.name];
    },
    failed: event => {
      const file = fileOf(event);
      if (isEcho(event)) return;
      if (runningAtAbort !== undefined && isAbort(event) && !runningAtAbort.has(file)) notBegun.push(file);
      else gathered(file).failures.push(failureOf(event, gathered(file), root));
    },
    completed: event => {
      if (event.entryFile === undefined) endFile(event, gathered(fileOf(event)));
    },
    wroteToStderr: ({ entryFile, message }) => {
      if (entryFile !== undefined)
        gathered(entryFile).stderr = `${gathered(entryFile).stderr}${message}`.slice(-4000);
    },
    aborted: () => {
      runningAtAbort = new Set([...files].filter(([, of]) => of.seconds === 0).map(([file]) => file));
    },
    outcome: () => ({ files: outcomes(files, notBegun), notBegun }),
  };
}

interface Gathered {
  /** The names of the suites and the test that are being reported. */
  path: readonly string[];
  /** The names of the suites and the test that began last. */
  running: readonly string[];
  readonly failures: Failure[];
  stderr: string;
  seconds: number;
}

function outcomes(files: ReadonlyMap<string, Gathered>, notBegun: readonly string[]): FileOutcome[] {
  return [...files]
    .filter(([file]) => !notBegun.includes(file))
    .map(([file, { failures, seconds }]) => ({ file, failures, seconds }));
}

/** A file that failed with what is in it has told of that before; if it has not, there is at least the file. */
function endFile(event: TestEvent, of: Gathered): void {
  of.seconds = secondsOf(event);
  const isUntold = isEcho(event) && of.failures.length === 0;
  if (isUntold)
    of.failures.push({ test: '', seconds: of.seconds, text: 'it failed, but none of its tests did' });
}

function secondsOf(event: TestEvent): number {
  return (event.details?.duration_ms ?? 0) / 1000;
}

function fileOf(event: TestEvent): string {
  return event.entryFile ?? event.file ?? event.name;
}

/** A suite or file fails with what is in it, which is told for itself; what is still to be done may fail. */
function isEcho(event: TestEvent): boolean {
  const isTodo = event.todo !== undefined && event.todo !== false;
  return isTodo || event.details?.error?.failureType === 'subtestsFailed';
}

function isAbort(event: TestEvent): boolean {
  return event.entryFile === undefined && event.details?.error?.failureType === 'testAborted';
}

function failureOf(event: TestEvent, of: Gathered, root: string): Failure {
  if (event.entryFile === undefined)
    return { test: '', seconds: secondsOf(event), text: textOfFile(event, of) };
  const test = [...of.path.slice(0, event.nesting), event.name].join(' > ');
  const text = textOf(event.details?.error, root);
  const seconds = secondsOf(event);
  const isHere = event.file === event.entryFile && event.line !== undefined;
  return isHere ? { test, seconds, at: `${event.line}:${event.column ?? 1}`, text } : { test, seconds, text };
}

function textOfFile(event: TestEvent, of: Gathered): string {
  const error = event.details?.error;
  if (isAbort(event)) {
    const last =
      of.running.length === 0
        ? 'before any test began'
        : `the test that began last: ${of.running.join(' > ')}`;
    return `cut off, ${error?.message ?? 'aborted'}; ${last}`;
  }
  const how = error?.signal
    ? `ended by ${error.signal}`
    : `ended with exit code ${error?.exitCode ?? 'unknown'}`;
  const said = of.stderr.trim();
  return said === '' ? how : `${how}; it wrote:\n${lastLines(said, 25)}`;
}

function lastLines(text: string, count: number): string {
  return text.split('\n').slice(-count).join('\n');
}

/** Messages from the outermost to the innermost cause, each with the place in the project where it arose. */
export function textOf(error: unknown, root: string): string {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  const tell = (thrown: unknown, lead: string): void => {
    if (thrown === undefined || thrown === null || seen.has(thrown)) return;
    seen.add(thrown);
    if (thrown instanceof Error && isOnlyWrapping(thrown)) return tell(thrown.cause, lead);
    lines.push(...told(thrown, lead, root));
    if (!(thrown instanceof Error)) return;
    if (thrown instanceof AggregateError) for (const each of thrown.errors) tell(each, 'one of: ');
    if (thrown.cause !== thrown.message) tell(thrown.cause, 'caused by: ');
  };
  tell(error, '');
  return lines.join('\n');
}

/** node:test's own error repeats what a test threw; it says something of its own where that was a hook. */
function isOnlyWrapping(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'testCodeFailure' && error.cause !== undefined;
}

function told(thrown: unknown, lead: string, root: string): string[] {
  if (!(thrown instanceof Error)) return [`${lead}${typeof thrown === 'string' ? thrown : inspect(thrown)}`];
  const isPlain = thrown.name === 'Error' || thrown.name === 'AssertionError';
  const message = `${lead}${isPlain ? '' : `${thrown.name}: `}${thrown.message}`;
  const place = placeIn(thrown.stack ?? '', root);
  return place === undefined ? [message] : [message, `at ${place}`];
}

/** The innermost frame that is the project's own, as a path from its directory. */
function placeIn(stack: string, root: string): string | undefined {
  for (const line of stack.split('\n')) {
    const found = /^\s+at .*?(?:file:\/\/)?(\/[^()]*:\d+:\d+)\)?$/.exec(line)?.[1];
    if (found?.startsWith(`${root}/`) && !found.includes('/node_modules/'))
      return found.slice(root.length + 1);
  }
  return undefined;
}
