/** A test that failed; or a file that did, without any of its tests: it could not be loaded, exited, or was cut off. */
export interface Failure {
  /** The names from the outermost suite to the test, ` > ` between them; empty where it is the file. */
  readonly test: string;
  /** How long it took until it failed. */
  readonly seconds: number;
  /** `LINE:COLUMN` in the file, where the test is written there. */
  readonly at?: string;
  /** What went wrong: messages, the place in the project's own code, causes; for a file, what it last wrote to stderr. */
  readonly text: string;
}

export interface FileOutcome {
  /** Absolute. */
  readonly file: string;
  readonly seconds: number;
  /** None where everything passed. */
  readonly failures: readonly Failure[];
}

/** What became of the files of one run. */
export interface RunOutcome {
  readonly files: readonly FileOutcome[];
  /** Those that were still waiting when the run was aborted. */
  readonly notBegun: readonly string[];
}

export function failedFiles(outcome: RunOutcome): FileOutcome[] {
  return outcome.files.filter(file => file.failures.length > 0);
}
