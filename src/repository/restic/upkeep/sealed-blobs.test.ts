import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { keyOf } from '../access/files.ts';
import { idOf } from '../format/ids.ts';
import { sealedBlobs } from './sealed-blobs.ts';

const pack = idOf(Buffer.from('pack'));
const bytes = Buffer.from(Array.from({ length: 2_000_000 }, (_, at) => (at * 31 + (at >> 8)) & 0xff));

test('whichever places of a pack are asked for, their bytes come, in the order of the places', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-sealed-'));
  await using _ = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
  const store = new FilesystemStore(directory);
  await store.put(keyOf('data', pack), bytes);
  const place = fc
    .record({ offset: fc.nat(bytes.length - 300_000), length: fc.oneof(fc.nat(100), fc.nat(300_000)) })
    .map(each => ({ ...each, length: each.length + 1, id: pack, type: 'data' as const, uncompressed: 0 }));
  await fc.assert(
    fc.asyncProperty(fc.array(place, { maxLength: 12 }), async places => {
      const found = await Array.fromAsync(sealedBlobs({ store }, { pack, places }));
      const inOrder = places.toSorted((a, b) => a.offset - b.offset);
      assert.deepEqual(
        found.map(each => each.place),
        inOrder,
      );
      for (const {
        place: { offset, length },
        sealed,
      } of found) {
        assert.ok(sealed.equals(bytes.subarray(offset, offset + length)), `${offset} ${length}`);
      }
    }),
    { numRuns: 60 },
  );
});
