import { fieldsOf, isoWeek, type Moment, timeBeforeIn, type Zone } from '../../retention/moment.ts';

/** The rules of a kopia policy's `retention`, in the order in which kopia gives their reasons. */
export const retentionRules = ['latest', 'hourly', 'daily', 'weekly', 'monthly', 'annual'] as const;
export type RetentionRule = (typeof retentionRules)[number];

/** For how many periods a rule keeps a snapshot; a rule that is not set keeps none. 64-bit numbers, as in Go. */
export type RetentionCounts = Readonly<Partial<Record<RetentionRule, bigint>>>;

/** What the rules look at. Nanoseconds since 1970. */
export interface RetainedSnapshot {
  readonly start: bigint;
  readonly end: bigint;
  readonly complete: boolean;
  readonly pins: readonly string[];
}

/** Why something stays: `latest-1`, `weekly-3`, `incomplete`. */
export interface RetentionVerdict<T> {
  readonly item: T;
  readonly reasons: readonly string[];
  /** Whether it goes: neither a rule nor a pin holds it. */
  readonly expired: boolean;
}

const hour = 3_600_000_000_000n;
/** Incomplete snapshots that are younger than the newest by less stay… */
const incompleteAge = 4n * hour;
/** …and so do so many of the newest. */
const incompleteCount = 3;
const unlimited = 2n ** 63n - 1n;

/**
 * Judges the snapshots of one source by a policy, exactly as `kopia snapshot expire` does (`snapshot/policy/retention_policy.go`).
 * Days and hours are those of UTC, weeks and the time before which a rule keeps nothing those of the given zone: kopia's
 * own. Newest first.
 */
export function judgeRetention<T extends RetainedSnapshot>(
  items: readonly T[],
  counts: RetentionCounts,
  zone: Zone,
): readonly RetentionVerdict<T>[] {
  const newestFirst = items.toSorted((a, b) => compare(b.start, a.start) || compare(b.end, a.end));
  const rules = startRules(newestFirst, counts, zone);
  const incomplete = incompleteToKeep(newestFirst);
  return newestFirst.map((item, at) => {
    const reasons = item.complete ? rules(item, at) : at < incomplete ? ['incomplete'] : [];
    return { item, reasons, expired: reasons.length === 0 && item.pins.length === 0 };
  });
}

/** Those before the newest complete one: the first few, and more while they are young. */
function incompleteToKeep(newestFirst: readonly RetainedSnapshot[]): number {
  const newest = newestFirst[0]?.start ?? 0n;
  const end = newestFirst.findIndex(
    ({ complete, start }, at) => complete || (newest - start >= incompleteAge && at >= incompleteCount),
  );
  return end === -1 ? newestFirst.length : end;
}

interface Rule {
  readonly name: RetentionRule;
  readonly count: bigint;
  /** What is older is not kept. */
  readonly cutoff: bigint;
  used: bigint;
}

type Judge = (item: RetainedSnapshot, at: number) => readonly string[];

/** kopia asks the rules for long periods first: a period's name that one of them has used is used up for all. */
const askingOrder = ['latest', 'annual', 'monthly', 'weekly', 'daily', 'hourly'] as const;

function startRules(newestFirst: readonly RetainedSnapshot[], counts: RetentionCounts, zone: Zone): Judge {
  const newest = newestFirst.find(({ complete }) => complete)?.start ?? 0n;
  const rules = askingOrder.flatMap((name): Rule[] => {
    const count = name === 'latest' ? effectiveLatest(counts) : counts[name];
    return count === undefined
      ? []
      : [{ name, count, cutoff: cutoffOf(name, newest, { count, zone }), used: 0n }];
  });
  const usedNames = new Set<string>();
  return ({ start }, at) => {
    const reasons = new Map<RetentionRule, string>();
    for (const rule of rules) {
      const period = periods[rule.name](start, at, zone);
      if (start < rule.cutoff || usedNames.has(period) || rule.used >= rule.count) continue;
      usedNames.add(period);
      rule.used++;
      reasons.set(rule.name, `${rule.name}-${rule.used}`);
    }
    return retentionRules.flatMap(name => reasons.get(name) ?? []);
  };
}

/** Where nothing is to be kept by any rule, all is. */
function effectiveLatest(counts: RetentionCounts): bigint | undefined {
  const sum = retentionRules.reduce((sum, rule) => BigInt.asIntN(64, sum + (counts[rule] ?? 0n)), 0n);
  return sum === 0n ? unlimited : counts.latest;
}

const noTime = { years: 0, months: 0, days: 0, hours: 0 };

function cutoffOf(
  rule: RetentionRule,
  newest: bigint,
  { count, zone }: { readonly count: bigint; readonly zone: Zone },
): bigint {
  const before = (parts: Partial<typeof noTime>): bigint =>
    timeBeforeIn(utc(newest), { ...noTime, ...parts }, zone);
  switch (rule) {
    case 'latest':
      return -(10n ** 30n);
    case 'annual':
      return before({ years: Number(count) });
    case 'monthly':
      return before({ months: Number(count) });
    case 'weekly':
      return before({ days: Number(count) * 7 });
    case 'daily':
      return before({ days: Number(count) });
    case 'hourly':
      return newest + BigInt.asIntN(64, -count * hour); // Go's duration runs over, too
  }
}

const periods: Readonly<Record<RetentionRule, (start: bigint, at: number, zone: Zone) => string>> = {
  latest: (_, at) => String(at),
  annual: start => isoDate(start).slice(0, 4),
  monthly: start => isoDate(start).slice(0, 7),
  weekly: (start, _, zone) => {
    const { year, week } = isoWeek({ nanoseconds: start, minutesEast: zone(Number(start / 1_000_000n)) });
    return `${String(year).padStart(4, '0')}-${String(week).padStart(2, '0')}`;
  },
  daily: start => isoDate(start).slice(0, 10),
  hourly: start => isoDate(start).slice(0, 13).replace('T', ' '),
};

function isoDate(nanoseconds: bigint): string {
  return fieldsOf(utc(nanoseconds)).toISOString();
}

function utc(nanoseconds: bigint): Moment {
  return { nanoseconds, minutesEast: 0 };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
