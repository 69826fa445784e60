import type { Clock } from '#foundation/clock.ts';
import type { Message } from '#foundation/language.ts';
import type { GroupResource } from '#kube/objects.ts';
import type { Results } from './results.ts';

/** What a line of the log or a finding is about; as much of it as is known. */
export interface Subject {
  readonly resource?: GroupResource | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

export interface Finding {
  readonly severity: 'warning' | 'error';
  readonly subject?: Subject;
  readonly text: Message;
}

/** What one run of a backup or a restore says of itself: a log for its file, and findings for its results. */
export interface RunReport {
  /** A line of the log. */
  info(text: string, subject?: Subject): void;
  /** A line of the log and a warning of the results. */
  warning(text: Message, subject?: Subject): void;
  /** A line of the log and an error of the results. */
  error(text: Message, subject?: Subject): void;
  readonly warnings: number;
  readonly errors: number;
  readonly findings: readonly Finding[];
  results(): Results;
  /** The log so far, gzip'ed, which ends it: later lines go nowhere. Asked again, the same bytes. */
  log(): Promise<Uint8Array>;
}

export function createRunReport(clock: Clock): RunReport {
  throw new Error(`to come ${clock.now()}`);
}
