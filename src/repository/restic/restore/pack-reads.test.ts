import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { BlobIndex } from '../access/blob-index.ts';
import type { PackedBlob } from '../format/pack.ts';
import { packReads, readTarget } from './pack-reads.ts';

const idOf = (number: number) => number.toString(16).padStart(64, '0');

/** An index of packs whose blobs have these lengths, one after the other. */
function indexOf(packs: readonly (readonly number[])[]): { index: BlobIndex; blobs: PackedBlob[] } {
  const index = new BlobIndex();
  const all: PackedBlob[] = [];
  for (const [pack, lengths] of packs.entries()) {
    let offset = 0;
    const blobs = lengths.map((length, at): PackedBlob => {
      offset += length;
      const id = idOf(1 + all.length + at);
      return { id, type: 'data', offset: offset - length, length, uncompressed: 0 };
    });
    index.add({ id: idOf(100_000 + pack), blobs });
    all.push(...blobs);
  }
  return { index, blobs: all };
}

const lengths = fc.array(
  fc.oneof(fc.integer({ min: 33, max: 5000 }), fc.integer({ min: 33, max: 3 * readTarget })),
  { maxLength: 40 },
);

test('every blob that is wanted is read once, in ranges that hold it and are not too long', () => {
  fc.assert(
    fc.property(fc.array(lengths, { maxLength: 4 }), fc.func(fc.boolean()), (packs, isWanted) => {
      const { index, blobs } = indexOf(packs);
      const chosen = blobs.filter(({ id }) => isWanted(id));
      const wanted = new Map(chosen.map(({ id }) => [index.first('data', id), [id]]));
      const reads = [...packReads(index, wanted)];
      const read = reads.flatMap(each => each.blobs.flatMap(({ uses }) => uses));
      assert.deepEqual(read.toSorted(), chosen.map(({ id }) => id).toSorted());
      for (const { pack, offset, length, blobs: inside } of reads) {
        assert.ok(length <= readTarget || inside.length === 1);
        for (const { place } of inside) {
          assert.equal(place.pack, pack);
          assert.ok(place.offset >= offset && place.offset + place.length <= offset + length);
        }
      }
    }),
  );
});

test('what lies together is read at once, what lies far apart is not', () => {
  const { index, blobs } = indexOf([[1000, 2000, 3000, 1_000_000, 4000]]);
  const wanted = (numbers: readonly number[]) =>
    new Map(numbers.map(at => [index.first('data', blobs[at]?.id ?? ''), [at]]));
  const ranges = (numbers: readonly number[]) =>
    [...packReads(index, wanted(numbers))].map(({ offset, length }) => [offset, length]);
  assert.deepEqual(ranges([0, 1, 2]), [[0, 6000]]);
  assert.deepEqual(ranges([2, 0]), [[0, 6000]]);
  assert.deepEqual(ranges([0, 4]), [
    [0, 1000],
    [1_006_000, 4000],
  ]);
});
