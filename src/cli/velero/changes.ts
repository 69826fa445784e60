import { type FieldChange, formatPath } from '#kube/diff/changes.ts';
import type { Cell, Tone } from '../output/outcome.ts';

/** Characters of a value that are shown. */
const longest = 120;

/** The changes of one object, a line each: `spec.replicas: 2 → 3`; `indent` before each line. */
export function changeLines(changes: readonly FieldChange[], indent = '    '): Cell[] {
  return changes.map(change => ({ text: `${indent}${lineOf(change)}`, tone: toneOf(change) }));
}

function lineOf(change: FieldChange): string {
  const path = formatPath(change.path);
  if (!('before' in change)) return `+ ${path}: ${shown(change.after)}`;
  if (!('after' in change)) return `- ${path}: ${shown(change.before)}`;
  return `~ ${path}: ${shown(change.before)} → ${shown(change.after)}`;
}

function toneOf(change: FieldChange): Tone {
  if (!('before' in change)) return 'good';
  return 'after' in change ? 'warn' : 'bad';
}

/** As JSON, on one line; the beginning of what is long. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}

/** For programs. */
export interface ChangeData {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** The changes as JSON and YAML show them. */
export function changeData(changes: readonly FieldChange[]): ChangeData[] {
  return changes.map(change => ({
    path: formatPath(change.path),
    ...('before' in change ? { before: change.before } : {}),
    ...('after' in change ? { after: change.after } : {}),
  }));
}
