import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { idOf } from '../restic/format/ids.ts';
import { parseSubset, selectPacks } from './pack-subset.ts';

const packs = Array.from({ length: 300 }, (_, number) => ({
  id: idOf(Buffer.from(String(number))),
  size: 1000,
}));

test('the parts together are all packs, each once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 256 }), of => {
      const parts = Array.from({ length: of }, (_, at) =>
        selectPacks(packs, { kind: 'part', part: at + 1, of }),
      );
      assert.deepEqual(new Set(parts.flat()), new Set(packs));
      assert.equal(parts.flat().length, packs.length);
    }),
    { numRuns: 30 },
  );
});

test('a share is as large as was asked for, and one pack at least', () => {
  const count = (subset: Parameters<typeof selectPacks>[1]): number => selectPacks(packs, subset).length;
  assert.equal(count({ kind: 'percent', percent: 10 }), 30);
  assert.equal(count({ kind: 'percent', percent: 0.001 }), 1);
  assert.equal(count({ kind: 'percent', percent: 100 }), 300);
  assert.equal(count({ kind: 'bytes', bytes: 50_000 }), 50);
  assert.equal(count({ kind: 'bytes', bytes: 10 }), 1);
  assert.equal(count({ kind: 'bytes', bytes: 10_000_000 }), 300);
  assert.equal(selectPacks([], { kind: 'percent', percent: 50 }).length, 0);
  assert.equal(new Set(selectPacks(packs, { kind: 'percent', percent: 50 })).size, 150);
});

test('which packs are chosen depends on chance', () => {
  const from = (value: number) => selectPacks(packs, { kind: 'percent', percent: 10 }, () => value);
  assert.notDeepEqual(from(0), from(0.5));
});

test('subsets are read as restic spells them', () => {
  const parseBytes = (text: string): number | undefined => (text === '5M' ? 5_242_880 : undefined);
  const parsed = (text: string) => parseSubset(text, parseBytes);
  assert.deepEqual(parsed('2/7'), { kind: 'part', part: 2, of: 7 });
  assert.deepEqual(parsed('2.5%'), { kind: 'percent', percent: 2.5 });
  assert.deepEqual(parsed('5M'), { kind: 'bytes', bytes: 5_242_880 });
  for (const text of ['0/7', '8/7', '1/257', '0%', '100.1%', '-1%', '', '1/2/3', 'x']) {
    assert.equal(parsed(text), undefined, text);
  }
});
