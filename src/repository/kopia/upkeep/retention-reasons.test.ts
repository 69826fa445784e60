import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { judgeRetention, type RetainedSnapshot, type RetentionCounts } from './retention-reasons.ts';

const utc = (): number => 0;

function at(
  time: string,
  more: Partial<RetainedSnapshot> = {},
): RetainedSnapshot & { readonly time: string } {
  const start = BigInt(Date.parse(time)) * 1_000_000n;
  return { time, start, end: start, complete: true, pins: [], ...more };
}

function reasonsOf(
  items: readonly ReturnType<typeof at>[],
  counts: RetentionCounts,
  zone = utc,
): Record<string, readonly string[]> {
  return Object.fromEntries(judgeRetention(items, counts, zone).map(each => [each.item.time, each.reasons]));
}

test('each rule numbers what it keeps from the newest on, and reasons stand in the order of kopia', () => {
  assert.deepEqual(
    reasonsOf([at('2026-03-01T10:00:00Z'), at('2026-03-01T11:00:00Z'), at('2025-12-31T11:00:00Z')], {
      latest: 1n,
      hourly: 2n,
      daily: 2n,
      monthly: 24n,
      annual: 3n,
    }),
    {
      '2026-03-01T11:00:00Z': ['latest-1', 'hourly-1', 'daily-1', 'monthly-1', 'annual-1'],
      '2026-03-01T10:00:00Z': ['hourly-2'],
      '2025-12-31T11:00:00Z': ['monthly-2', 'annual-2'],
    },
  );
});

test('what is older than the periods of a rule is not kept by it, though there are fewer', () => {
  const reasons = reasonsOf([at('2026-03-10T10:00:00Z'), at('2026-03-02T10:00:00Z')], { daily: 7n });
  assert.deepEqual(reasons['2026-03-02T10:00:00Z'], []);
});

test('a month and a week of the same name are one period to kopia', () => {
  const reasons = reasonsOf([at('2026-11-01T00:00:00Z'), at('2026-03-10T00:00:00Z')], {
    weekly: 99n,
    monthly: 99n,
  });
  assert.deepEqual(reasons['2026-11-01T00:00:00Z'], ['weekly-1', 'monthly-1']);
  // 2026-03-10 lies in week 2026-11, whose name November has used.
  assert.deepEqual(reasons['2026-03-10T00:00:00Z'], ['monthly-2']);
});

test('weeks are those of the local clock, days those of UTC', () => {
  const east = (): number => 9 * 60;
  const items = [at('2026-03-09T00:00:00Z'), at('2026-03-08T16:00:00Z')];
  assert.deepEqual(reasonsOf(items, { weekly: 9n, daily: 9n }, east), {
    '2026-03-09T00:00:00Z': ['daily-1', 'weekly-1'],
    '2026-03-08T16:00:00Z': ['daily-2'],
  });
});

test('a policy without any number keeps all', () => {
  const items = ['2020-01-01T00:00:00Z', '2019-01-01T00:00:00Z'].map(time => at(time));
  assert.deepEqual(Object.values(reasonsOf(items, {})), [['latest-1'], ['latest-2']]);
  assert.deepEqual(Object.values(reasonsOf(items, { latest: 0n, daily: 0n })), [['latest-1'], ['latest-2']]);
});

test('of incomplete snapshots those before the newest complete one stay, if there are three at most or they are young', () => {
  const incomplete = { complete: false };
  const items = [
    at('2026-03-09T12:00:00Z', incomplete),
    at('2026-03-09T09:00:00Z', incomplete),
    at('2026-03-09T08:30:00Z', incomplete),
    at('2026-03-09T08:10:00Z', incomplete),
    at('2026-03-09T07:00:00Z', incomplete),
    at('2026-03-09T06:00:00Z'),
    at('2026-03-09T05:59:00Z', incomplete),
  ];
  const kept = judgeRetention(items, { latest: 9n }, utc).filter(({ expired }) => !expired);
  assert.deepEqual(
    kept.map(({ item }) => item.time),
    [
      '2026-03-09T12:00:00Z',
      '2026-03-09T09:00:00Z',
      '2026-03-09T08:30:00Z',
      '2026-03-09T08:10:00Z',
      '2026-03-09T06:00:00Z',
    ],
  );
});

test('what Velero sets keeps everything', () => {
  const most = 2_147_483_647n;
  const counts = { latest: most, hourly: most, daily: most, weekly: most, monthly: most, annual: most };
  const items = Array.from({ length: 40 }, (_, day) => at(new Date(day * 86_400_000 * 9).toISOString()));
  assert.ok(judgeRetention(items, counts, utc).every(({ expired }) => !expired));
});

const snapshots = fc.array(
  fc.record({
    start: fc.integer({ min: 1.5e9, max: 1.9e9 }).map(seconds => BigInt(seconds) * 1_000_000_000n),
    end: fc.constant(0n),
    complete: fc.boolean(),
    pins: fc.constantFrom<readonly string[]>([], [], ['kept']),
  }),
  { maxLength: 40 },
);
const counts = fc.record({
  latest: fc.bigInt({ min: 1n, max: 5n }),
  hourly: fc.bigInt({ min: 0n, max: 50n }),
  daily: fc.bigInt({ min: 0n, max: 9n }),
  weekly: fc.bigInt({ min: 0n, max: 9n }),
  monthly: fc.bigInt({ min: 0n, max: 30n }),
  annual: fc.bigInt({ min: 0n, max: 5n }),
});

test('the newest complete stay, pins hold, no rule keeps more than its number, and none keeps what it keeps twice', () => {
  fc.assert(
    fc.property(snapshots, counts, (items, counts) => {
      const verdicts = judgeRetention(items, counts, utc);
      assert.deepEqual(new Set(verdicts.map(({ item }) => item)), new Set(items));
      const complete = verdicts.filter(({ item }) => item.complete);
      // kopia numbers places among all snapshots: an incomplete one takes none of `latest`.
      for (const { reasons } of complete.slice(0, Number(counts.latest))) assert.ok(reasons.length > 0);
      for (const { item, expired } of verdicts) assert.ok(item.pins.length === 0 || !expired);
      const reasons = complete.flatMap(each => each.reasons);
      assert.equal(new Set(reasons).size, reasons.length);
      for (const [rule, count] of Object.entries(counts)) {
        assert.ok(reasons.filter(reason => reason.startsWith(rule)).length <= Number(count));
      }
    }),
  );
});
