import { type FileOutcome, failedFiles, type RunOutcome } from './outcome.ts';

/** A file that failed in the first run, and what came of it. */
export type FailedFile =
  | { readonly verdict: 'unsteady'; readonly first: FileOutcome }
  | { readonly verdict: 'failed-again'; readonly first: FileOutcome; readonly again: FileOutcome }
  | { readonly verdict: 'not-run-again'; readonly first: FileOutcome; readonly why: string };

export interface Verdict {
  /** How many files were run. */
  readonly ran: number;
  readonly failed: readonly FailedFile[];
  /** Files that were not begun, because the run was aborted. */
  readonly notBegun: readonly string[];
}

/** Whether the whole run counts as passed. Unsteady files are in its favour; a run of nothing is not. */
export function hasPassed({ ran, failed, notBegun }: Verdict): boolean {
  return ran > 0 && notBegun.length === 0 && failed.every(({ verdict }) => verdict === 'unsteady');
}

/** Where more files than this failed, something is broken, and running them again would only tell it later. */
export const mostRunAgain = 12;

export interface TwiceOptions {
  /** Runs all files, those that fit beside each other. */
  readonly first: () => Promise<RunOutcome>;
  /** Runs one file, with nothing beside it. */
  readonly alone: (file: string) => Promise<RunOutcome>;
  /** How many seconds are left for tests. */
  readonly secondsLeft: () => number;
  readonly signal: AbortSignal;
  /** Is told what happens next. */
  readonly narrate: (line: string) => void;
}

/** Runs all files, and then, one after the other, those that failed: a file that passes alone is unsteady, not broken. */
export async function runTwice(options: TwiceOptions): Promise<Verdict> {
  const first = await options.first();
  const failed = failedFiles(first);
  const judged: FailedFile[] = [];
  for (const file of failed) judged.push(await judge(file, failed.length, options));
  return { ran: first.files.length, failed: judged, notBegun: first.notBegun };
}

async function judge(first: FileOutcome, failed: number, options: TwiceOptions): Promise<FailedFile> {
  const why = reasonAgainst(first, failed, options);
  if (why !== undefined) return { verdict: 'not-run-again', first, why };
  options.narrate(`${first.file} failed (${Math.round(first.seconds)} s) and is run once more, alone`);
  const outcome = await options.alone(first.file);
  const [again] = outcome.files;
  if (again === undefined) return { verdict: 'not-run-again', first, why: 'it was cut off' };
  return again.failures.length === 0
    ? { verdict: 'unsteady', first }
    : { verdict: 'failed-again', first, again };
}

function reasonAgainst(first: FileOutcome, failed: number, options: TwiceOptions): string | undefined {
  if (options.signal.aborted) return 'the run was cut off';
  if (failed > mostRunAgain) return `${failed} files failed, which is more than unsteadiness`;
  return options.secondsLeft() < first.seconds + 15 ? 'no time was left' : undefined;
}
