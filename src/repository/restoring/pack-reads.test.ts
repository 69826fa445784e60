import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Place } from './contents.ts';
import { packReads, readTarget } from './pack-reads.ts';

/** Packs whose pieces have these lengths, one after the other. */
function layOut(packs: readonly (readonly number[])[]) {
  const places: Place[] = [];
  const numbers: number[] = [];
  for (const [pack, lengths] of packs.entries()) {
    let offset = 0;
    for (const length of lengths) {
      const number = places.length;
      places.push({
        number,
        id: String(number),
        pack: String(pack),
        offset,
        length,
        size: length,
        manner: 0,
      });
      numbers.push(pack);
      offset += length;
    }
  }
  const place = (number: number): Place => {
    const found = places[number];
    assert.ok(found !== undefined);
    return found;
  };
  return { places, contents: { place, packOf: (number: number) => numbers[number] ?? -1 } };
}

const lengths = fc.array(
  fc.oneof(fc.integer({ min: 33, max: 5000 }), fc.integer({ min: 33, max: 3 * readTarget })),
  { maxLength: 40 },
);

test('every piece that is wanted is read once, in ranges that hold it and are not too long', () => {
  fc.assert(
    fc.property(fc.array(lengths, { maxLength: 4 }), fc.func(fc.boolean()), (packs, isWanted) => {
      const { places, contents } = layOut(packs);
      const chosen = places.filter(({ id }) => isWanted(id));
      const wanted = new Map(chosen.map(({ number, id }) => [number, [id]]));
      const reads = [...packReads(contents, wanted)];
      const read = reads.flatMap(each => each.pieces.flatMap(({ uses }) => uses));
      assert.deepEqual(read.toSorted(), chosen.map(({ id }) => id).toSorted());
      for (const { pack, offset, length, pieces } of reads) {
        assert.ok(length <= readTarget || pieces.length === 1);
        for (const { place } of pieces) {
          assert.equal(place.pack, pack);
          assert.ok(place.offset >= offset && place.offset + place.length <= offset + length);
        }
      }
    }),
  );
});

test('what lies together is read at once, what lies far apart is not', () => {
  const { contents } = layOut([[1000, 1000, 1000, 300_000, 1000]]);
  const reads = [...packReads(contents, new Map([0, 2, 4].map(number => [number, ['use']])))];
  assert.deepEqual(
    reads.map(({ offset, length }) => [offset, length]),
    [
      [0, 3000],
      [303_000, 1000],
    ],
  );
});

test('pieces of one pack that were moved to two meanwhile are read from where each lies', () => {
  const { contents, places } = layOut([[1000], [1000, 1000, 1000, 1000]]);
  const reads = packReads(contents, new Map([0, 1, 2, 3, 4].map(number => [number, ['use']])));
  assert.equal(reads.next().value?.pack, '0');
  for (const [at, place] of places.entries()) {
    if (place.pack === '1') places[at] = { ...place, pack: at % 2 === 0 ? 'even' : 'odd' };
  }
  const left = [...reads].map(({ pack, pieces }) => [pack, pieces.map(({ place }) => place.number)]);
  assert.deepEqual(left, [
    ['odd', [1, 3]],
    ['even', [2, 4]],
  ]);
});
