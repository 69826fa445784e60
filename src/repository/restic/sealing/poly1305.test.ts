import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { keptPoly1305 } from './kept-poly1305.ts';
import { kernelPoly1305, kernelRunning, plainPoly1305, poly1305, runningPoly1305 } from './poly1305.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test('the tag of RFC 8439, 2.5.2', () => {
  const key = Buffer.from('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b', 'hex');
  const message = Buffer.from('Cryptographic Forum Research Group');
  const tag = kernelPoly1305(message, key.subarray(0, 16), key.subarray(16));
  assert.equal(tag.toString('hex'), 'a8061dc1305136c6c22b8baf0c0127a9');
});

test('the kernel gives the tags of the definition', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes(16), bytes(16), (message, r, s) => {
      assert.deepEqual(kernelPoly1305(message, r, s), plainPoly1305(message, r, s));
    }),
  );
});

test('limbs do not overflow on a long message of ones under the greatest key', () => {
  const ones = new Uint8Array(200_001).fill(255);
  assert.deepEqual(
    kernelPoly1305(ones, ones.subarray(0, 16), ones.subarray(0, 16)),
    plainPoly1305(ones, ones.subarray(0, 16), ones.subarray(0, 16)),
  );
});

test('messages that are taken four blocks at a time, of every length about where that begins and a piece ends', () => {
  const lengths = [240, 255, 256, 257, 319, 320, 321, 1000, 65_535, 65_536, 65_537, 65_800, 70_000];
  const message = fc.oneof(
    fc.constantFrom(...lengths).map(length => new Uint8Array(length).fill(255)),
    fc.constantFrom(...lengths).map(length => randomBytes(length)),
    fc.uint8Array({ minLength: 256, maxLength: 2000 }),
  );
  const key = fc.oneof(bytes(16), fc.constant(new Uint8Array(16).fill(255)), fc.constant(new Uint8Array(16)));
  fc.assert(
    fc.property(message, key, bytes(16), (message, r, s) => {
      assert.deepEqual(kernelPoly1305(message, r, s), plainPoly1305(message, r, s));
    }),
    { numRuns: 150 },
  );
});

test('sums about the prime and about 2^128, where carries run through all limbs', () => {
  const block = fc
    .constantFrom('ff'.repeat(16), `fb${'fe'.repeat(15)}`, `fb${'ff'.repeat(15)}`, '01'.repeat(16))
    .map(text => Buffer.from(text, 'hex'));
  const small = fc.constantFrom(0, 1, 2, 4).map(value => Buffer.from([value, ...new Uint8Array(15)]));
  const pad = fc
    .constantFrom('00'.repeat(16), 'ff'.repeat(16), `02${'00'.repeat(15)}`)
    .map(text => Buffer.from(text, 'hex'));
  fc.assert(
    fc.property(fc.array(block, { maxLength: 24 }), small, pad, (blocks, r, s) => {
      const message = Buffer.concat(blocks);
      assert.deepEqual(kernelPoly1305(message, r, s), plainPoly1305(message, r, s));
    }),
    { numRuns: rounds(70) },
  );
});

test("OpenSSL's own interface gives the same tags, of messages in shared memory too", () => {
  const kept = keptPoly1305();
  assert.ok(kept !== undefined, 'this Node exports the functions of OpenSSL');
  for (const length of [0, 1, 16, 100, 32_767, 32_768, 100_003]) {
    const [r, s] = [randomBytes(16), randomBytes(16)];
    const message = new Uint8Array(new SharedArrayBuffer(length + 3), 3);
    message.set(randomBytes(length));
    const expected = kernelPoly1305(message, r, s);
    assert.deepEqual(kept.whole(message, r, s), expected);
    assert.deepEqual(poly1305(message, r, s), expected);
  }
});

test('a message in pieces has the tag that it has as a whole', () => {
  for (const [pieces, last] of [
    [0, 1],
    [1, 0],
    [1, 16],
    [3, 5],
    [2, 65_535],
  ] as const) {
    const message = randomBytes(65_536 * pieces + last);
    const [r, s] = [randomBytes(16), randomBytes(16)];
    for (const begin of [() => runningPoly1305(message.length, r, s), () => kernelRunning(r, s)]) {
      const mac = begin();
      for (let at = 0; at < message.length; at += 65_536) mac.update(message.subarray(at, at + 65_536));
      assert.deepEqual(mac.end(), kernelPoly1305(message, r, s), `${message.length} bytes`);
    }
  }
});
