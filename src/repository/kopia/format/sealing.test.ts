import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Fault } from '../../format/fault.ts';
import { blobIv, contentIv, contentSealer, encryptions, nodesSealer } from './sealing.ts';
import { hashFixtures } from './testing/fixtures.ts';

const masterKey = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index));
const formatFor = (encryption: string) => ({ encryption, masterKey, ecc: '', eccOverheadPercent: 0 });

test('contents that kopia sealed are opened, under both ciphers and every length of hash', () => {
  const used = new Set<string>();
  for (const fixture of hashFixtures()) {
    used.add(fixture.encryption);
    const format = { ...formatFor(fixture.encryption), masterKey: Buffer.from(fixture.masterKey, 'base64') };
    for (const sealer of [contentSealer(format), nodesSealer(format)]) {
      for (const { id, opened, sealed } of fixture.contents) {
        const bytes = sealer?.open(Buffer.from(sealed, 'base64'), contentIv(id));
        assert.equal(bytes?.toString('base64'), opened);
      }
    }
  }
  assert.deepEqual([...used].sort(), [...encryptions].sort());
});

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map(each => Buffer.from(each));

for (const encryption of encryptions) {
  test(`${encryption}: what either means seals the other opens`, () => {
    const sealers = [
      contentSealer(formatFor(encryption)) ?? assert.fail(),
      nodesSealer(formatFor(encryption)),
    ];
    const property = fc.property(
      bytes(300),
      fc.constantFrom(0, 65_536, 70_001),
      bytes(32),
      (start, more, iv) => {
        const plain = Buffer.concat([start, Buffer.alloc(more, 7)]);
        for (const sealer of sealers) {
          const sealed = sealer.seal(plain, iv);
          assert.equal(sealed.length, sealer.sealedLength(plain.length));
          for (const opener of sealers) assert.ok(opener.open(sealed, iv).equals(plain));
        }
      },
    );
    fc.assert(property, { numRuns: 30 });
  });

  test(`${encryption}: a changed bit, another IV, and too few bytes are refused`, () => {
    const sealer = contentSealer(formatFor(encryption)) ?? assert.fail();
    const iv = Buffer.alloc(16, 1);
    const property = fc.property(bytes(100), fc.nat(), fc.nat(7), (plain, place, bit) => {
      const sealed = sealer.seal(plain, iv);
      assert.throws(() => sealer.open(sealed, Buffer.alloc(16, 2)), Fault);
      assert.throws(() => sealer.open(sealed.subarray(0, place % sealed.length), iv), Fault);
      sealed[place % sealed.length] = (sealed[place % sealed.length] ?? 0) ^ (1 << bit);
      assert.throws(() => sealer.open(sealed, iv), Fault);
    });
    fc.assert(property, { numRuns: 50 });
  });
}

for (const encryption of encryptions) {
  test(`${encryption}: what comes in parts is opened as if it came at once, and refused at the end`, async () => {
    const sealer = contentSealer(formatFor(encryption)) ?? assert.fail();
    const iv = Buffer.alloc(16, 1);
    const inParts = async (sealed: Buffer, size: number): Promise<Buffer> => {
      const parts = async function* (): AsyncGenerator<Buffer> {
        for (let at = 0; at < sealed.length; at += size) yield sealed.subarray(at, at + size);
      };
      return Buffer.concat(await Array.fromAsync(sealer.openParts?.(parts(), iv) ?? assert.fail()));
    };
    const property = fc.asyncProperty(bytes(200), fc.integer({ min: 1, max: 300 }), async (plain, size) => {
      const sealed = sealer.seal(plain, iv);
      assert.ok((await inParts(sealed, size)).equals(plain));
      const place = size % sealed.length;
      await assert.rejects(inParts(sealed.subarray(0, place), size), Fault);
      sealed[place] = (sealed[place] ?? 0) ^ 1;
      await assert.rejects(inParts(sealed, size), Fault);
    });
    await fc.assert(property, { numRuns: 50 });
  });
}

test('no two texts have one nonce', () => {
  const sealer = contentSealer(formatFor('AES256-GCM-HMAC-SHA256')) ?? assert.fail();
  const nonces = Array.from({ length: 3000 }, () => {
    const sealed = sealer.seal(Buffer.alloc(0), Buffer.alloc(16));
    return sealed.toString('hex', 0, 12);
  });
  assert.equal(new Set(nonces).size, nonces.length);
});

test('IVs come from names', () => {
  const digits = '00112233445566778899aabbccddeeff';
  assert.equal(blobIv(`xn12_${digits}-s1234567890abcdef147-c1`).toString('hex'), digits);
  assert.equal(blobIv(`s${'f'.repeat(32)}${digits}-s1`).toString('hex'), digits);
  assert.equal(contentIv(`k${'00'.repeat(16)}${digits}`).toString('hex'), digits);
  assert.equal(contentIv(digits).toString('hex'), digits);
  for (const name of ['', 'xe3', 'xn1_zz', `xn1_${'g'.repeat(32)}`]) assert.throws(() => blobIv(name), Fault);
});

test('ciphers that are not known are not used', () => {
  assert.equal(contentSealer(formatFor('NONE')), undefined);
});
