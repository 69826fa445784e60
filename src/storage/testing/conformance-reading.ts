import assert from 'node:assert/strict';
import type { ObjectStore, StoreOptions } from '../object-store.ts';
import type { ConformanceTest } from './conformance.ts';
import { all, bytesOf, collect, failure, inChunks, read } from './contents.ts';

/** Of reads: absence, ranges, versions, aborts, invalid keys. */
export const readingTests: Readonly<Record<string, ConformanceTest>> = {
  'an absent key is not found, and its head is undefined': async ({ store }) => {
    for (const key of ['nothing', 'nor/here']) {
      await assert.rejects(store.get(key), failure('not-found'));
      await assert.rejects(store.getRange(key, { offset: 0, length: 1 }), failure('not-found'));
      await assert.rejects(store.getRange(key, { offset: 0, length: 0 }), failure('not-found'));
      assert.equal(await store.head(key), undefined);
    }
    await store.put('folder/object', Buffer.from('x'));
    await assert.rejects(store.get('folder'), failure('not-found'));
    assert.equal(await store.head('folder'), undefined);
    assert.equal(await store.head('folder/object/below'), undefined);
  },

  'a range is exactly its bytes': async ({ store }) => {
    const bytes = bytesOf('range', 5000);
    await store.put('ranged', bytes);
    for (const offset of [0, 1, 4095, 4999, 5000]) {
      for (const length of [0, 1, 2, 1000, 5000]) {
        const range = { offset, length };
        if (offset + length <= 5000) {
          assert.deepEqual(await read(store, 'ranged', range), bytes.subarray(offset, offset + length));
        } else {
          await assert.rejects(read(store, 'ranged', range), failure('truncated'), JSON.stringify(range));
        }
      }
    }
    await assert.rejects(read(store, 'ranged', { offset: 5001, length: 0 }), failure('truncated'));
    for (const range of [
      { offset: -1, length: 1 },
      { offset: 0, length: -1 },
      { offset: 0.5, length: 1 },
    ]) {
      await assert.rejects(read(store, 'ranged', range), RangeError);
    }
  },

  'a range of an empty object is empty or truncated': async ({ store }) => {
    await store.put('empty', new Uint8Array());
    assert.equal((await read(store, 'empty')).length, 0);
    assert.equal((await read(store, 'empty', { offset: 0, length: 0 })).length, 0);
    await assert.rejects(read(store, 'empty', { offset: 0, length: 1 }), failure('truncated'));
  },

  'a body says its size, and its version names this content': async ({ store }) => {
    await store.put('versioned', Buffer.from('one'));
    const body = await store.get('versioned');
    await collect(body);
    if (body.size !== undefined) assert.equal(body.size, 3);
    const { version } = body;
    if (version === undefined) return;
    const range = { offset: 1, length: 2 };
    const same = await store.getRange('versioned', range, { ifVersion: version });
    assert.equal((await collect(same)).toString(), 'ne');
    await store.put('versioned', Buffer.from('two'));
    await assert.rejects(store.get('versioned', { ifVersion: version }), failure('changed'));
    await assert.rejects(store.getRange('versioned', range, { ifVersion: version }), failure('changed'));
    const next = await store.get('versioned');
    await collect(next);
    assert.notEqual(next.version, version);
  },

  'a reader may leave in the middle': async ({ store }) => {
    await store.put('long', bytesOf('long', 3_000_000));
    for (let round = 0; round < 60; round++) {
      for await (const chunk of await store.get('long')) {
        assert.ok(chunk.length > 0);
        break;
      }
    }
    await store.delete('long');
    assert.equal(await store.head('long'), undefined);
  },

  'invalid keys and prefixes are refused by every operation': async ({ store }) => {
    const bad = [
      '',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      '../a',
      'a/../b',
      'a/./b',
      'a\0b',
      'a\nb',
      '\ud800',
      'k'.repeat(1025),
    ];
    const invalid = failure('invalid-key');
    for (const key of bad) {
      await assert.rejects(store.get(key), invalid, JSON.stringify(key));
      await assert.rejects(store.getRange(key, { offset: 0, length: 1 }), invalid);
      await assert.rejects(store.put(key, Buffer.from('x')), invalid);
      await assert.rejects(store.putIfAbsent(key, Buffer.from('x')), invalid);
      await assert.rejects(store.head(key), invalid);
      await assert.rejects(store.delete(key), invalid);
      await assert.rejects(store.presign(key, { expiresIn: 60 }), invalid);
    }
    for (const prefix of ['/', '/a', 'a//', '../', 'a/../', 'a/./b', 'a\0']) {
      await assert.rejects(all(store.list(prefix)), invalid, JSON.stringify(prefix));
      await assert.rejects(all(store.unfinished(prefix)), invalid);
      await assert.rejects(all(store.listPrefixes(prefix)), invalid);
    }
    await assert.rejects(all(store.listPrefixes('no-slash')), invalid);
    assert.deepEqual(await all(store.list('')), []);
  },

  'an operation whose signal was aborted rejects with its reason': async ({ store }) => {
    await store.put('key', Buffer.from('x'));
    const reason = new Error('not any more');
    for (const operation of everyOperation(store, { signal: AbortSignal.abort(reason) })) {
      await assert.rejects(operation, thrown => thrown === reason, operation.name);
    }
    assert.deepEqual(
      (await all(store.list(''))).map(info => [info.key, info.size]),
      [['key', 1]],
    );
  },

  'an abort in the middle of a read or a listing ends it with its reason': async ({ store }) => {
    await store.put('a', inChunks(bytesOf('abort', 6_000_000), 1 << 20));
    await store.put('b', Buffer.from('x'));
    const reason = new Error('stop reading');
    const reading = async () => {
      const controller = new AbortController();
      for await (const _ of await store.get('a', { signal: controller.signal })) controller.abort(reason);
    };
    const listing = async () => {
      const controller = new AbortController();
      for await (const _ of store.list('', { signal: controller.signal })) controller.abort(reason);
    };
    await assert.rejects(reading, thrown => thrown === reason);
    await assert.rejects(listing, thrown => thrown === reason);
  },

  'a presigned URL can be read by anyone, where there is one': async ({ store }) => {
    const bytes = bytesOf('presigned', 1000);
    await store.put('public', bytes);
    const url = await store.presign('public', { expiresIn: 60 });
    if (url === undefined || url.startsWith('https:')) return; // the suite has no way to give `fetch` a CA
    const answer = await fetch(url);
    assert.equal(answer.status, 200);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
    assert.ok(!url.includes('secret'));
  },
};

function everyOperation(store: ObjectStore, options: StoreOptions): (() => Promise<unknown>)[] {
  const write = { key: 'key', id: 'none', begun: new Date() };
  return [
    async () => collect(await store.get('key', options)),
    async () => collect(await store.getRange('key', { offset: 0, length: 1 }, options)),
    async () => store.put('key', Buffer.from('new'), options),
    async () => store.putIfAbsent('new', Buffer.from('new'), options),
    async () => store.head('key', options),
    async () => all(store.list('', options)),
    async () => all(store.listPrefixes('', options)),
    async () => store.delete('key', options),
    async () => all(store.unfinished('', options)),
    async () => store.abandon(write, options),
  ];
}
