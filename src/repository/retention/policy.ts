import { fieldsOf, isoWeek, type Moment, timeBefore, type Zone } from './moment.ts';
import { isEmptySpan, type Span } from './span.ts';
import { hasTags, type TagList } from './tag-lists.ts';

/** The rules that keep one snapshot of each period; `last` keeps each. */
export const countRules = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type CountRule = (typeof countRules)[number];

/** The rules that do so for a length of time before the latest snapshot; `all` keeps each. */
export const withinRules = ['all', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type WithinRule = (typeof withinRules)[number];

/** For how many periods that have a snapshot one is kept: all of them. */
export const unlimited = -1;

/** What is to be kept. A rule that is not given keeps nothing. */
export interface KeepPolicy {
  /** A whole number from 0, or {@link unlimited}. */
  readonly counts: Readonly<Partial<Record<CountRule, number>>>;
  readonly within: Readonly<Partial<Record<WithinRule, Span>>>;
  /** Snapshots that have all tags of one of these lists. */
  readonly tags: readonly TagList[];
}

/** What the rules look at. */
export interface Dated {
  readonly moment: Moment;
  readonly tags: readonly string[];
}

/** Why something is kept. `oldest`: only because nothing older is there and the rule has room left. */
export type KeepReason =
  | { readonly kind: 'tags'; readonly tags: TagList }
  | { readonly kind: 'count'; readonly rule: CountRule; readonly oldest: boolean }
  | { readonly kind: 'within'; readonly rule: WithinRule; readonly span: Span; readonly oldest: boolean };

/** What a policy says of some snapshots, the newest first. */
export interface Verdict<T> {
  readonly keep: readonly { readonly item: T; readonly reasons: readonly KeepReason[] }[];
  readonly remove: readonly T[];
}

/** Whether it has no rule that could keep anything. */
export function isEmptyPolicy({ counts, within, tags }: KeepPolicy): boolean {
  const noCounts = countRules.every(rule => (counts[rule] ?? 0) === 0);
  return noCounts && withinRules.every(rule => spanOf(within[rule]) === undefined) && tags.length === 0;
}

/** Now in nanoseconds since 1970, and the zone of this machine. */
export interface Calendar {
  readonly now: bigint;
  readonly zone: Zone;
}

/**
 * Divides snapshots of one group by a policy, exactly as `restic forget` does (its `internal/restic/snapshot_policy.go`). Of
 * snapshots of the same moment, those that come first count as newer.
 */
export function applyPolicy<T extends Dated>(
  items: readonly T[],
  policy: KeepPolicy,
  calendar: Calendar,
): Verdict<T> {
  const newestFirst = items.toSorted((a, b) => compare(b.moment.nanoseconds, a.moment.nanoseconds));
  const rules = rulesOf(policy, latestOf(newestFirst, calendar), calendar);
  const keep: { readonly item: T; readonly reasons: readonly KeepReason[] }[] = [];
  const remove: T[] = [];
  newestFirst.forEach((item, at) => {
    const isOldest = at === newestFirst.length - 1;
    const reasons = rules.flatMap(rule => rule(item, at, isOldest) ?? []);
    if (reasons.length > 0) keep.push({ item, reasons });
    else remove.push(item);
  });
  return { keep, remove };
}

/** A rule on its way from the newest snapshot to the oldest. */
type Rule = (item: Dated, at: number, isOldest: boolean) => KeepReason | undefined;

/** In the order in which restic gives their reasons. */
function rulesOf({ counts, within, tags }: KeepPolicy, latest: Moment, { zone }: Calendar): readonly Rule[] {
  const since = (span: Span): bigint => timeBefore(latest, span, zone);
  const all = spanOf(within.all);
  return [
    ...tags.map(tagRule),
    ...(all === undefined ? [] : [withinAll(all, since(all))]),
    ...countRules.map(rule => countRule(rule, counts[rule] ?? 0)),
    ...withinRules.flatMap(rule => {
      const span = spanOf(within[rule]);
      return rule === 'all' || span === undefined ? [] : [withinRule(rule, span, since(span))];
    }),
  ];
}

function tagRule(tags: TagList): Rule {
  return item => (hasTags(item.tags, tags) ? { kind: 'tags', tags } : undefined);
}

function withinAll(span: Span, since: bigint): Rule {
  return ({ moment }) =>
    moment.nanoseconds > since ? { kind: 'within', rule: 'all', span, oldest: false } : undefined;
}

function countRule(rule: CountRule, count: number): Rule {
  let [left, last] = [count, ''];
  return ({ moment }, at, isOldest) => {
    const period = periods[rule](moment, at);
    if (left === 0 || (period === last && !isOldest)) return undefined;
    const oldest = period === last;
    last = period;
    if (left > 0) left--;
    return { kind: 'count', rule, oldest };
  };
}

function withinRule(rule: Exclude<WithinRule, 'all'>, span: Span, since: bigint): Rule {
  let last = '';
  return ({ moment }, at, isOldest) => {
    const period = periods[rule](moment, at);
    if (moment.nanoseconds <= since || (period === last && !isOldest)) return undefined;
    const oldest = period === last;
    last = period;
    return { kind: 'within', rule, span, oldest };
  };
}

/** The name of the period that a moment lies in, by the moment's own clock. */
const periods: Readonly<Record<CountRule, (moment: Moment, at: number) => string>> = {
  last: (_, at) => String(at),
  hourly: moment => fieldsOf(moment).toISOString().slice(0, -11),
  daily: moment => fieldsOf(moment).toISOString().slice(0, -14),
  weekly: moment => {
    const { year, week } = isoWeek(moment);
    return `${year} ${week}`;
  },
  monthly: moment => fieldsOf(moment).toISOString().slice(0, -17),
  yearly: moment => String(fieldsOf(moment).getUTCFullYear()),
};

/** The newest that is not in the future; with none, the time that Go begins with. */
function latestOf(newestFirst: readonly Dated[], { now }: Calendar): Moment {
  const found = newestFirst.find(({ moment }) => moment.nanoseconds < now);
  return found?.moment ?? { nanoseconds: -62_135_596_800_000_000_000n, minutesEast: 0 };
}

function spanOf(span: Span | undefined): Span | undefined {
  return span === undefined || isEmptySpan(span) ? undefined : span;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
