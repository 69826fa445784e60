import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { crc32c } from '#foundation/crc32c.ts';
import { StreamChecksum } from './stream-checksum.ts';

test('however a stream is cut, its checksum is the plain one', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 });
  fc.assert(
    fc.property(pieces, fc.nat(5), (pieces, margin) => {
      const checksum = new StreamChecksum();
      let plain = 0;
      for (const piece of pieces) {
        const padded = Buffer.concat([Buffer.alloc(margin), piece, Buffer.alloc(margin)]);
        checksum.update(padded, margin, margin + piece.length);
        plain = crc32c(piece, plain);
      }
      assert.equal(checksum.value(), plain);
    }),
  );
});

test('it may be asked for in between, and pieces may be of any size', () => {
  const bytes = randomBytes(1_500_000);
  const checksum = new StreamChecksum();
  let at = 0;
  for (const length of [1, 3, 4, 60, 64, 65, 127, 4096, 70_000, 262_144, 600_001]) {
    checksum.update(bytes, at, at + length);
    at += length;
    assert.equal(checksum.value(), crc32c(bytes.subarray(0, at)), String(length));
  }
  checksum.update(bytes, at, bytes.length);
  assert.equal(checksum.value(), crc32c(bytes));
});
