import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { groupSnapshots, parseGroupBy } from './grouping.ts';
import { isoWeek, timeBefore, type Zone } from './moment.ts';
import { applyPolicy, type Calendar, isEmptyPolicy, type KeepPolicy, unlimited } from './policy.ts';
import { reasonText } from './reason-text.ts';
import { formatSpan, parseSpan } from './span.ts';
import { hasTags, parseTagList } from './tag-lists.ts';

const calendar: Calendar = { now: nanoseconds('2026-06-01T00:00:00Z'), zone: () => 0 };
const nothing: KeepPolicy = { counts: {}, within: {}, tags: [] };

function nanoseconds(time: string): bigint {
  return BigInt(Date.parse(time)) * 1_000_000n;
}

function at(time: string, ...tags: string[]) {
  const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)$/.exec(time) ?? [];
  const minutesEast = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  return { time, moment: { nanoseconds: nanoseconds(time), minutesEast }, tags };
}

function reasonsOf(items: readonly ReturnType<typeof at>[], policy: Partial<KeepPolicy>) {
  const { keep } = applyPolicy(items, { ...nothing, ...policy }, calendar);
  return Object.fromEntries(keep.map(({ item, reasons }) => [item.time, reasons.map(reasonText)]));
}

test('of each period the newest is kept, and the oldest of all while there is room', () => {
  const days = [
    '2026-05-01T23:00:00Z',
    '2026-05-03T01:00:00Z',
    '2026-05-03T02:00:00Z',
    '2026-05-01T22:00:00Z',
  ];
  assert.deepEqual(
    reasonsOf(
      days.map(each => at(each)),
      { counts: { daily: 3 } },
    ),
    {
      '2026-05-03T02:00:00Z': ['daily snapshot'],
      '2026-05-01T23:00:00Z': ['daily snapshot'],
      '2026-05-01T22:00:00Z': ['oldest daily snapshot'],
    },
  );
  assert.deepEqual(
    reasonsOf(
      days.map(each => at(each)),
      { counts: { daily: 1, last: 2 } },
    ),
    {
      '2026-05-03T02:00:00Z': ['last snapshot', 'daily snapshot'],
      '2026-05-03T01:00:00Z': ['last snapshot'],
    },
  );
});

test('a period is that of the clock where the snapshot was made', () => {
  const items = [at('2026-05-03T08:30:00+09:00'), at('2026-05-02T23:00:00Z')];
  assert.deepEqual(reasonsOf(items, { counts: { daily: unlimited } }), {
    '2026-05-03T08:30:00+09:00': ['daily snapshot'],
    '2026-05-02T23:00:00Z': ['daily snapshot'],
  });
});

test('what is within a time of the latest that is not in the future is kept', () => {
  const items = [
    '2026-07-01T00:00:00Z',
    '2026-05-31T00:00:00Z',
    '2026-05-01T00:00:00Z',
    '2026-04-30T23:00:00Z',
  ];
  assert.deepEqual(
    Object.keys(
      reasonsOf(
        items.map(each => at(each)),
        { within: { all: { years: 0, months: 1, days: 0, hours: 1 } } },
      ),
    ),
    ['2026-07-01T00:00:00Z', '2026-05-31T00:00:00Z', '2026-05-01T00:00:00Z'],
  );
});

test('tags keep, and the empty tag keeps what has none', () => {
  const items = [
    at('2026-05-01T00:00:00Z', 'a', 'b'),
    at('2026-05-02T00:00:00Z', 'a'),
    at('2026-05-03T00:00:00Z'),
  ];
  assert.deepEqual(reasonsOf(items, { tags: [['a', 'b'], ['']] }), {
    '2026-05-03T00:00:00Z': ['has tags []'],
    '2026-05-01T00:00:00Z': ['has tags [a, b]'],
  });
  assert.equal(hasTags([], ['', 'a']), true);
  assert.equal(hasTags(['b'], ['', 'b']), false);
  assert.deepEqual(parseTagList(' a ,b,'), ['a', 'b', '']);
});

function assertHolds<T>(all: ReadonlySet<T>, some: ReadonlySet<T>): void {
  for (const each of some) assert.ok(all.has(each));
}

test('whatever the policy: all are kept or removed, once; an unlimited rule removes nothing; more rules keep more', () => {
  const times = fc.array(fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2027, 0) }), { maxLength: 40 });
  const counts = fc.dictionary(
    fc.constantFrom('last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'),
    fc.nat(9),
  );
  fc.assert(
    fc.property(times, counts, counts, (all, first, second) => {
      const items = all.map(time => at(new Date(time).toISOString()));
      const kept = (policy: Partial<KeepPolicy>) => {
        const { keep, remove } = applyPolicy(items, { ...nothing, ...policy }, calendar);
        const ofKeep = keep.map(({ item }) => item);
        assert.deepEqual(new Set([...ofKeep, ...remove]), new Set(items));
        assert.equal(ofKeep.length + remove.length, items.length);
        return new Set(ofKeep);
      };
      const few = kept({ counts: first });
      if (items.length > 0 && Object.values(first).some(n => n > 0)) assert.ok(few.size > 0);
      for (const [rule, n] of Object.entries(first)) {
        assertHolds(kept({ counts: { ...first, [rule]: n + 1 } }), few);
        assertHolds(kept({ counts: { ...first, [rule]: unlimited } }), few);
      }
      const more = { ...first };
      for (const [rule, n] of Object.entries(second)) {
        more[rule] = Math.max(n, more[rule] ?? 0);
      }
      assertHolds(kept({ counts: more }), few);
      assert.equal(kept({ counts: { last: unlimited } }).size, items.length);
    }),
  );
});

test('a policy without a rule that keeps is empty', () => {
  const zero = { years: 0, months: 0, days: 0, hours: 0 };
  assert.equal(isEmptyPolicy({ counts: { last: 0 }, within: { daily: zero }, tags: [] }), true);
  assert.equal(isEmptyPolicy({ ...nothing, counts: { yearly: unlimited } }), false);
  assert.equal(isEmptyPolicy({ ...nothing, within: { all: { ...zero, hours: 1 } } }), false);
  assert.equal(isEmptyPolicy({ ...nothing, tags: [['']] }), false);
});

test('spans are read as they are written', () => {
  const part = fc.nat({ max: 100 });
  fc.assert(
    fc.property(
      fc.record({ years: part, months: part, days: part, hours: part }, { noNullPrototype: true }),
      span => {
        assert.deepEqual(parseSpan(formatSpan(span)), span);
      },
    ),
  );
  assert.deepEqual(parseSpan('2h1y2h'), { years: 1, months: 0, days: 0, hours: 2 });
  for (const text of ['1', 'd', '1w', '-1d', '1 d', '1.5h']) assert.equal(parseSpan(text), undefined, text);
});

test('weeks are those of ISO 8601', () => {
  const weekOf = (time: string) => isoWeek(at(time).moment);
  assert.deepEqual(weekOf('2021-01-03T23:59:59Z'), { year: 2020, week: 53 });
  assert.deepEqual(weekOf('2021-01-04T00:00:00Z'), { year: 2021, week: 1 });
  assert.deepEqual(weekOf('2024-12-30T00:00:00Z'), { year: 2025, week: 1 });
});

test('going back crosses ends of months and changes of the clock as Go does', () => {
  const back = (time: string, parts: object, zone: Zone = () => 0) =>
    new Date(
      Number(
        timeBefore(at(time).moment, { years: 0, months: 0, days: 0, hours: 0, ...parts }, zone) / 1_000_000n,
      ),
    ).toISOString();
  assert.equal(back('2026-03-31T12:00:00Z', { months: 1 }), '2026-03-03T12:00:00.000Z');
  assert.equal(back('2024-02-29T00:00:00Z', { years: 1, hours: 2 }), '2023-02-28T22:00:00.000Z');
  const summer = Date.parse('2026-03-29T01:00:00Z');
  const zone = (time: number) => (time >= summer ? 120 : 60);
  assert.equal(back('2026-04-01T12:00:00+02:00', { days: 7 }, zone), '2026-03-25T11:00:00.000Z');
  assert.equal(back('2026-04-01T12:00:00+09:00', { days: 7 }, zone), '2026-03-25T03:00:00.000Z');
});

test('snapshots are grouped by what is asked for, whatever the order of paths and tags', () => {
  const items = [
    { host: 'a', paths: ['/b', '/a'], tags: ['x', 'y'] },
    { host: 'a', paths: ['/a', '/b'], tags: ['y', 'x'] },
    { host: 'b', paths: ['/a', '/b'], tags: [] },
  ];
  const sizes = (by: string) => {
    const groupBy = parseGroupBy(by);
    assert.ok(groupBy !== undefined);
    return groupSnapshots(items, groupBy, each => each).map(group => group.items.length);
  };
  assert.deepEqual(sizes('host,paths'), [2, 1]);
  assert.deepEqual(sizes('path'), [3]);
  assert.deepEqual(sizes('hosts,tag'), [2, 1]);
  assert.deepEqual(sizes(''), [3]);
  assert.equal(parseGroupBy('user'), undefined);
});
