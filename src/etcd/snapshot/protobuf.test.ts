import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireFields } from './protobuf.ts';

const read = (hex: string) =>
  [...wireFields(Buffer.from(hex.replaceAll(' ', ''), 'hex'))].map(
    field =>
      field && [field.number, field.type, field.type === 0 ? field.varint : field.bytes.toString('hex')],
  );

test('fields of every type are read, with numbers and lengths of several bytes', () => {
  assert.deepEqual(read('0a 02 6162'), [[1, 2, '6162']]);
  assert.deepEqual(read('08 00 10 8001'), [
    [1, 0, 0n],
    [2, 0, 128n],
  ]);
  assert.deepEqual(read('08 ffffffffffffffffff01'), [[1, 0, 2n ** 64n - 1n]]);
  assert.deepEqual(read('09 0102030405060708 0d 01020304'), [
    [1, 1, '0102030405060708'],
    [1, 5, '01020304'],
  ]);
  assert.deepEqual(read('faffffff0f 01 61'), [[2 ** 29 - 1, 2, '61']]);
  assert.deepEqual(read(`0a ac02 ${'00'.repeat(300)}`), [[1, 2, '00'.repeat(300)]]);
});

test('what is no message ends early and says so once', () => {
  const broken = {
    'number 0': '02 00',
    'a number that is too large': '8280808010 00',
    'a group': '0b',
    'longer than the message': '0a 05 61',
    'a length of 2^63': '0a 80808080808080808001 61',
    'a length without an end': '0a ffffffffffffffffffffff',
    'a tag that is cut': '80',
    'a number that is cut': '08 80',
    'a fixed size that is cut': '09 00',
  };
  for (const [what, hex] of Object.entries(broken)) assert.deepEqual(read(hex), [undefined], what);
  assert.deepEqual(read('08 01 02'), [[1, 0, 1n], undefined]);
});
