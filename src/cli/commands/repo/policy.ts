import { defaultGroupBy, type GroupBy, parseGroupBy } from '#repository/retention/grouping.ts';
import {
  type CountRule,
  countRules,
  type KeepPolicy,
  unlimited,
  type WithinRule,
  withinRules,
} from '#repository/retention/policy.ts';
import { parseSpan, type Span } from '#repository/retention/span.ts';
import { parseTagList } from '#repository/retention/tag-lists.ts';
import { cliErrors } from '../../errors.ts';
import { type FlagValues, longName } from '../../spec.ts';
import type { forget } from './specs/forget.ts';

type ForgetFlags = FlagValues<(typeof forget)['flags']>;

/** The policy that the flags `--keep-*` say. @throws `cli.bad-value` */
export function policyOf(flags: ForgetFlags): KeepPolicy {
  const counts = countRules.map(rule => [rule, countIn(flags, rule)] as const);
  const within = withinRules.map(rule => [rule, spanIn(flags, rule)] as const);
  return {
    counts: Object.fromEntries(counts.filter(([, count]) => count !== undefined)),
    within: Object.fromEntries(within.filter(([, span]) => span !== undefined)),
    tags: (flags.keepTag ?? []).map(parseTagList),
  };
}

function countIn(flags: ForgetFlags, rule: CountRule): number | undefined {
  const key = `keep${capital(rule)}` as const;
  const given = flags[key];
  if (given === undefined) return undefined;
  if (given === 'unlimited' || given === '-1') return unlimited;
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw badValue(key, given, '0, 1, 2, … | unlimited');
}

function spanIn(flags: ForgetFlags, rule: WithinRule): Span | undefined {
  const key = rule === 'all' ? 'keepWithin' : (`keepWithin${capital(rule)}` as const);
  const given = flags[key];
  const span = given === undefined ? undefined : parseSpan(given);
  if (given !== undefined && span === undefined) throw badValue(key, given, '30d, 1y5m7d2h');
  return span;
}

/** @throws `cli.bad-value` */
export function groupByOf({ groupBy }: { readonly groupBy?: string | undefined }): GroupBy {
  const by = groupBy === undefined ? defaultGroupBy : parseGroupBy(groupBy);
  if (by === undefined) throw badValue('groupBy', groupBy ?? '', 'host,paths,tags');
  return by;
}

function capital<T extends string>(word: T): Capitalize<T> {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}` as Capitalize<T>;
}

function badValue(key: string, given: string, expected: string): Error {
  return cliErrors.raise['bad-value']({ flag: `--${longName(key)}`, given, expected });
}
