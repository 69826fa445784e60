import { bytePath } from '../../trees/byte-path.ts';
import type { FailedEntry } from '../../trees/source.ts';
import { childPolicies, type PolicyTree } from '../policies/policy-tree.ts';
import type { SnapshotDirectory } from './directory.ts';
import { failureText, isOfAttributes, isOfDirectory } from './failure-text.ts';
import type { Findings } from './findings.ts';
import type { Tally } from './tally.ts';

/** An entry that is not in the snapshot as it is in the source, or of which an earlier one was not as it should be. */
export interface FailedPath {
  readonly path: Buffer;
  readonly error: Error;
}

export interface FailureOptions {
  readonly findings: Findings;
  readonly tally: Tally;
  /** Where on this machine the source is, for what a snapshot says of failures. */
  readonly localRoot: string;
  /** Told of each failure at once. */
  readonly onFailure?: ((failure: FailedPath) => void) | undefined;
}

/** Where an entry is missing, and what is the rule there. */
interface MissingIn {
  /** Absent where not even the root was found. */
  readonly directory: SnapshotDirectory | undefined;
  readonly policies: PolicyTree;
}

/** What could not be stored: said at once, and recorded in the directory as kopia records it. */
export class Failures {
  readonly all: FailedPath[] = [];
  readonly #options: FailureOptions;

  constructor(options: FailureOptions) {
    this.#options = options;
  }

  /** Of an entry that could not be read. Policies say whether that is an error; attributes are no part of the format. */
  missing({ path, error }: FailedEntry, { directory, policies }: MissingIn): void {
    const { findings, tally } = this.#options;
    if (isOfAttributes(error)) {
      findings.add('attribute', path);
      return;
    }
    const name = bytePath(path).replace(/^.*\//s, '');
    const { ignoreFileErrors = false } = policies.policy.errorHandling;
    const own = childPolicies(policies, name).policy.errorHandling;
    if (isOfDirectory(error)) tally.directory();
    const ignored = isOfDirectory(error) ? (own.ignoreDirectoryErrors ?? false) : ignoreFileErrors;
    this.record(directory, { path, error }, ignored);
  }

  /** Says it, and has the directory say it. */
  record(directory: SnapshotDirectory | undefined, failure: FailedPath, ignored: boolean): void {
    const { tally, localRoot } = this.#options;
    const path = failure.path.toString();
    tally.failed(ignored);
    directory?.fail({ path, error: failureText(failure.error, `${localRoot}/${path}`) }, ignored);
    this.tell(failure);
  }

  tell(failure: FailedPath): void {
    this.all.push(failure);
    this.#options.onFailure?.(failure);
  }
}
