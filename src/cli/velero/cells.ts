import type { LabelSelector } from '#kube/selectors.ts';
import { formatSelector, fromLabelSelector } from '#kube/selectors.ts';
import type { Cell, Tone } from '../output/outcome.ts';

/** What stands where there is nothing, as kubectl has it. */
export const none = '<none>';

const tones: Readonly<Record<string, Tone>> = {
  Completed: 'good',
  PartiallyFailed: 'warn',
  Failed: 'bad',
  FailedValidation: 'bad',
};

/** A phase in its colour; phases are the API's own words in every language. */
export function phaseCell(phase: string | undefined): Cell {
  const text = phase === undefined || phase === '' ? 'New' : phase;
  const tone = tones[text];
  return tone === undefined ? text : { text, tone };
}

/** A count that should be 0. */
export function countCell(count: number | undefined, tone: Tone): Cell {
  return count === undefined || count === 0 ? '0' : { text: String(count), tone };
}

interface Selecting {
  readonly labelSelector?: unknown;
  readonly orLabelSelectors?: readonly unknown[] | null;
}

/** The selectors of a spec as they would be typed; as JSON where a stored one makes no sense. */
export function selectorText({ labelSelector, orLabelSelectors }: Selecting): string {
  const all = [labelSelector, ...(orLabelSelectors ?? [])].filter(
    each => each !== undefined && each !== null,
  );
  return all.map(each => oneSelector(each as LabelSelector)).join(' or ');
}

function oneSelector(selector: LabelSelector): string {
  try {
    return formatSelector(fromLabelSelector(withoutNulls(selector)));
  } catch {
    return JSON.stringify(selector);
  }
}

/** Go writes null for what is empty. */
function withoutNulls({ matchLabels, matchExpressions }: LabelSelector): LabelSelector {
  return { matchLabels: matchLabels ?? undefined, matchExpressions: matchExpressions ?? undefined };
}
