import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { lines, readBounded } from './body.ts';

async function* inPieces(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

test('lines are the same however the bytes arrive', async () => {
  const text = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ') }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(200)), async (expected, cuts) => {
      const bytes = Buffer.from(expected.map(line => `${line}\n`).join(''));
      const points = [0, ...cuts.filter(cut => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const pieces = points.slice(1).map((to, index) => bytes.subarray(points[index], to));
      assert.deepEqual(await Array.fromAsync(lines(inPieces(pieces), 1e6)), expected);
    }),
  );
});

test('a last line that was cut off is not a line, a longer one than allowed is refused', async () => {
  assert.deepEqual(await Array.fromAsync(lines(inPieces([Buffer.from('a\nb')]), 9)), ['a']);
  const endless = lines(inPieces([Buffer.alloc(6, 65), Buffer.alloc(6, 65)]), 10);
  await assert.rejects(Array.fromAsync(endless), RangeError);
});

test('a body is read up to its limit', async () => {
  const pieces = [Buffer.from('abc'), Buffer.from('def')];
  assert.equal((await readBounded(inPieces(pieces), 6))?.toString(), 'abcdef');
  assert.equal(await readBounded(inPieces(pieces), 5), undefined);
});
