import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turns } from './concurrency.ts';

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
