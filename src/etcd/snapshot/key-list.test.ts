import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { KeyList } from './key-list.ts';

function listed(keys: readonly string[]): string[] {
  const list = new KeyList();
  for (const key of keys) {
    const bytes = Buffer.from(`..${key}..`, 'latin1');
    list.add({ bytes, key: 2, keyEnd: bytes.length - 2 });
  }
  assert.equal(list.length, keys.length);
  return [...list];
}

test('keys are in the order of their bytes, with slashes anywhere', () => {
  const key = fc
    .array(fc.constantFrom('/', '/', 'a', 'b', '-', 'z', '\u00e9'), { maxLength: 8 })
    .map(parts => parts.join(''));
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 40 }), keys => {
      assert.deepEqual(listed(keys), keys.toSorted());
    }),
    { numRuns: rounds(130) },
  );
});

test('a key of nothing but slashes is a key', () => {
  const long = '/'.repeat(100_000);
  assert.deepEqual(listed([`${long}b`, long, `${long}a`]), [long, `${long}a`, `${long}b`]);
});
