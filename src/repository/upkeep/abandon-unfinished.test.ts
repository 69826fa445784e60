import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#foundation/clock.ts';
import { discarding } from '#storage/discarding.ts';
import { raise } from '#storage/errors.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore, UnfinishedWrite } from '#storage/object-store.ts';
import { readOnly } from '#storage/read-only.ts';
import { abandonUnfinished } from './abandon-unfinished.ts';

const now = new Date('2026-01-05T12:00:00Z');
const clock = { ...systemClock, now: () => now };
const isOwn = (key: string): boolean => key.startsWith('data/');

/** A store with these unfinished writes, and which of them were abandoned. */
function storeWith(writes: readonly UnfinishedWrite[]): { store: ObjectStore; abandoned: string[] } {
  const abandoned: string[] = [];
  const store = {
    ...discarding(new FilesystemStore('/there/is/none')),
    unfinished: async function* () {
      yield* writes;
    },
    abandon: async ({ id }: UnfinishedWrite) => void abandoned.push(id),
  };
  return { store, abandoned };
}

const anHourAgo = new Date('2026-01-05T11:00:00Z');
const daysAgo = new Date('2026-01-03T11:00:00Z');

test('writes of the dead and old ones of the repository go; young ones, and what others write, stay', async () => {
  const { store, abandoned } = storeWith([
    { id: 'dead', key: '', begun: anHourAgo, writerIsGone: true },
    { id: 'old', key: 'data/x', begun: daysAgo },
    { id: 'young', key: 'data/y', begun: anHourAgo },
    { id: 'others', key: 'films/z', begun: daysAgo },
  ]);
  assert.equal(await abandonUnfinished(store, { isOwn, clock }), 2);
  assert.deepEqual(abandoned, ['dead', 'old']);
});

test('a location that refuses is left as it is; another failure is told', async () => {
  const { store } = storeWith([{ id: 'old', key: 'data/x', begun: daysAgo }]);
  assert.equal(await abandonUnfinished(readOnly(store), { isOwn, clock }), 0);
  const away = new Error('the network is away');
  const failing: ObjectStore = { ...store, abandon: () => Promise.reject(away) };
  await assert.rejects(abandonUnfinished(failing, { isOwn, clock }), away);
  const denying: ObjectStore = {
    ...store,
    unfinished: () => {
      throw raise.denied({ url: store.url, key: '', reason: 'no such right' });
    },
  };
  assert.equal(await abandonUnfinished(denying, { isOwn, clock }), 0);
});
