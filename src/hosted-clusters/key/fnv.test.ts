import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fnv1, keyNameOf } from './fnv.ts';

/** As the algorithm is written down: multiply modulo 2^32, then exclusive or. */
function byDefinition(bytes: Uint8Array): bigint {
  let hash = 2_166_136_261n;
  for (const byte of bytes) hash = ((hash * 16_777_619n) % 2n ** 32n) ^ BigInt(byte);
  return hash;
}

test('FNV-1 of 32 bits has the values of its published vectors', () => {
  assert.equal(fnv1(Buffer.from('')), 0x811c9dc5);
  assert.equal(fnv1(Buffer.from('a')), 0x050c5d7e);
  assert.equal(fnv1(Buffer.from('hello')), 0xb6fa7167);
  assert.equal(fnv1(Buffer.from('foobar')), 0x31f0b262);
});

test('it is what its definition says, of any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), bytes =>
      assert.equal(BigInt(fnv1(bytes)), byDefinition(bytes)),
    ),
  );
});

test('a key is named by the decimal number, never negative', () => {
  assert.equal(keyNameOf(Buffer.from('hello')), 'key-3069866343');
  fc.assert(fc.property(fc.uint8Array(), bytes => assert.match(keyNameOf(bytes), /^key-\d+$/)));
});
