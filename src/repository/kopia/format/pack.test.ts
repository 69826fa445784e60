import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { contentHasher } from './hashing.ts';
import { parseIndex } from './index.ts';
import { packBlobId, packPreamble, packTail, readPostamble, readReplica } from './pack.ts';
import { contentSealer } from './sealing.ts';
import { newSessionId, readSession, sessionBlobId, sessionOf, writeSession } from './session.ts';
import { entriesOf } from './testing/fixtures.ts';
import { readUvarint, uvarint } from './uvarint.ts';

const keys = { secret: randomBytes(32), masterKey: randomBytes(32), ecc: '', eccOverheadPercent: 0 };
const hash = contentHasher({ ...keys, hash: 'BLAKE2B-256' }) ?? assert.fail();
const sealer = contentSealer({ ...keys, encryption: 'AES256-GCM-HMAC-SHA256' }) ?? assert.fail();

test('a pack of any length ends with its index, which begins at a border and is found by the last bytes', () => {
  const property = fc.property(
    fc.nat(30_000_000),
    fc.constantFrom(1 as const, 2 as const),
    (length, indexVersion) => {
      const id = hash(Buffer.from(String(length))).toString('hex');
      const pack = packBlobId('p', 's1', randomBytes);
      const place = { pack, offset: 32, length: 128, original: 100, timestamp: 5 };
      const entry = { id, ...place, compression: 0, formatVersion: 3, deleted: false };
      const tail = packTail(length, [entry], { hash, sealer, indexVersion, random: randomBytes });
      const postamble = readPostamble(tail.subarray(-8192)) ?? assert.fail('no postamble');
      assert.equal(postamble.offset % 4096, 0);
      assert.ok(postamble.offset > length);
      const sealed = tail.subarray(postamble.offset - length, postamble.offset - length + postamble.length);
      assert.deepEqual(entriesOf(parseIndex(sealer.open(sealed, postamble.iv), sealer.overhead)), [entry]);
    },
  );
  fc.assert(property, { numRuns: 50 });
});

test('no other bytes are taken for a postamble', () => {
  const tail = packTail(0, [], { hash, sealer, indexVersion: 1, random: randomBytes });
  assert.ok(readPostamble(tail));
  const property = fc.property(fc.nat(30), fc.integer({ min: 1, max: 255 }), (back, change) => {
    const bytes = Buffer.from(tail);
    const at = bytes.length - 2 - back;
    bytes[at] = (bytes[at] ?? 0) ^ change;
    assert.equal(readPostamble(bytes), undefined);
  });
  fc.assert(property);
  for (const bytes of [Buffer.alloc(0), Buffer.of(0), Buffer.of(3), Buffer.of(200), Buffer.alloc(100)]) {
    assert.equal(readPostamble(bytes), undefined);
  }
});

test('a pack begins with random bytes, before them a copy of the format blob where there is to be one', () => {
  assert.equal(packPreamble(randomBytes).length, 32);
  assert.equal(readReplica(packPreamble(randomBytes)), undefined);
  const blob = Buffer.from('{"tool":"…"}\n');
  const preamble = packPreamble(randomBytes, blob);
  assert.equal(preamble.length, 4 + blob.length + 32 + 32);
  assert.deepEqual(readReplica(preamble), blob);
  assert.deepEqual(readReplica(Buffer.concat([randomBytes(50), preamble.subarray(0, -32)])), blob);
  preamble[5] = 0;
  assert.equal(readReplica(preamble), undefined);
});

test('numbers of seven bits a byte', () => {
  const property = fc.property(fc.nat(2 ** 48), value => {
    const cursor = { bytes: uvarint(value), at: 0 };
    assert.equal(readUvarint(cursor), value);
    assert.equal(cursor.at, cursor.bytes.length);
    assert.equal(readUvarint({ bytes: cursor.bytes.subarray(1), at: cursor.bytes.length }), undefined);
  });
  fc.assert(property);
  assert.equal(readUvarint({ bytes: Buffer.alloc(20, 0xff), at: 0 }), undefined);
});

test('sessions are named by their month and tell who writes', () => {
  const id = newSessionId(Date.UTC(2026, 10, 21), () => Buffer.from('0123456789abcdef', 'hex'));
  assert.equal(id, 's0123456789abcdef147');
  const session = { id, startTime: 1n, checkpointTime: 2_000_000_000n, username: 'user', hostname: 'host' };
  const plain = writeSession(session);
  const times = '"startTime":"1970-01-01T00:00:00.000000001Z","checkpointTime":"1970-01-01T00:00:02Z"';
  assert.equal(plain.toString(), `{"id":"${id}",${times},"username":"user","hostname":"host"}`);
  assert.deepEqual(readSession(plain), session);
  const name = sessionBlobId(hash(plain), id);
  assert.equal(sessionOf(name), id);
  assert.equal(sessionOf(`xn0_${'0'.repeat(32)}-${id}-c1`), id);
  assert.equal(sessionOf('kopia.repository'), undefined);
});
