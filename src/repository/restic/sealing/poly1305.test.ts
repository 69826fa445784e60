import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { plainPoly1305, poly1305 } from './poly1305.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test('the tag of RFC 8439, 2.5.2', () => {
  const key = Buffer.from('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b', 'hex');
  const message = Buffer.from('Cryptographic Forum Research Group');
  const tag = poly1305(message, key.subarray(0, 16), key.subarray(16));
  assert.equal(tag.toString('hex'), 'a8061dc1305136c6c22b8baf0c0127a9');
});

test('the kernel gives the tags of the definition', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes(16), bytes(16), (message, r, s) => {
      assert.deepEqual(poly1305(message, r, s), plainPoly1305(message, r, s));
    }),
  );
});

test('limbs do not overflow on a long message of ones under the greatest key', () => {
  const ones = new Uint8Array(200_001).fill(255);
  assert.deepEqual(
    poly1305(ones, ones.subarray(0, 16), ones.subarray(0, 16)),
    plainPoly1305(ones, ones.subarray(0, 16), ones.subarray(0, 16)),
  );
});
