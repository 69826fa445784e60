import assert from 'node:assert/strict';
import type { Body, ObjectStore, PutOptions } from '../object-store.ts';
import type { ConformanceTest } from './conformance.ts';
import { all, bytesOf, failure, inChunks, keysOf, read, textAt } from './contents.ts';

/** More than any store holds of a body before it begins to send it. */
const big = 9 * 1024 * 1024;
type Put = (store: ObjectStore, key: string, body: Body, options?: PutOptions) => Promise<unknown>;
const puts: readonly Put[] = [
  (store, key, body, options) => store.put(key, body, options),
  (store, key, body, options) => store.putIfAbsent(key, body, options),
];

/** Of writes: atomicity, sizes, aborts, exclusiveness, what is left behind. */
export const writingTests: Readonly<Record<string, ConformanceTest>> = {
  'what was put is there for everybody': async ({ store, reopen }) => {
    const info = await store.put('backups/a/b.json', Buffer.from('{"a":1}'));
    assert.deepEqual([info.key, info.size], ['backups/a/b.json', 7]);
    const other = await reopen();
    assert.equal((await read(other, 'backups/a/b.json')).toString(), '{"a":1}');
    const head = await other.head('backups/a/b.json');
    assert.equal(head?.size, 7);
    assert.ok(Math.abs(head.modified.getTime() - info.modified.getTime()) < 60_000);
    assert.deepEqual(await all(other.list('')), [head]);
    await other.close();
  },

  'bodies of all sizes and shapes come back as they were': async ({ store }) => {
    for (const length of [0, 1, 65_536, 300_001]) {
      const bytes = bytesOf('shape', length);
      await store.put('bytes', bytes);
      await store.put('stream', inChunks(bytes, 1000));
      await store.put('sized', inChunks(bytes, 7777), { size: length });
      for (const key of ['bytes', 'stream', 'sized']) assert.deepEqual(await read(store, key), bytes, key);
    }
    async function* withGaps() {
      for (const part of ['', 'a', '', 'b', '']) yield Buffer.from(part);
    }
    await store.put('gaps', withGaps());
    assert.equal(await textAt(store, 'gaps'), 'ab');
  },

  'a large stream of unknown size comes back as it was': async ({ store }) => {
    const bytes = bytesOf('large', 2 * big + 12_345);
    const info = await store.put('large', inChunks(bytes, 100_003));
    assert.equal(info.size, bytes.length);
    assert.equal(Buffer.compare(await read(store, 'large'), bytes), 0);
    const sized = await store.putIfAbsent('large-too', inChunks(bytes, 1 << 20), { size: bytes.length });
    assert.equal(sized.size, bytes.length);
    assert.equal(Buffer.compare(await read(store, 'large-too'), bytes), 0);
    assert.deepEqual(await all(store.unfinished('')), []);
  },

  'a put replaces, a putIfAbsent does not': async ({ store }) => {
    await store.put('key', Buffer.from('first, and long'));
    await store.put('key', Buffer.from('second'));
    assert.equal(await textAt(store, 'key'), 'second');
    await assert.rejects(store.putIfAbsent('key', Buffer.from('third')), failure('already-exists'));
    await assert.rejects(
      store.putIfAbsent('key', inChunks(bytesOf('x', big), 1 << 20)),
      failure('already-exists'),
    );
    assert.equal(await textAt(store, 'key'), 'second');
    assert.deepEqual(await keysOf(store), ['key']);
  },

  'of many putIfAbsent at once exactly one wins': async ({ store, reopen }) => {
    const other = await reopen();
    const bodies = Array.from({ length: 16 }, (_, at) => bytesOf(`rival ${at}`, 5000 + at));
    const outcomes = await Promise.allSettled(
      bodies.map((body, at) => (at % 2 === 0 ? store : other).putIfAbsent('locks/the-one', body)),
    );
    const winners = outcomes.flatMap((outcome, at) => (outcome.status === 'fulfilled' ? [at] : []));
    assert.equal(winners.length, 1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'storage.already-exists');
    }
    assert.deepEqual(await read(store, 'locks/the-one'), bodies[winners[0] ?? -1]);
    await other.close();
  },

  'a body of another size than announced is not stored': async ({ store }) => {
    for (const put of puts) {
      for (const [length, size] of [
        [10, 9],
        [10, 11],
        [0, 1],
        [1, 0],
        [big, big - 1],
        [big, big + 1],
      ] as const) {
        const bytes = Buffer.alloc(length, 1);
        await assert.rejects(put(store, 'sized', inChunks(bytes, 1 << 20), { size }), failure('wrong-size'));
        await assert.rejects(put(store, 'sized', bytes, { size }), failure('wrong-size'));
      }
      assert.deepEqual(await keysOf(store), []);
    }
    assert.deepEqual(await all(store.unfinished('')), []);
  },

  'an error of the body rejects with that error and stores nothing': async ({ store }) => {
    for (const put of puts) {
      for (const length of [0, 10, big]) {
        const own = Object.assign(new Error('the source failed'), { code: 'ENOENT', syscall: 'open' });
        await assert.rejects(put(store, 'new', failing(length, own)), thrown => thrown === own);
      }
    }
    await store.put('old', Buffer.from('as it was'));
    const own = new Error('the source failed again');
    await assert.rejects(store.put('old', failing(big, own)), thrown => thrown === own);
    assert.equal(await textAt(store, 'old'), 'as it was');
    assert.deepEqual(await keysOf(store), ['old']);
    assert.deepEqual(await all(store.unfinished('')), []);
  },

  'an abort in the middle of a put rejects with its reason and stores nothing': async ({ store }) => {
    await store.put('old', Buffer.from('as it was'));
    for (const put of puts) {
      for (const length of [0, 10, big]) {
        const reason = new Error('enough');
        const controller = new AbortController();
        const { signal } = controller;
        const key = put === puts[0] ? 'old' : 'new';
        const putting = put(
          store,
          key,
          stalling(length, () => controller.abort(reason)),
          { signal },
        );
        await assert.rejects(putting, thrown => thrown === reason);
      }
    }
    assert.equal(await textAt(store, 'old'), 'as it was');
    assert.deepEqual(await keysOf(store), ['old']);
    assert.deepEqual(await all(store.unfinished('')), []);
  },

  'a reader beside writers sees one of the versions, whole': async ({ store, reopen }) => {
    const version = (at: number) => Buffer.alloc(50_000 + at * 1000, at);
    await store.put('shared', version(0));
    const other = await reopen();
    const progress = { written: 0 };
    const write = async () => {
      for (; progress.written < 20; progress.written++) {
        await store.put('shared', inChunks(version(progress.written + 1), 4096));
      }
    };
    const check = async () => {
      while (progress.written < 20) {
        const seen = await readUnlessChanged(other, 'shared');
        if (seen !== undefined) assert.deepEqual(seen, version(seen[0] ?? -1));
      }
    };
    await Promise.all([write(), check(), check()]);
    assert.deepEqual(await read(other, 'shared'), version(20));
    await other.close();
  },

  'writes and deletes side by side in one folder do not disturb each other': async ({ store }) => {
    const work = async (worker: number) => {
      for (let round = 0; round < 10; round++) {
        const key = `deep/folder/${worker % 2}/${worker}`;
        await store.put(key, Buffer.from(key));
        assert.equal(await textAt(store, key), key);
        await store.delete(key);
      }
      await store.put(`deep/folder/last/${worker}`, Buffer.from('x'));
    };
    await Promise.all(Array.from({ length: 8 }, (_, worker) => work(worker)));
    assert.equal((await keysOf(store)).length, 8);
  },

  'what was deleted is gone, and deleting nothing succeeds': async ({ store, reopen }) => {
    await store.delete('never/was');
    await store.put('a/b/c', Buffer.from('x'));
    await store.put('a/d', Buffer.from('x'));
    await store.delete('a/b');
    await store.delete('a/b/c');
    const other = await reopen();
    assert.equal(await other.head('a/b/c'), undefined);
    await assert.rejects(other.get('a/b/c'), failure('not-found'));
    assert.deepEqual(await keysOf(other), ['a/d']);
    assert.deepEqual(await all(other.listPrefixes('a/')), []);
    await other.close();
  },

  'a key that continues another is stored beside it or refused': async ({ store }) => {
    await store.put('a', Buffer.from('short'));
    await bothOrRefused(store, 'a/b', 'a');
    await store.put('c/d', Buffer.from('long'));
    await bothOrRefused(store, 'c', 'c/d');
  },

  'an unfinished write is listed until it is abandoned, and never seen as an object': async ({
    store,
    leaveUnfinished,
  }) => {
    if (leaveUnfinished === undefined) return;
    await leaveUnfinished('backups/x/x.tar.gz');
    await leaveUnfinished('backups/y/y.tar.gz');
    assert.equal(await store.head('backups/x/x.tar.gz'), undefined);
    assert.deepEqual(await keysOf(store), []);
    assert.deepEqual(await all(store.listPrefixes('')), []);
    const [write, ...more] = await all(store.unfinished('backups/x/'));
    assert.ok(write !== undefined && more.length === 0);
    assert.equal(write.key, 'backups/x/x.tar.gz');
    assert.ok(Math.abs(write.begun.getTime() - Date.now()) < 600_000);
    await store.abandon(write);
    await store.abandon(write);
    assert.deepEqual(await all(store.unfinished('backups/x/')), []);
    const left = await all(store.unfinished(''));
    assert.deepEqual(
      left.map(one => one.key),
      ['backups/y/y.tar.gz'],
    );
    await store.put('backups/y/y.tar.gz', Buffer.from('again'));
    assert.equal(await textAt(store, 'backups/y/y.tar.gz'), 'again');
  },
};

async function bothOrRefused(store: ObjectStore, key: string, before: string): Promise<void> {
  const old = await textAt(store, before);
  for (const put of puts) {
    try {
      await put(store, key, Buffer.from('new'));
      assert.equal(await textAt(store, key), 'new');
      return;
    } catch (thrown) {
      assert.equal((thrown as { code?: string }).code, 'storage.key-conflict');
      assert.equal(await store.head(key), undefined);
    } finally {
      assert.equal(await textAt(store, before), old);
    }
  }
}

/** A cut read of an object that was replaced meanwhile cannot be resumed; saying so is right too. */
async function readUnlessChanged(store: ObjectStore, key: string): Promise<Buffer | undefined> {
  try {
    return await read(store, key);
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'storage.changed') return undefined;
    throw thrown;
  }
}

/** A body that throws after that many bytes. */
async function* failing(length: number, error: Error): AsyncGenerator<Uint8Array> {
  yield* inChunks(Buffer.alloc(length), 1 << 20);
  throw error;
}

/** A body that yields that many bytes, says that it stalls, and then yields nothing for ever. */
async function* stalling(length: number, stalled: () => void): AsyncGenerator<Uint8Array> {
  yield* inChunks(Buffer.alloc(length), 1 << 20);
  queueMicrotask(stalled);
  await new Promise(() => {});
}
