import type { Clock } from '#foundation/clock.ts';
import type { Message } from '#foundation/language.ts';
import type { GroupResource } from '#kube/objects.ts';
import type { ResultSection, Results } from '../stored/results.ts';
import { createRunLog, type RunLog } from './run-log.ts';

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
  /** In the order in which they came; of each severity at most {@link findingLimit}. */
  readonly findings: readonly Finding[];
  /**
   * The findings by where they belong: a subject with a namespace there, one with only a resource under `cluster`,
   * one with neither under `velero`. Each text begins with its object: `pods/web-1: …`.
   */
  results(): Results;
  /** The log so far, gzip'ed, which ends it: later lines go nowhere. Asked again, the same bytes. */
  log(): Promise<Uint8Array>;
}

/** So many findings of a severity are held; more are counted, and stand in the log. */
export const findingLimit = 10_000;

export function createRunReport(clock: Clock): RunReport {
  return new CollectedReport(createRunLog(clock));
}

class CollectedReport implements RunReport {
  readonly findings: Finding[] = [];
  readonly #counts = { warning: 0, error: 0 };
  readonly #log: RunLog;

  constructor(log: RunLog) {
    this.#log = log;
  }

  get warnings(): number {
    return this.#counts.warning;
  }

  get errors(): number {
    return this.#counts.error;
  }

  info(text: string, subject: Subject = {}): void {
    this.#log.write('info', text, fieldsOf(subject));
  }

  warning(text: Message, subject?: Subject): void {
    this.#find({ severity: 'warning', text, ...(subject === undefined ? {} : { subject }) });
  }

  error(text: Message, subject?: Subject): void {
    this.#find({ severity: 'error', text, ...(subject === undefined ? {} : { subject }) });
  }

  results(): Results {
    return { warnings: this.#section('warning'), errors: this.#section('error') };
  }

  log(): Promise<Uint8Array> {
    return this.#log.end();
  }

  #find(finding: Finding): void {
    const { severity, text, subject = {} } = finding;
    this.#log.write(severity, text.en(), fieldsOf(subject));
    this.#counts[severity]++;
    if (this.#counts[severity] <= findingLimit) this.findings.push(finding);
  }

  #section(severity: Finding['severity']): ResultSection {
    const section: ResultSection = {};
    for (const finding of this.findings) {
      if (finding.severity === severity) addTo(section, finding);
    }
    const omitted = this.#counts[severity] - findingLimit;
    if (omitted > 0) (section.velero ??= []).push(`${omitted} more are in the log`);
    return section;
  }
}

function fieldsOf({ resource, namespace, name }: Subject) {
  return { resource, namespace, name };
}

function addTo(section: ResultSection, { subject = {}, text }: Finding): void {
  const line = prefixOf(subject) + text.en();
  if (subject.namespace !== undefined) listOf(section, subject.namespace).push(line);
  else if (subject.resource !== undefined) (section.cluster ??= []).push(line);
  else (section.velero ??= []).push(line);
}

function listOf(section: ResultSection, namespace: string): string[] {
  const namespaces = (section.namespaces ??= {});
  const list = Object.hasOwn(namespaces, namespace) ? namespaces[namespace] : undefined; // there is one "constructor"
  return list ?? (namespaces[namespace] = []);
}

function prefixOf({ resource, name }: Subject): string {
  const parts = [resource, name].filter(part => part !== undefined);
  return parts.length === 0 ? '' : `${parts.join('/')}: `;
}
