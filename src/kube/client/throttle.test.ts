import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Throttle } from './throttle.ts';

test('no more run at once than there are places, and each gets its turn', async () => {
  const throttle = new Throttle(3, () => 0);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      throttle.run(async () => {
        most = Math.max(most, ++running);
        order.push(index);
        await new Promise(setImmediate);
        running--;
      }),
    ),
  );
  assert.equal(most, 3);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(throttle.stats().waits, 7);
});

test('a burst of 429s halves the places once, successes bring them back one by one', () => {
  let now = 0;
  const throttle = new Throttle(16, () => now);
  throttle.refused();
  throttle.refused();
  assert.equal(throttle.stats().concurrency, 8);
  now = 5000;
  throttle.refused();
  assert.equal(throttle.stats().concurrency, 4);
  for (let n = 0; n < 5; n++) throttle.succeeded();
  assert.equal(throttle.stats().concurrency, 5);
  for (let n = 0; n < 500; n++) throttle.succeeded();
  assert.equal(throttle.stats().concurrency, 16);
  assert.equal(throttle.stats().throttled, 3);
});

test('one place always stays', () => {
  let now = 0;
  const throttle = new Throttle(4, () => now);
  for (; now < 100_000; now += 2000) throttle.refused();
  assert.equal(throttle.stats().concurrency, 1);
});

test('who gives up while waiting leaves the queue', async () => {
  const throttle = new Throttle(1, () => 0);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const first = throttle.run(() => held);
  const abort = new AbortController();
  const second = throttle.run(() => Promise.resolve('never'), abort.signal);
  const third = throttle.run(() => Promise.resolve('third'));
  abort.abort(new Error('enough'));
  await assert.rejects(second, /enough/);
  release();
  await first;
  assert.equal(await third, 'third');
});

test('a failure frees its place', async () => {
  const throttle = new Throttle(1, () => 0);
  await assert.rejects(
    throttle.run(() => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(await throttle.run(() => Promise.resolve(1)), 1);
});
