import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PlacedBytes, type PlacedFile } from './placed-bytes.ts';
import { SpareMemory } from './spare-memory.ts';

/** Gives all bytes in pieces as they are asked for; what was seen of each place, and what is missing. */
function read(file: PlacedFile, bytes: Buffer, usual: number) {
  const seen = new Map<number, Buffer>();
  const placed = new PlacedBytes(file, new SpareMemory(), (number, each) =>
    seen.set(number, Buffer.from(each)),
  );
  for (let at = 0; at < bytes.length; at = placed.at) {
    const length = placed.bestLength(usual);
    assert.ok(length > 0 && at + length <= bytes.length, `${length} bytes at ${at}`);
    placed.take(bytes.subarray(at, at + length));
  }
  return { seen, missing: placed.missing().toSorted((a, b) => a - b) };
}

test('every place that is in the file is seen, whatever else an index says', () => {
  const place = fc.record({ offset: fc.nat(1100), length: fc.nat(300) });
  const bytes = Buffer.from(Uint8Array.from({ length: 1000 }, (_, at) => (at * 7) & 0xff));
  fc.assert(
    fc.property(fc.array(place, { maxLength: 12 }), fc.integer({ min: 1, max: 400 }), (unsorted, usual) => {
      const places = unsorted.toSorted((a, b) => a.offset - b.offset);
      const { seen, missing } = read({ size: bytes.length, places }, bytes, usual);
      for (const [number, { offset, length }] of places.entries()) {
        const isThere = length > 0 && offset + length <= bytes.length;
        assert.equal(missing.includes(number), !isThere);
        const expected = isThere ? bytes.subarray(offset, offset + length) : undefined;
        assert.deepEqual(seen.get(number), expected && Buffer.from(expected));
      }
    }),
  );
});

test('a place of no bytes where the reading is does not keep it from going on', () => {
  const places = [
    { offset: 0, length: 0 },
    { offset: 900, length: 50 },
  ];
  const { seen, missing } = read({ size: 1000, places }, Buffer.alloc(1000, 1), 100);
  assert.deepEqual([[...seen.keys()], missing], [[1], [0]]);
});
