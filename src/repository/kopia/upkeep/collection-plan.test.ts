import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ContentIndex } from '../access/content-index.ts';
import { planCollection } from './collection-plan.ts';
import { safetyFull, safetyNone } from './safety.ts';
import { planRewrite } from './short-packs.ts';

const hour = 3600;
const now = 1_000_000 * hour;

interface Given {
  readonly prefix?: string;
  readonly pack?: string;
  /** Hours. */
  readonly age: number;
  readonly deleted?: boolean;
  readonly length?: number;
}

function indexOf(contents: readonly Given[], watermark = 0): ContentIndex {
  const index = new ContentIndex(17);
  index.watermark = watermark;
  contents.forEach(({ prefix = '', pack = 'p1', age, deleted = false, length = 100 }, at) =>
    index.add({
      id: prefix + (at + 1).toString(16).padStart(32, '0'),
      pack,
      offset: at * 1000,
      length,
      original: length - 28,
      compression: 0,
      formatVersion: 3,
      deleted,
      timestamp: now - age * hour,
    }),
  );
  return index;
}

test('what no snapshot uses is removed once it is a day old, and what one uses comes back', () => {
  const index = indexOf([
    { age: 25 },
    { age: 23 },
    { age: 25, deleted: true },
    { age: 1, deleted: true },
    { age: 99 },
    { age: 99, prefix: 'm' },
    { age: 99, prefix: 'k' },
  ]);
  const used = Uint8Array.of(0, 0, 0, 1, 1, 0, 0);
  const plan = planCollection({ index, used, began: now * 1000 }, safetyFull);
  assert.deepEqual([...plan.remove], [0, 6]);
  assert.deepEqual([...plan.restore], [3]);
  assert.deepEqual(plan.totals, {
    unused: { contents: 3, bytes: 300 },
    recent: { contents: 1, bytes: 100 },
    used: { contents: 2, bytes: 200 },
    system: { contents: 1, bytes: 100 },
    removed: { contents: 2, bytes: 200 },
    restored: { contents: 1, bytes: 100 },
  });
});

test('contents that are dropped are nobody’s concern', () => {
  const index = indexOf([{ age: 25, deleted: true }], now - 20 * hour);
  const plan = planCollection({ index, used: Uint8Array.of(1), began: now * 1000 }, safetyNone);
  assert.deepEqual([plan.remove.length, plan.restore.length], [0, 0]);
});

test('short packs are put together, if there are two of a kind', () => {
  const contents = (packs: readonly (readonly [string, number])[]) =>
    indexOf(packs.map(([pack, length]) => ({ pack, length, age: 3 })));
  const plan = (packs: readonly (readonly [string, number])[]) =>
    planRewrite({ index: contents(packs), maxPackSize: 1000, now: now * 1000 }, safetyFull).packs;
  assert.deepEqual(
    plan([
      ['p1', 599],
      ['q1', 10],
    ]),
    [],
  );
  assert.deepEqual(
    plan([
      ['p1', 599],
      ['p2', 600],
      ['p3', 1],
    ]),
    ['p1', 'p3'],
  );
  assert.deepEqual(
    plan([
      ['q1', 1],
      ['p1', 1],
      ['q2', 300],
      ['q2', 300],
    ]),
    [],
  );
  assert.deepEqual(
    plan([
      ['q1', 1],
      ['p1', 1],
      ['q2', 300],
      ['p9', 5],
    ]),
    ['p1', 'p9', 'q1', 'q2'],
  );
});

test('young contents stay where they are, and the others move in the order in which they lie', () => {
  const index = indexOf([
    { pack: 'p2', age: 3 },
    { pack: 'p1', age: 1 },
    { pack: 'p1', age: 3, deleted: true },
    { pack: 'p2', age: 4 },
  ]);
  const plan = planRewrite({ index, maxPackSize: 1000, now: now * 1000 }, safetyFull);
  assert.deepEqual(plan.contents, [0, 3, 2]);
  const dropping = { index, maxPackSize: 1000, now: now * 1000, dropBefore: (now - 2 * hour) * 1000 };
  assert.deepEqual(planRewrite(dropping, safetyFull).contents, [0, 3]);
  assert.deepEqual(plan.retain, { contents: 1, bytes: 100 });
});

const anyContent = fc.record({
  prefix: fc.constantFrom('', '', 'k', 'x', 'm'),
  age: fc.integer({ min: 0, max: 60 }),
  deleted: fc.boolean(),
  used: fc.boolean(),
});

test('nothing that a snapshot uses is ever removed, nothing young, no manifest; all that is used is live afterwards', () => {
  fc.assert(
    fc.property(fc.array(anyContent), contents => {
      const index = indexOf(contents);
      const used = Uint8Array.from(contents, each => Number(each.used));
      const plan = planCollection({ index, used, began: now * 1000 }, safetyFull);
      const [removed, restored] = [new Set(plan.remove), new Set(plan.restore)];
      contents.forEach(({ prefix, age, deleted, used }, at) => {
        const goes = prefix !== 'm' && !used && age >= 24 && !deleted;
        assert.equal(removed.has(at), goes);
        assert.equal(restored.has(at), prefix !== 'm' && used && deleted);
      });
    }),
  );
});
