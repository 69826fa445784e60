import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Clock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { readAll } from '#storage/read-all.ts';
import { conformance } from '#storage/testing/conformance.ts';
import { inTemporaryDirectory } from '#storage/testing/temporary-location.ts';
import { throttled } from '#storage/throttled.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-throttled-'));
});
after(() => rm(directory, { recursive: true }));

/** A clock whose time passes only by sleeping. */
function sleepingClock(): Clock & { readonly passed: () => number } {
  let now = 0;
  return {
    now: () => new Date(now),
    monotonic: () => now,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      now += milliseconds;
    },
    passed: () => now,
  };
}

test('bodies pass at the rate, in both directions', async () => {
  const clock = sleepingClock();
  const inner = new FilesystemStore(join(directory, 'rate'));
  const store = throttled(inner, { upload: 100_000, download: 400_000, clock });
  const content = randomBytes(1_000_000);
  await store.put('one', content);
  // The last piece begins when all before it have had their time.
  const [up, last] = [clock.passed(), 65_536];
  assert.ok(up >= 10_000 - last / 100 && up <= 10_000, String(up));
  const limit = content.length;
  assert.ok(content.equals(await readAll(store, 'one', { limit })));
  const down = clock.passed() - up;
  assert.ok(down >= 2500 - last / 400 - 1 && down <= 2500 + last / 100, String(down));
});

test('all operations share a rate', async () => {
  const clock = sleepingClock();
  const store = throttled(new FilesystemStore(join(directory, 'shared')), { upload: 100_000, clock });
  await Promise.all(['a', 'b', 'c', 'd'].map(key => store.put(key, randomBytes(250_000))));
  assert.ok(clock.passed() >= 9000, String(clock.passed()));
  assert.ok((await readAll(store, 'a', { limit: 250_000 })).length === 250_000);
});

test('what goes round the limit of writing is not offered under one', async () => {
  const inner = new FilesystemStore(join(directory, 'begun'));
  assert.equal(await throttled(inner, { upload: 100_000 }).begin?.('a'), undefined);
  const begun = await throttled(inner, { download: 100_000 }).begin?.('a');
  assert.ok(begun !== undefined);
  await begun.finish('a', { size: 0 });
  assert.equal((await inner.head('a'))?.size, 0);
});

test('without limits it is the store itself; an abort ends the waiting', async () => {
  const inner = new FilesystemStore(join(directory, 'abort'));
  assert.equal(throttled(inner, {}), inner);
  const store = throttled(inner, { upload: 1 });
  const aborting = new AbortController();
  const putting = store.put('slow', randomBytes(200_000), { signal: aborting.signal });
  aborting.abort(new Error('enough'));
  await assert.rejects(putting, /enough/);
  await assert.rejects(inner.get('slow'), thrown => isHozonError(thrown, 'storage.not-found'));
});

conformance(
  'a throttled store',
  inTemporaryDirectory({ decorate: store => throttled(store, { upload: 2 ** 40, download: 2 ** 40 }) }),
);
