import type { Usage } from './processes.ts';
import { median } from './table.ts';

/** One step of one of the two. */
export interface RepositoryRun {
  readonly who: 'Hozon' | 'restic';
  readonly step: string;
  readonly usage: Usage;
  /** Bytes of the repository afterwards. */
  readonly stored: number;
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

/** A Markdown table of medians, Hozon's beside restic's, and what Hozon's are of restic's: of each pair of runs the ratio, and of these the median. */
export function repositoryTable(runs: readonly RepositoryRun[]): string {
  const head = columns.flatMap(({ name }) => [name, 'of restic’s']);
  const steps = [...new Set(runs.map(({ step }) => step))];
  const lines = steps.map(
    step => `| ${[step, ...columns.flatMap(column => cellsOf(runs, step, column))].join(' | ')} |`,
  );
  const rule = `|---|${'---|'.repeat(head.length)}`;
  return [`| Hozon / restic | ${head.join(' | ')} |`, rule, ...lines, ''].join('\n');
}

function cellsOf(runs: readonly RepositoryRun[], step: string, { of, digits }: Column): string[] {
  const valuesOf = (who: RepositoryRun['who']): number[] =>
    runs.filter(run => run.who === who && run.step === step).map(of);
  const [ours, theirs] = [valuesOf('Hozon'), valuesOf('restic')];
  const ratios = ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
  const both = [ours, theirs].map(values => median(values).toFixed(digits)).join(' / ');
  return [both, median(ratios).toFixed(2)];
}
