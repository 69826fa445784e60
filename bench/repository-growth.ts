import type { RepositoryRun } from './repository-table.ts';
import { median } from './table.ts';

const mebibyte = 1024 * 1024;

/**
 * A Markdown table of how a step grows with the number of files: medians of each size, and what a thousand files more take, judged by the
 * two largest sizes.
 */
export function growthTable(runs: readonly RepositoryRun[], steps: readonly string[]): string {
  const lines = steps.flatMap(step => {
    const ofStep = runs.filter(run => run.step === step);
    const names = [...new Set(ofStep.map(({ who }) => who))].toSorted();
    return names.map(who => row(step, who, sizesOf(ofStep.filter(run => run.who === who))));
  });
  const figures = ['files', 'wall, s', 'processor, s', 'peak, MiB', 'repository, MiB'];
  const head = ['', '', ...figures, 'processor, ms, for 1000 files more', 'memory, KiB, for 1000 files more'];
  const rule = `|${'---|'.repeat(head.length)}`;
  return [head, ...lines]
    .map(cells => `| ${cells.join(' | ')} |`)
    .toSpliced(1, 0, rule)
    .join('\n')
    .concat('\n');
}

/** The medians of one size. */
interface Size {
  readonly files: number;
  readonly wall: number;
  readonly processor: number;
  readonly peak: number;
  readonly stored: number;
}

function sizesOf(runs: readonly RepositoryRun[]): readonly Size[] {
  const files = [...new Set(runs.map(run => run.files))].toSorted((a, b) => a - b);
  return files.map(count => {
    const same = runs.filter(run => run.files === count);
    return {
      files: count,
      wall: median(same.map(({ usage }) => usage.wallSeconds)),
      processor: median(same.map(({ usage }) => usage.cpuSeconds)),
      peak: median(same.map(({ usage }) => usage.peakMib)),
      stored: median(same.map(({ stored }) => stored / mebibyte)),
    };
  });
}

function row(step: string, who: string, sizes: readonly Size[]): readonly string[] {
  const each = (text: (size: Size) => string): string => sizes.map(text).join(' · ');
  const [before, last] = sizes.slice(-2);
  const more = (of: (size: Size) => number, digits: number): string => {
    if (before === undefined || last === undefined) return '';
    return ((1000 * (of(last) - of(before))) / (last.files - before.files)).toFixed(digits);
  };
  return [
    step,
    who,
    each(({ files }) => String(files)),
    each(({ wall }) => wall.toFixed(1)),
    each(({ processor }) => processor.toFixed(1)),
    each(({ peak }) => peak.toFixed(0)),
    each(({ stored }) => stored.toFixed(0)),
    more(({ processor }) => 1000 * processor, 0),
    more(({ peak }) => 1024 * peak, 0),
  ];
}
