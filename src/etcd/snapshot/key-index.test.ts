import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type KeyBytes, KeyIndex, wholeKey } from './key-index.ts';

const keyOf = (text: string): KeyBytes => wholeKey(Buffer.from(text));

test('it knows of each key what a map knows', () => {
  const changes = fc.array(
    fc.record({ key: fc.nat(60), deleted: fc.boolean(), page: fc.nat(2 ** 32 - 1), element: fc.nat(65_535) }),
    { maxLength: 300 },
  );
  fc.assert(
    fc.property(changes, list => {
      const index = new KeyIndex();
      const model = new Map<number, { readonly page: number; readonly element: number }>();
      for (const { key, deleted, page, element } of list) {
        index.set(keyOf(`/registry/${key}`), { page, element }, deleted);
        if (deleted) model.delete(key);
        else model.set(key, { page, element });
      }
      assert.equal(index.live, model.size);
      for (let key = 0; key <= 60; key++) {
        assert.deepEqual(index.get(keyOf(`/registry/${key}`)), model.get(key));
      }
    }),
  );
});

test('it grows with its keys', () => {
  const index = new KeyIndex();
  for (let key = 0; key < 50_000; key++) {
    index.set(keyOf(`/registry/pods/${key}`), { page: key, element: 1 }, key % 10 === 0);
  }
  assert.equal(index.live, 45_000);
  assert.deepEqual(index.get(keyOf('/registry/pods/4711')), { page: 4711, element: 1 });
  assert.equal(index.get(keyOf('/registry/pods/4710')), undefined);
});
