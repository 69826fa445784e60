import assert from 'node:assert/strict';
import { test } from 'node:test';
import { raise } from '#storage/errors.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { textAt } from '#storage/testing/contents.ts';
import { faulty } from '#storage/testing/faulty.ts';
import { inStore } from '../testing/runs.ts';
import { putNew } from './put-new.ts';

/** A server that takes every key for one that exists, `times` times. */
function refusing(inner: ObjectStore, times: number): ObjectStore {
  let left = times;
  const error = raise['already-exists']({ url: inner.url, key: 'k' });
  return faulty(inner, ({ operation }) =>
    operation === 'putIfAbsent' && left-- > 0 ? { kind: 'before', error } : undefined,
  );
}

test('a new key is put, also where the server takes a deleted one for taken', async () => {
  for (const times of [0, 1, 1000]) {
    await inStore(async store => {
      await putNew(refusing(store, times), 'k', Buffer.from('mine'), {});
      assert.equal(await textAt(store, 'k'), 'mine');
    });
  }
});

test('a key that holds something is not replaced', async () => {
  await inStore(async store => {
    await store.put('k', Buffer.from('theirs'));
    for (const at of [store, refusing(store, 1000)]) {
      const put = putNew(at, 'k', Buffer.from('mine'), {});
      await assert.rejects(put, { code: 'storage.already-exists' });
    }
    assert.equal(await textAt(store, 'k'), 'theirs');
  });
});

test('of two that fall back to a plain put, one who sees the other’s object gives way', async () => {
  await inStore(async store => {
    const rival = faulty(refusing(store, 1000), () => undefined);
    const put = rival.put.bind(rival);
    rival.put = async (key, body, options) => {
      const info = await put(key, body, options);
      await store.put(key, Buffer.from('theirs'));
      return info;
    };
    const late = putNew(rival, 'k', Buffer.from('mine'), {});
    await assert.rejects(late, { code: 'storage.already-exists' });
    assert.equal(await textAt(store, 'k'), 'theirs');
  });
});
