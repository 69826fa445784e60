import { relative } from 'node:path';
import type { Failure } from './outcome.ts';
import { type FailedFile, hasPassed, type Verdict } from './twice.ts';

/**
 * The end of what a run prints: a list of the files that failed, each test with what went wrong, what failed for good
 * last. It is about `limit` characters long at most, because often only the end of an output is kept.
 */
export function report(verdict: Verdict, root: string, limit = 6000): string {
  const { ran, failed, notBegun } = verdict;
  const unsteady = failed.filter(file => file.verdict === 'unsteady');
  const broken = failed.filter(file => file.verdict !== 'unsteady');
  const listed = [...unsteady, ...broken].slice(-mostListed);
  const room = Math.max(200, Math.floor(limit / Math.max(1, listed.length)));
  const blocks = listed.map(file => block(file, root, room));
  if (listed.length < failed.length)
    blocks.unshift(`(${failed.length - listed.length} more files that failed)`);
  if (notBegun.length > 0) blocks.push(notBegunBlock(notBegun, root));
  const counts = [
    `${ran} files`,
    unsteady.length > 0 ? `${unsteady.length} UNSTEADY (failed beside others, passed alone)` : '',
    broken.length > 0 ? `${broken.length} FAILED` : '',
    notBegun.length > 0 ? `${notBegun.length} NOT RUN` : '',
  ].filter(count => count !== '');
  blocks.push(`tests ${hasPassed(verdict) ? 'passed' : 'failed'}: ${counts.join(', ')}`);
  return `${blocks.join('\n\n')}\n`;
}

const mostListed = 25;

function block(file: FailedFile, root: string, room: number): string {
  const name = relative(root, file.first.file);
  const failures = file.verdict === 'failed-again' ? bothRuns(file) : file.first.failures;
  const listed = failures.slice(0, Math.max(1, Math.floor(room / 200)));
  const each = Math.floor(room / listed.length);
  const lines = listed.map(failure => told(failure, name, each));
  if (listed.length < failures.length) lines.push(`  (${failures.length - listed.length} more tests of it)`);
  return [`${heading[file.verdict]} ${name}${remark(file)}`, ...lines].join('\n');
}

const heading = { unsteady: 'UNSTEADY', 'failed-again': 'FAILED', 'not-run-again': 'FAILED' } as const;

function remark(file: FailedFile): string {
  if (file.verdict === 'unsteady') return ': passed when it was run alone; failed before with';
  return file.verdict === 'failed-again' ? ', twice' : `, not run again: ${file.why}`;
}

/** What failed when the file was run alone, and before it what failed only beside others. */
function bothRuns(file: FailedFile & { readonly verdict: 'failed-again' }): Failure[] {
  const again = new Set(file.again.failures.map(({ test, text }) => `${test}\n${text}`));
  return [
    ...file.first.failures
      .filter(({ test, text }) => !again.has(`${test}\n${text}`))
      .map(failure => ({ ...failure, text: `(the first time) ${failure.text}` })),
    ...file.again.failures,
  ];
}

function told({ test, seconds, at, text }: Failure, file: string, room: number): string {
  const what = test === '' ? 'the file itself' : test;
  const where = ` (${at === undefined ? '' : `${file}:${at}, `}${seconds.toFixed(1)} s)`;
  const lines = shortened(text, room).split('\n');
  return [`  ✖ ${what}${where}`, ...lines.map(line => `      ${line}`)].join('\n');
}

/** Of a long text the beginning and the end: the one says what, the other where. */
function shortened(text: string, room: number): string {
  if (text.length <= room) return text;
  const half = Math.floor(room / 2);
  return `${text.slice(0, half).trimEnd()}\n[…]\n${text.slice(-half).trimStart()}`;
}

function notBegunBlock(files: readonly string[], root: string): string {
  const names = files.map(file => relative(root, file)).join(' ');
  return `NOT RUN, the run was cut off: ${names.length > 1500 ? `${names.slice(0, 1500)} […]` : names}`;
}
