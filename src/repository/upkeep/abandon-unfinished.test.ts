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
  assert.deepEqual(await abandonUnfinished(store, { isOwn, clock }), { abandoned: 2, notAbandoned: [] });
  assert.deepEqual(abandoned.toSorted(), ['dead', 'old']);
});

const two: readonly UnfinishedWrite[] = [
  { id: 'first', key: 'data/x', begun: daysAgo },
  { id: 'second', key: 'data/y', begun: daysAgo },
];

/** The store, where the first write cannot be abandoned for such a reason. */
function failing(store: ObjectStore, reason: unknown): ObjectStore {
  const abandon: ObjectStore['abandon'] = async (write, options) => {
    if (write.id === 'first') throw reason;
    await store.abandon(write, options);
  };
  return { ...store, abandon };
}

test('a write that cannot be removed is given back with its reason, and keeps no other', async () => {
  const reasons = [
    [raise.denied({ url: 'there:', key: 'data/x', reason: 'no' }), 'storage.denied'],
    [raise.locked({ url: 'there:', key: 'data/x', reason: 'so it says' }), 'storage.locked'],
    [new Error('what nobody knows'), 'storage.failed'],
  ] as const;
  for (const [reason, code] of reasons) {
    const { store, abandoned } = storeWith(two);
    const ended = await abandonUnfinished(failing(store, reason), { isOwn, clock });
    assert.equal(ended.abandoned, 1);
    assert.deepEqual(abandoned, ['second']);
    const [kept] = ended.notAbandoned;
    assert.deepEqual([ended.notAbandoned.length, kept?.file, kept?.error.code], [1, 'data/x', code]);
    assert.ok(kept?.error.message.includes(reason.message));
  }
});

test('a write that has gone meanwhile is no failure', async () => {
  const { store } = storeWith(two);
  const gone = raise['not-found']({ url: 'there:', key: 'data/x' });
  const ended = await abandonUnfinished(failing(store, gone), { isOwn, clock });
  assert.deepEqual(ended, { abandoned: 1, notAbandoned: [] });
});

test('a listing that fails is told, unless it is refused, and what it told before goes', async () => {
  for (const [name, told] of [
    ['unavailable', ['storage.unavailable']],
    ['denied', []],
    ['unsupported', []],
  ] as const) {
    const { store, abandoned } = storeWith(two);
    const ending: ObjectStore = {
      ...store,
      unfinished: async function* () {
        yield* store.unfinished('');
        throw raise[name]({ url: store.url, key: '', reason: 'that is all' });
      },
    };
    const ended = await abandonUnfinished(ending, { isOwn, clock });
    assert.deepEqual([ended.abandoned, abandoned.length], [2, 2], name);
    const codes = ended.notAbandoned.map(({ file, error }) => [file, error.code]);
    assert.deepEqual(
      codes,
      told.map(code => [undefined, code]),
    );
  }
});

test('a write without a key is named by its id', async () => {
  const { store } = storeWith([{ id: 'nameless', key: '', begun: daysAgo, writerIsGone: true }]);
  const { notAbandoned } = await abandonUnfinished(readOnly(store), { isOwn, clock });
  assert.deepEqual(
    notAbandoned.map(({ file, error }) => [file, error.code]),
    [['nameless', 'storage.read-only']],
  );
});

test('many are removed at once, and no more than eight', { timeout: 20_000 }, async () => {
  const writes = Array.from({ length: 20 }, (_, at) => ({ id: `${at}`, key: 'data/x', begun: daysAgo }));
  const { store } = storeWith(writes);
  const full = Promise.withResolvers<void>();
  let [atOnce, most] = [0, 0];
  const abandon = async (): Promise<void> => {
    most = Math.max(most, ++atOnce);
    if (atOnce === 8) full.resolve();
    await full.promise;
    atOnce--;
  };
  assert.equal((await abandonUnfinished({ ...store, abandon }, { isOwn, clock })).abandoned, 20);
  assert.equal(most, 8);
});

test('an abort rejects with its reason, also where what is aborted says something else', async () => {
  const { store } = storeWith(two);
  const stopping = new AbortController();
  const reason = new Error('enough');
  const abandon = async (): Promise<void> => {
    stopping.abort(reason);
    throw raise.unavailable({ url: store.url, reason: 'the connection is closed' });
  };
  const ending = abandonUnfinished({ ...store, abandon }, { isOwn, clock, signal: stopping.signal });
  await assert.rejects(ending, thrown => thrown === reason);
});
