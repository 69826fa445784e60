import type { Usage } from './processes.ts';
import { median } from './table.ts';

/** One step of one of those that are compared. */
export interface RepositoryRun {
  readonly who: string;
  /** Whom it is compared with. */
  readonly peer?: string | undefined;
  readonly step: string;
  readonly usage: Usage;
  /** Bytes of the repository afterwards. */
  readonly stored: number;
  /** How many small files there were. */
  readonly files: number;
}

interface Column {
  readonly name: string;
  readonly of: (run: RepositoryRun) => number;
  readonly digits: number;
}

const mebibyte = 1024 * 1024;
const columns: readonly Column[] = [
  { name: 'wall, s', of: ({ usage }) => usage.wallSeconds, digits: 1 },
  { name: 'processor, s', of: ({ usage }) => usage.cpuSeconds, digits: 1 },
  { name: 'peak, MiB', of: ({ usage }) => usage.peakMib, digits: 0 },
  { name: 'repository, MiB', of: ({ stored }) => stored / mebibyte, digits: 0 },
];

/**
 * A Markdown table of medians: those who have a peer stand before it, and what their figures are of the peer's beside them: of each
 * pair of runs the ratio, and of these the median.
 */
export function repositoryTable(runs: readonly RepositoryRun[]): string {
  const head = ['', '', ...columns.flatMap(({ name }) => [name, 'of its peer’s'])];
  const rule = `|${'---|'.repeat(head.length)}`;
  const steps = [...new Set(runs.map(({ step }) => step))];
  const lines = steps.flatMap(step => {
    const ofStep = runs.filter(run => run.step === step);
    return [...new Set(ofStep.map(({ who }) => who))]
      .toSorted()
      .map(who => `| ${row(ofStep, step, who).join(' | ')} |`);
  });
  return [`| ${head.join(' | ')} |`, rule, ...lines, ''].join('\n');
}

function row(ofStep: readonly RepositoryRun[], step: string, who: string): string[] {
  const own = ofStep.filter(run => run.who === who);
  const peer = ofStep.filter(run => run.who === own[0]?.peer);
  const cells = columns.flatMap(({ of, digits }) => {
    const ratios = own.flatMap((run, round) => {
      const other = peer[round];
      return other === undefined ? [] : [of(run) / of(other)];
    });
    return [median(own.map(of)).toFixed(digits), ratios.length === 0 ? '' : median(ratios).toFixed(2)];
  });
  return [step, who, ...cells];
}
