import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReadBuffers } from './read-buffers.ts';

test('no more buffers than allowed are in use, and all get one in the end', async () => {
  const buffers = new ReadBuffers(2, 100);
  const seen = new Set<SharedArrayBuffer>();
  let [now, most] = [0, 0];
  const use = (bytes: number) =>
    buffers.use(bytes, async buffer => {
      assert.ok(buffer.byteLength >= bytes);
      seen.add(buffer);
      most = Math.max(most, ++now);
      await new Promise(resolve => setImmediate(resolve));
      now--;
    });
  await Promise.all([10, 100, 1, 50, 99, 3].map(use));
  assert.deepEqual([seen.size, most], [2, 2]);
});

test('what is too large has its own, one at a time; one that fails frees its place', async () => {
  const buffers = new ReadBuffers(1, 100);
  let [now, most] = [0, 0];
  const fail = buffers.use(1000, async () => {
    throw new Error('as wanted');
  });
  const use = async () =>
    buffers.use(1000, async buffer => {
      assert.equal(buffer.byteLength, 1000);
      most = Math.max(most, ++now);
      await new Promise(resolve => setImmediate(resolve));
      now--;
    });
  await assert.rejects(fail, /as wanted/);
  await Promise.all([use(), use(), use()]);
  assert.equal(most, 1);
});
