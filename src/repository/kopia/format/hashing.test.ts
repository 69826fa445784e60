import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decompress } from './compression.ts';
import { contentIdWith, contentPrefix } from './content-id.ts';
import { contentHasher, hashSizes, otherHasher } from './hashing.ts';
import { hashFixtures } from './testing/fixtures.ts';

test('every hash names contents as kopia does, with OpenSSL and without', () => {
  const fixtures = hashFixtures();
  assert.deepEqual(fixtures.map(each => each.hash).sort(), Object.keys(hashSizes).sort());
  for (const { hash, secret, contents } of fixtures) {
    const format = { hash, secret: Buffer.from(secret, 'base64') };
    for (const { id, opened, compression, original } of contents) {
      const bytes = Buffer.from(opened, 'base64');
      const plain = compression === 0 ? bytes : decompress(compression, bytes, { limit: original });
      for (const hasher of [contentHasher(format), otherHasher(format)]) {
        assert.equal(contentIdWith(contentPrefix(id), hasher?.(plain) ?? Buffer.alloc(0)), id);
      }
    }
  }
});

test('what a hash gives does not depend on the means', () => {
  const secret = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
  const pairs = Object.keys(hashSizes).map(
    hash => [contentHasher({ hash, secret }), otherHasher({ hash, secret })] as const,
  );
  const lengths = fc.oneof(
    fc.nat(300),
    fc.constantFrom(32_767, 32_768, 65_407, 65_408, 65_409, 65_536, 131_072, 200_001),
  );
  const property = fc.property(lengths, fc.nat(255), (length, seed) => {
    const message = Buffer.from(Array.from({ length }, (_, index) => (index * 31 + seed) & 0xff));
    const shared = Buffer.from(new SharedArrayBuffer(length));
    shared.set(message);
    for (const [hash, other] of pairs) {
      const expected = other?.(message);
      assert.deepEqual(hash?.(message), expected);
      assert.deepEqual(hash?.(shared), expected);
    }
  });
  fc.assert(property, { numRuns: 40 });
});

test('BLAKE3 agrees with its own test vectors on both sides of every border of its tree', () => {
  const secret = Buffer.from('whats the Elvish word for friend');
  const hash = contentHasher({ hash: 'BLAKE3-256', secret }) ?? assert.fail();
  const vectors = [
    [0, '92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26'],
    [1, '6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b'],
    [1023, 'c951ecdf03288d0fcc96ee3413563d8a6d3589547f2c2fb36d9786470f1b9d6e'],
    [1024, '75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4'],
    [1025, '357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69'],
    [2048, '879cf1fa2ea0e79126cb1063617a05b6ad9d0b696d0d757cf053439f60a99dd1'],
    [2049, '9f29700902f7c86e514ddc4df1e3049f258b2472b6dd5267f61bf13983b78dd5'],
    [3073, '68dede9bef00ba89e43f31a6825f4cf433389fedae75c04ee9f0cf16a427c95a'],
    [31_744, 'efa53b389ab67c593dba624d898d0f7353ab99e4ac9d42302ee64cbf9939a419'],
  ] as const;
  for (const [length, expected] of vectors) {
    const message = Buffer.from(Array.from({ length }, (_, index) => index % 251));
    assert.equal(hash(message).toString('hex'), expected, `${length} bytes`);
  }
});

test('what is not known, or has no key, is not hashed', () => {
  assert.equal(contentHasher({ hash: 'MD5', secret: Buffer.alloc(32) }), undefined);
  assert.equal(contentHasher({ hash: 'BLAKE3-256', secret: Buffer.alloc(16) }), undefined);
  assert.equal(contentHasher({ hash: 'HMAC-SHA256', secret: Buffer.alloc(0) }), undefined);
});
