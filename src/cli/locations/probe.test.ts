import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#foundation/clock.ts';
import { keysOf } from '#storage/testing/contents.ts';
import { inTemporaryDirectory } from '#storage/testing/temporary-location.ts';
import { probe } from './probe.ts';

const options = { write: true, clock: systemClock, signal: new AbortController().signal };
const withStore = inTemporaryDirectory();

test('a store that refuses a rival is exclusive, and nothing stays behind', async () => {
  await withStore(async ({ store }) => {
    const result = await probe(store, options);
    assert.deepEqual([result.written, result.exclusive], [true, true]);
    assert.deepEqual(await keysOf(store), []);
  });
});

test('a store that lets the later of two writers win is found out', async () => {
  await withStore(async ({ store }) => {
    store.putIfAbsent = store.put.bind(store);
    assert.equal((await probe(store, options)).exclusive, false);
    assert.deepEqual(await keysOf(store), []);
  });
});
