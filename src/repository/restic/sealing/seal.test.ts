import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { keptBlockCipher } from './kept-block-cipher.ts';
import { keptCounterMode } from './kept-counter-mode.ts';
import { advance, nodesCounterMode, nodesMask, type SealKey, seal, sealOverhead, unseal } from './seal.ts';

const newKey = (): SealKey => ({ encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) });

test('what was sealed opens with its key and no other', () => {
  const [key, other] = [newKey(), newKey()];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), plain => {
      const sealed = seal(key, plain);
      assert.equal(sealed.length, plain.length + sealOverhead);
      assert.deepEqual(new Uint8Array(unseal(key, sealed) ?? []), plain);
      assert.equal(unseal(other, sealed), undefined);
    }),
  );
});

test('longer than a slice of the cipher', () => {
  const key = newKey();
  const plain = randomBytes(200_003);
  assert.deepEqual(unseal(key, seal(key, plain)), plain);
});

test('a cipher that goes on from a later counter goes on as if it had not stopped', () => {
  const key = newKey();
  const plain = randomBytes(5 * 65_536 + 7);
  for (const start of [
    '00'.repeat(16),
    `${'12'.repeat(12)}fffffff0`,
    `00${'ff'.repeat(15)}`,
    'ff'.repeat(16),
  ]) {
    const iv = Buffer.from(start, 'hex');
    const [whole, parts] = [Buffer.alloc(plain.length), Buffer.alloc(plain.length)];
    nodesCounterMode(key, iv, { from: plain, to: whole });
    for (let at = 0; at < plain.length; at += 65_536) {
      const [from, to] = [plain, parts].map(each => each.subarray(at, at + 65_536)) as [Buffer, Buffer];
      nodesCounterMode(key, iv, { from, to });
      advance(iv, 4096);
    }
    assert.deepEqual(parts, whole, start);
  }
});

test('every changed bit and every lost byte is noticed', () => {
  const key = newKey();
  const sealed = seal(key, Buffer.from('some text'));
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    // The clamped bits of r are no part of the sealed bytes, so each of these counts.
    assert.equal(unseal(key, changed), undefined, `bit ${bit}`);
  }
  for (let length = 0; length < sealed.length; length++) {
    assert.equal(unseal(key, sealed.subarray(0, length)), undefined, `${length} bytes`);
  }
});

test('two seals of one text differ', () => {
  const key = newKey();
  assert.notDeepEqual(seal(key, Buffer.from('x')), seal(key, Buffer.from('x')));
});

test('the kept cipher and Node make the same of every text, in shared memory and in place too', () => {
  const key = newKey();
  const kept = keptCounterMode(key.encrypt);
  assert.ok(kept !== undefined, 'this Node exports the functions of OpenSSL');
  for (const length of [0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 200_003]) {
    const [iv, plain] = [randomBytes(16), randomBytes(length)];
    const [theirs, shared] = [Buffer.alloc(length), new Uint8Array(new SharedArrayBuffer(length))];
    nodesCounterMode(key, iv, { from: plain, to: theirs });
    shared.set(plain);
    kept(iv, shared, shared);
    assert.deepEqual(Buffer.from(shared), theirs, `${length} bytes`);
  }
});

test('the kept block cipher and Node make the same of every IV', () => {
  const key = newKey();
  const kept = keptBlockCipher(key.macK);
  assert.ok(kept !== undefined, 'this Node exports the functions of OpenSSL');
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), iv => {
      assert.deepEqual(Buffer.from(kept(iv)), nodesMask(key, iv));
    }),
  );
  assert.throws(() => kept(randomBytes(15)));
});

test('what was sealed before the kept ciphers are used opens with them, and the other way round', () => {
  const key = newKey();
  const texts = Array.from({ length: 100 }, (_, length) => randomBytes(50 * length));
  const sealed = texts.map(text => seal(key, text));
  for (const [at, text] of texts.entries()) {
    const [first, last] = [sealed[at] ?? Buffer.alloc(0), sealed.at(-1 - at) ?? Buffer.alloc(0)];
    assert.deepEqual(unseal(key, first), text);
    assert.deepEqual(unseal(key, last), texts.at(-1 - at));
  }
});
