import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOf } from '../format/ids.ts';
import type { BlobType, PackedBlob } from '../format/pack.ts';
import { BlobIndex } from './blob-index.ts';

const id = (text: string): string => idOf(Buffer.from(text));
const blob = (name: string, offset: number, type: BlobType = 'data'): PackedBlob => ({
  id: id(name),
  type,
  offset,
  length: 100,
  uncompressed: 7,
});

test('every one of many blobs is found, and no other', () => {
  const index = new BlobIndex();
  for (let pack = 0; pack < 50; pack++) {
    const blobs = Array.from({ length: 100 }, (_, at) => blob(`${pack}-${at}`, at * 100));
    index.add({ id: id(`pack ${pack}`), blobs });
  }
  assert.equal(index.size, 5000);
  for (let pack = 0; pack < 50; pack++) {
    for (let at = 0; at < 100; at++) {
      const [place, ...others] = index.places('data', id(`${pack}-${at}`));
      assert.deepEqual([place?.pack, place?.offset, others], [id(`pack ${pack}`), at * 100, []]);
    }
  }
  assert.deepEqual(index.places('data', id('other')), []);
  const lists = index.entriesByPack();
  assert.deepEqual(new Set(lists.map(list => list.length)), new Set([100]));
  assert.equal(index.place(lists[7]?.[0] ?? 0).pack, index.packs[7]);
});

test('a blob has all its places; a pack that is described twice counts once', () => {
  const index = new BlobIndex();
  const first = { id: id('p1'), blobs: [blob('a', 0), blob('a', 100, 'tree')] };
  index.add(first);
  index.add({ id: id('p2'), blobs: [blob('a', 500)] });
  index.add(first);
  index.add({ id: id('p1'), blobs: [blob('b', 200)] });
  assert.equal(index.size, 4);
  assert.deepEqual(
    new Set(index.places('data', id('a')).map(place => place.pack)),
    new Set([id('p1'), id('p2')]),
  );
  assert.deepEqual(
    index.places('tree', id('a')).map(place => place.offset),
    [100],
  );
});
