import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { raise } from '#storage/errors.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type FaultPlan, faulty } from '#storage/testing/faulty.ts';
import { type IndexedRepository, loadIndex } from '../access/indexed.ts';
import { openPlainSink } from '../pipeline/plain-sink.ts';
import { MovedBlobs } from './moved-blobs.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-moved-blobs-'));
});
after(() => rm(directory, { recursive: true }));

/** A repository that was opened before a tree came into it, through a store that fails as planned. */
async function openedBefore(name: string, plan: FaultPlan) {
  const key = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
  const config = { version: 2, id: randomBytes(32).toString('hex'), polynomial: 0x3da3358b4dc173n } as const;
  const store = new FilesystemStore(join(directory, name));
  const writing = await loadIndex({ store, key, config, keyId: '' });
  const sink = openPlainSink(writing);
  const id = await sink.tree(Buffer.from('{"nodes":[]}'));
  await sink.finish();
  const { index } = await loadIndex({ ...writing, store: new FilesystemStore(join(directory, 'empty')) });
  const opened: IndexedRepository = { ...writing, store: faulty(store, plan), index };
  return { moved: new MovedBlobs(opened), blob: { type: 'tree', id, pack: 'gone' } as const };
}

test('an index that is gone by the time it is read has the others looked at again', async () => {
  let reads = 0;
  const { moved, blob } = await openedBefore('vanishing', ({ operation, key }) => {
    if (operation === 'list' || !key.startsWith('index/') || ++reads > 1) return undefined;
    return { kind: 'before', error: raise['not-found']({ url: 'file:///repository', key }) };
  });
  const [place] = await moved.find([blob], {});
  assert.equal(place?.id, blob.id);
  assert.equal(reads, 2);
});

test('a store that fails once is asked again', async () => {
  let lists = 0;
  const { moved, blob } = await openedBefore('failing', ({ operation }) =>
    operation === 'list' && ++lists === 1 ? { kind: 'before' } : undefined,
  );
  await assert.rejects(moved.find([blob], {}), thrown => isHozonError(thrown, 'storage.unavailable'));
  const { index } = await moved.repository(false, {});
  assert.equal(index.places('tree', blob.id).length, 1);
  const [place] = await moved.find([blob], {});
  assert.equal(place?.id, blob.id);
});
