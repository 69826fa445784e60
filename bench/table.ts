import type { Load } from './fairness.ts';
import type { Usage } from './processes.ts';

/** One run of one of the two. */
export interface Measured {
  readonly who: 'Hozon' | 'Velero';
  readonly usage: Usage;
  readonly load: Load;
}

interface Row {
  readonly name: string;
  readonly of: (measured: Measured) => number;
  readonly digits: number;
}

const rows: readonly Row[] = [
  { name: 'wall time, s', of: ({ usage }) => usage.wallSeconds, digits: 1 },
  { name: 'processor time of its process, s', of: ({ usage }) => usage.cpuSeconds, digits: 1 },
  { name: 'peak memory of its process, MiB', of: ({ usage }) => usage.peakMib, digits: 0 },
  { name: 'processor time of the API server, s', of: ({ load }) => load.serverCpuSeconds, digits: 1 },
  { name: 'requests to the API server', of: ({ load }) => load.requests, digits: 0 },
  { name: 'of them answered with 429', of: ({ load }) => load.rejected, digits: 0 },
  { name: 'of them queued for more than 5 ms', of: ({ load }) => load.queued, digits: 0 },
  { name: 'queued in all, s', of: ({ load }) => load.queuedSeconds, digits: 2 },
];

/** A Markdown table of medians, with the least and the most where there are several runs. */
export function tableOf(works: Readonly<Record<string, readonly Measured[]>>): string {
  const done = Object.entries(works).filter(([, measured]) => measured.length > 0);
  const lines = done.flatMap(([work, measured]) => rows.map(row => lineOf(work, row, measured)));
  return ['| | Hozon | Velero | Hozon : Velero |', '|---|---|---|---|', ...lines, ''].join('\n');
}

function lineOf(work: string, { name, of, digits }: Row, measured: readonly Measured[]): string {
  const valuesOf = (who: Measured['who']): number[] => measured.filter(each => each.who === who).map(of);
  const [ours, theirs] = [valuesOf('Hozon'), valuesOf('Velero')];
  const ratio = median(ours) / median(theirs);
  const cells = [`${work}: ${name}`, spread(ours, digits), spread(theirs, digits), formatRatio(ratio)];
  return `| ${cells.join(' | ')} |`;
}

/** The middle one, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [Math.floor((sorted.length - 1) / 2), Math.ceil((sorted.length - 1) / 2)];
  return ((sorted[low] ?? Number.NaN) + (sorted[high] ?? Number.NaN)) / 2;
}

function spread(values: readonly number[], digits: number): string {
  const text = (value: number): string => value.toFixed(digits);
  const [least, most] = [text(Math.min(...values)), text(Math.max(...values))];
  return least === most ? text(median(values)) : `${text(median(values))} (${least}–${most})`;
}

function formatRatio(ratio: number): string {
  if (!Number.isFinite(ratio)) return '–';
  return ratio > 0 && ratio < 1 ? `1 : ${(1 / ratio).toFixed(1)}` : ratio.toFixed(2);
}
