import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { maxObjectSize, maxParts, partSize, partsAtOnce, smallestPart } from './part-sizes.ts';

const GiB = 1024 ** 3;

test('ten thousand growing parts hold the largest object, none beyond S3’s 5 GiB', () => {
  let held = 0;
  for (let part = 1; part <= maxParts; part++) {
    assert.ok(partSize(part, undefined) <= 5 * GiB);
    held += partSize(part, undefined);
  }
  assert.ok(held >= maxObjectSize);
});

test('parts of a known size suffice and are no larger than needed', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), number => {
      const size = Math.abs(number) % (maxObjectSize + 1);
      const part = partSize(1, size);
      assert.ok(part * maxParts >= size && part >= smallestPart && part <= 5 * GiB);
      assert.ok(part === smallestPart || (part - 1024 ** 2) * maxParts < size);
    }),
  );
});

test('up to 100 GiB of a stream, parts under way take at most 128 MiB', () => {
  let part = 1;
  for (let held = 0; held < 100 * GiB; part++) {
    const size = partSize(part, undefined);
    assert.ok(size * partsAtOnce(size) <= GiB / 8);
    held += size;
  }
});
