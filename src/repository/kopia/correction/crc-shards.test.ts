import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Fault } from '../../format/fault.ts';
import { contentIdWith } from '../format/content-id.ts';
import { contentHasher } from '../format/hashing.ts';
import { contentIv, contentSealer, errorCorrection } from '../format/sealing.ts';
import { correctionFixtures } from '../format/testing/fixtures.ts';
import { crcShards } from './crc-shards.ts';

test('what kopia protected is opened, and protected again byte for byte', () => {
  assert.equal(correctionFixtures().length, 4);
  for (const { percent, id, masterKey, secret, hash, encryption, stored } of correctionFixtures()) {
    const bytes = Buffer.from(stored, 'base64');
    const { protect, recover, storedLength } = crcShards(percent);
    const sealed = recover(bytes) ?? assert.fail();
    assert.ok(protect(sealed).equals(bytes));
    assert.equal(storedLength(sealed.length), bytes.length);
    const keys = { masterKey: Buffer.from(masterKey, 'base64'), secret: Buffer.from(secret, 'base64') };
    const format = { ...keys, hash, encryption, ecc: errorCorrection, eccOverheadPercent: percent };
    const plain = contentSealer(format)?.open(bytes, contentIv(id)) ?? assert.fail();
    assert.equal(contentIdWith('', contentHasher(format)?.(plain) ?? plain), id);
  }
});

const percents = fc.constantFrom(1, 2, 3, 5, 20, 100);
const lengths = fc.oneof(fc.nat(300), fc.nat(30_000), fc.constantFrom(2044, 8188, 8189, 16_380));

test('any content comes out again, also after a run of bytes was damaged', () => {
  const property = fc.property(percents, lengths, fc.nat(), fc.nat(40), (percent, length, at, run) => {
    const { protect, recover, storedLength } = crcShards(percent);
    const content = Buffer.from(Array.from({ length }, (_, index) => (index * 7 + at) & 0xff));
    const stored = protect(content);
    assert.equal(stored.length, storedLength(length));
    assert.deepEqual(recover(stored), content);
    // A run no longer than a shard touches at most two, which the least parity can repair; the last may be cut short.
    const damaged = Buffer.from(stored);
    const shard = length > 300 ? Math.min(run, 5) : 1;
    for (let index = 0; index < shard; index++) {
      const place = (at + index) % damaged.length;
      damaged[place] = (damaged[place] ?? 0) ^ 0xff;
    }
    assert.deepEqual(recover(damaged), content);
  });
  fc.assert(property, { numRuns: 25 });
});

test('what is beyond repair is refused, and nothing else than the content is given', () => {
  const { masterKey, encryption, percent, id, stored } = correctionFixtures()[0] ?? assert.fail();
  const keys = { masterKey: Buffer.from(masterKey, 'base64'), encryption };
  const sealer =
    contentSealer({ ...keys, ecc: errorCorrection, eccOverheadPercent: percent }) ?? assert.fail();
  const bytes = Buffer.from(stored, 'base64');
  for (const damaged of [
    Buffer.alloc(0),
    Buffer.alloc(4),
    Buffer.alloc(bytes.length, 1),
    bytes.subarray(0, 20),
  ]) {
    assert.throws(() => sealer.open(damaged, contentIv(id)), Fault);
  }
  assert.equal(contentSealer({ ...keys, ecc: 'PARCHIVE', eccOverheadPercent: 5 }), undefined);
});
