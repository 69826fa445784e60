import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as holds, integer, nat, property, tuple, uint8Array } from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import { makeBuzhash } from './buzhash.ts';
import { makeBuzhashKernel } from './buzhash-kernel.ts';
import { makePlainBuzhash } from './plain-buzhash.ts';

const sizes = { min: 128, average: 256, max: 40_000 };

test('the kernel finds what the definition says, wherever the bytes lie and the search begins', () => {
  const fast = makeBuzhash(sizes);
  const plain = makePlainBuzhash(sizes);
  const content = tuple(
    uint8Array({ minLength: 1, maxLength: 600 }),
    integer({ min: 1, max: 60 }),
    nat(20_000),
    nat(20_000),
  );
  holds(
    property(content, ([bytes, times, from, more]) => {
      const data = Buffer.concat(Array.from({ length: times }, () => bytes));
      const to = Math.min(from + more, data.length);
      const expected = plain.find(data, from, to);
      assert.equal(fast.find(data, from, to), expected);
      fast.room.set(data);
      assert.equal(fast.find(fast.room, from, to), expected);
    }),
    { numRuns: rounds(250) },
  );
});

test('a boundary is found at every place of a block, and the first of several counts', () => {
  // Zeros have a hash of zero: a window of them ends where the bytes before it are 64 away.
  for (const average of [2 ** 16, 2 ** 22]) {
    const [fast, plain] = [makeBuzhash, makePlainBuzhash].map(make =>
      make({ min: 128, average, max: 12_000 }),
    );
    for (let at = 200; at < 9000; at += 37) {
      const data = Uint8Array.from({ length: 10_000 }, (_, byte) => 1 + ((byte * byte) % 251));
      data.fill(0, at, at + 64);
      data.fill(0, at + 500, at + 564);
      const expected = plain?.find(data, 128, data.length);
      assert.ok(expected !== undefined && expected > 0 && expected <= at + 64);
      assert.equal(fast?.find(data, 128, data.length), expected);
    }
  }
});

test('the engine of this machine knows the vector instructions', () => {
  assert.ok(makeBuzhashKernel(1000, 255) !== undefined);
});
