import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachConcurrent, turns } from './concurrency.ts';

test('no more than the limit run at once, in the order in which they came, and failures free their place', async () => {
  const turn = turns(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const results = ends.map(({ promise }, index) =>
    turn(() => {
      begun.push(index);
      return promise.then(() => index);
    }),
  );
  const settled = Promise.allSettled(results);
  assert.deepEqual(begun, [0, 1]);
  ends[1]?.reject(new Error('failed'));
  await assert.rejects(results[1] as Promise<number>, /failed/);
  assert.deepEqual(begun, [0, 1, 2]);
  for (const { resolve } of ends) resolve();
  const statuses = (await settled).map(each => each.status);
  assert.deepEqual(statuses, ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
});

test('a slow item holds up no other', async () => {
  const slow = Promise.withResolvers<void>();
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await forEachConcurrent([0, 1, 2, 3, 4, 5], 2, async item => {
    most = Math.max(most, ++running);
    await (item === 0 ? slow.promise : Promise.resolve());
    done.push(item);
    running--;
    if (item === 5) slow.resolve();
  });
  assert.deepEqual(done, [1, 2, 3, 4, 5, 0]);
  assert.equal(most, 2);
});

test('after a failure no item is drawn, and what is under way ends first', async () => {
  const ends = Promise.withResolvers<void>();
  const drawn: number[] = [];
  let ended = false;
  let closed = false;
  function* items(): Generator<number> {
    try {
      for (let item = 0; ; item++) {
        drawn.push(item);
        yield item;
      }
    } finally {
      closed = true;
    }
  }
  const all = forEachConcurrent(items(), 2, async item => {
    if (item === 1) throw new Error('failed');
    await ends.promise;
    ended = true;
  });
  setImmediate(ends.resolve);
  await assert.rejects(all, /failed/);
  assert.deepEqual(drawn, [0, 1]);
  assert.deepEqual([ended, closed], [true, true]);
});

test('an error of the source comes after what is under way', async () => {
  let ended = false;
  async function* items(): AsyncGenerator<number> {
    yield 1;
    throw new Error('no more');
  }
  const all = forEachConcurrent(items(), 5, async () => {
    await new Promise(setImmediate);
    ended = true;
  });
  await assert.rejects(all, /no more/);
  assert.equal(ended, true);
});
