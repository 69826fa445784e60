import assert from 'node:assert/strict';
import { forEachConcurrent } from '#foundation/concurrency.ts';
import { compareKeys } from '../keys.ts';
import type { ConformanceTest } from './conformance.ts';
import { all, keysOf, textAt } from './contents.ts';

const names = [
  'a-b',
  'a.b',
  'a/b',
  'a/c/d',
  'a0',
  'a b',
  'A/b',
  '.hidden',
  '..dots',
  ' space ',
  'q&<>"\'+%20?#',
  '~',
  'é',
  'ü/ö',
  '日本/語',
  'z/\ufffd\ue000',
  'z/😀',
  'z/\uffee',
  'a_b',
  'B',
  'x'.repeat(200),
  'deep/er/and/deep/er/still',
];

/** Of listings: completeness, order, prefixes, continuation. */
export const listingTests: Readonly<Record<string, ConformanceTest>> = {
  'an empty location lists nothing': async ({ store }) => {
    assert.deepEqual(await keysOf(store), []);
    assert.deepEqual(await keysOf(store, 'some/prefix'), []);
    assert.deepEqual(await all(store.listPrefixes('')), []);
    assert.deepEqual(await all(store.unfinished('')), []);
  },

  'keys of every shape are listed once, in the order of their bytes, and can be read': async ({ store }) => {
    for (const name of names) await store.put(name, Buffer.from(name));
    const sorted = [...names].sort(compareKeys);
    assert.deepEqual(await keysOf(store), sorted);
    for (const name of names) assert.equal(await textAt(store, name), name);
    for (const info of await all(store.list(''))) assert.equal(info.size, Buffer.byteLength(info.key));
  },

  'a prefix may end anywhere, and `after` anywhere too': async ({ store }) => {
    for (const name of names) await store.put(name, Buffer.from('x'));
    const sorted = [...names].sort(compareKeys);
    for (const prefix of [
      'a',
      'a/',
      'a/c',
      'a/c/',
      'a/c/d',
      'a/c/d/',
      'z/',
      '日',
      '.',
      '..',
      'deep/er/a',
      'none',
    ]) {
      assert.deepEqual(
        await keysOf(store, prefix),
        sorted.filter(key => key.startsWith(prefix)),
        prefix,
      );
    }
    for (const after of [
      'a',
      'a-b',
      'a/',
      'a/b',
      'a/c',
      'a/c/d',
      'a/z',
      'a0',
      'deep',
      'z/😀',
      '~~',
      '\u{10ffff}',
    ]) {
      const expected = sorted.filter(key => compareKeys(key, after) > 0);
      assert.deepEqual(
        (await all(store.list('', { after }))).map(info => info.key),
        expected,
        after,
      );
      const below = expected.filter(key => key.startsWith('a'));
      assert.deepEqual(
        (await all(store.list('a', { after }))).map(info => info.key),
        below,
        `a after ${after}`,
      );
    }
  },

  'listPrefixes names the next segments, once each': async ({ store }) => {
    for (const key of [
      'backups/one/a',
      'backups/one/b',
      'backups/two/a',
      'backups/top',
      'restores/x/y',
      'top',
    ]) {
      await store.put(key, Buffer.from('x'));
    }
    assert.deepEqual(await all(store.listPrefixes('')), ['backups/', 'restores/']);
    assert.deepEqual(await all(store.listPrefixes('backups/')), ['backups/one/', 'backups/two/']);
    assert.deepEqual(await all(store.listPrefixes('backups/one/')), []);
    assert.deepEqual(await all(store.listPrefixes('none/')), []);
  },

  'a long listing is complete': async ({ store, manyKeys }) => {
    const keys = Array.from(
      { length: manyKeys },
      (_, at) => `data/${String(at % 7)}/${String(at).padStart(5, '0')}`,
    );
    await forEachConcurrent(keys, 16, async key => {
      await store.put(key, Buffer.from('x'));
    });
    const sorted = [...keys].sort(compareKeys);
    assert.deepEqual(await keysOf(store), sorted);
    assert.deepEqual(
      await keysOf(store, 'data/3/'),
      sorted.filter(key => key.startsWith('data/3/')),
    );
    const middle = sorted[manyKeys - 100] ?? '';
    assert.deepEqual(
      (await all(store.list('', { after: middle }))).map(info => info.key),
      sorted.slice(manyKeys - 99),
    );
  },

  'a listing may be deleted from while it goes on': async ({ store }) => {
    for (let at = 0; at < 30; at++) await store.put(`trash/${at % 3}/${at}`, Buffer.from('x'));
    let seen = 0;
    for await (const { key } of store.list('trash/')) {
      await store.delete(key);
      seen++;
    }
    assert.equal(seen, 30);
    assert.deepEqual(await keysOf(store), []);
  },
};
