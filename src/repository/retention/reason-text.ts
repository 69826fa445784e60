import type { CountRule, KeepReason, WithinRule } from './policy.ts';
import { formatSpan } from './span.ts';

const counted: Readonly<Record<CountRule, string>> = {
  last: 'last snapshot',
  hourly: 'hourly snapshot',
  daily: 'daily snapshot',
  weekly: 'weekly snapshot',
  monthly: 'monthly snapshot',
  yearly: 'yearly snapshot',
};

const within: Readonly<Record<WithinRule, string>> = {
  all: 'within',
  hourly: 'hourly within',
  daily: 'daily within',
  weekly: 'weekly within',
  monthly: 'monthly within',
  yearly: 'yearly within',
};

/** Why something is kept, in the words of `restic forget --json`. */
export function reasonText(reason: KeepReason): string {
  if (reason.kind === 'tags') return `has tags [${reason.tags.join(', ')}]`;
  const oldest = reason.oldest ? 'oldest ' : '';
  if (reason.kind === 'count') return `${oldest}${counted[reason.rule]}`;
  return `${oldest}${within[reason.rule]} ${formatSpan(reason.span)}`;
}
