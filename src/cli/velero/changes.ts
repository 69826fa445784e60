import type { ChangeData } from '#kube/diff/changes.ts';
import type { Cell, Tone } from '../output/outcome.ts';

/** Characters of a value that are shown. */
const longest = 120;

/** The changes of one object, a line each: `spec.replicas: 2 → 3`; `indent` before each line. */
export function changeLines(changes: readonly ChangeData[], indent = '    '): Cell[] {
  return changes.map(change => ({ text: `${indent}${lineOf(change)}`, tone: toneOf(change) }));
}

function lineOf(change: ChangeData): string {
  const { path } = change;
  if (!('before' in change)) return `+ ${path}: ${shown(change.after)}`;
  if (!('after' in change)) return `- ${path}: ${shown(change.before)}`;
  return `~ ${path}: ${shown(change.before)} → ${shown(change.after)}`;
}

function toneOf(change: ChangeData): Tone {
  if (!('before' in change)) return 'good';
  return 'after' in change ? 'warn' : 'bad';
}

/** As JSON, on one line; the beginning of what is long. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}
