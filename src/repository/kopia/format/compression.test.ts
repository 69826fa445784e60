import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { Fault } from '../../format/fault.ts';
import { compress, compressionId, compressionNames, decompress } from './compression.ts';
import { compressionFixtures } from './testing/fixtures.ts';

test('what kopia compressed is decompressed, whatever the limit that is kept', () => {
  const fixtures = compressionFixtures();
  assert.deepEqual(fixtures.map(each => each.name).sort(), [...compressionNames.values()].sort());
  for (const { id, name, packed, size, sha256 } of fixtures) {
    assert.equal(compressionId(name), id);
    const bytes = Buffer.from(packed, 'base64');
    for (const limit of [size, size + 1, size * 100]) {
      assert.equal(hash('sha256', decompress(id, bytes, { limit })), sha256, name);
    }
    assert.equal(hash('sha256', decompress(undefined, bytes, { limit: size })), sha256, name);
  }
});

test('no more comes out than is allowed', () => {
  for (const { id, packed, size } of compressionFixtures()) {
    const bytes = Buffer.from(packed, 'base64');
    for (const limit of [0, 1, size - 1]) assert.throws(() => decompress(id, bytes, { limit }), Fault);
  }
});

/** Texts that repeat themselves, near and far, and some that do not. */
const texts = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(1, 2, 70, 3000)), { maxLength: 8 })
  .map(parts => Buffer.concat(parts.flatMap(([part, times]) => Array<Uint8Array>(times).fill(part))));

test('what is compressed here comes out again', () => {
  const property = fc.property(texts, plain => {
    for (const [id, name] of compressionNames) {
      assert.ok(decompress(id, compress(name, plain), { limit: plain.length }).equals(plain), name);
    }
  });
  fc.assert(property, { numRuns: 25 });
});

test('repeated text becomes shorter in every way', () => {
  const plain = Buffer.from('again and again, '.repeat(20_000));
  for (const name of compressionNames.values())
    assert.ok(compress(name, plain).length < plain.length / 10, name);
});

test('damaged bytes are refused, make it shorter, or no checksum is over what changed', () => {
  const all = compressionFixtures();
  const property = fc.property(
    fc.constantFrom(...all),
    fc.nat(),
    fc.integer({ min: 1, max: 255 }),
    (each, at, change) => {
      const bytes = Buffer.from(each.packed, 'base64');
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ change;
      let plain: Buffer;
      try {
        plain = decompress(each.id, bytes, { limit: each.size });
      } catch (thrown) {
        assert.ok(thrown instanceof Fault);
        return;
      }
      assert.ok(plain.length <= each.size);
      // Of these, every byte of content is under a checksum; a chunk of s2 may become one that is to be skipped.
      const isWhole = plain.length === each.size;
      if (isWhole && /^(?:s2|lz4|zstd)/.test(each.name)) assert.equal(hash('sha256', plain), each.sha256);
    },
  );
  fc.assert(property, { numRuns: rounds(60) });
});

test('another compression than the index says, or an unknown one, is refused', () => {
  const packed = compress('zstd', Buffer.from('text'));
  assert.throws(() => decompress(0x1101, packed, { limit: 4 }), Fault);
  assert.throws(() => decompress(undefined, Buffer.of(0, 0, 0x99, 0, 1), { limit: 4 }), Fault);
  assert.throws(() => decompress(undefined, Buffer.of(0, 0), { limit: 4 }), Fault);
  assert.throws(() => compress('zip', Buffer.alloc(1)), RangeError);
});

test('copies of S2 may repeat the distance of the one before, and be long', () => {
  // "ab", a copy of 4 from 2 back, then repeated distances of each length of length.
  const tags = [1 << 2, 0x61, 0x62, (0 << 2) | 1, 2, (5 << 2) | 1, 0, 1, (6 << 2) | 1, 0, 1, 0];
  const length = 2 + 4 + 9 + 261;
  const block = Buffer.of((length & 0x7f) | 0x80, length >> 7, ...tags);
  const expected = Buffer.from('ab'.repeat(length)).subarray(0, length);
  assert.deepEqual(unframed(block, expected), expected);
});

/** A block in S2's framing, decompressed. */
function unframed(block: Buffer, content: Buffer): Buffer {
  const stream = compress('s2-default', content);
  const checksum = stream.subarray(4 + 10 + 4, 4 + 10 + 8);
  const chunk = Buffer.concat([Buffer.of(0, block.length + 4, 0, 0), checksum, block]);
  return decompress(0x1200, Buffer.concat([stream.subarray(0, 14), chunk]), { limit: content.length });
}
