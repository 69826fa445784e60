import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyedBlake2 } from './blake2.ts';
import { keyedBlake3 } from './blake3.ts';
import { ifAgreeing, leastForNative, nativeBlake2b, nativeBlake3 } from './native-blake.ts';

const key = Buffer.alloc(32, 7);

test('a hash that differs on a long message, or throws, is not used', () => {
  const own = keyedBlake3(key);
  const agreeing = (): typeof own => own;
  assert.equal(ifAgreeing(agreeing, keyedBlake3(key)), own);
  const cut = (message: Uint8Array): Buffer => own(message.subarray(0, leastForNative));
  const fails = (): never => assert.fail('no such processor');
  for (const wrong of [() => cut, () => fails, fails]) assert.equal(ifAgreeing(wrong, own), undefined);
});

test('the library is used where its binary is there', { skip: process.arch !== 'x64' }, () => {
  assert.ok(nativeBlake2b(key, 32, keyedBlake2('BLAKE2B', key, 32)) !== undefined);
  assert.ok(nativeBlake3(key, keyedBlake3(key)) !== undefined);
});
