import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Chunker, chunksOf, plainChunkLengths, resticSizes } from './chunker.ts';
import { isIrreducible, randomPolynomial } from './polynomial.ts';

const polynomial = 0x3da3358b4dc173n;

async function lengthsOf(chunker: Chunker, pieces: Iterable<Uint8Array>): Promise<number[]> {
  return (await Array.fromAsync(chunksOf(chunker, pieces))).map(chunk => chunk.length);
}

function* piecesOf(data: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < data.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield data.subarray(at, at + size);
    at += size;
  }
}

test('streams are cut as the definition says, however they come in pieces', async () => {
  const small = { min: 100, max: 700, mask: 0x7fn };
  const chunker = new Chunker(polynomial, small);
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 1500 }),
      fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }),
      async (data, sizes) => {
        const lengths = await lengthsOf(chunker, piecesOf(data, sizes));
        assert.deepEqual(lengths, plainChunkLengths(data, polynomial, small));
        const whole = Buffer.concat(await Array.fromAsync(chunksOf(chunker, piecesOf(data, sizes))));
        assert.deepEqual(new Uint8Array(whole), data);
      },
    ),
    { numRuns: 30 },
  );
});

test('also where the pieces are larger than the kernel takes at once', async () => {
  const sizes = { min: 70_000, max: 400_000, mask: 0xffffn };
  const data = randomBytes(1_000_000);
  assert.deepEqual(
    await lengthsOf(new Chunker(polynomial, sizes), [data]),
    plainChunkLengths(data, polynomial, sizes),
  );
});

test('zeros are cut into the shortest chunks, and a digest that never fits into the longest', async () => {
  const zeros = new Uint8Array(3 * resticSizes.min + 5);
  const { min } = resticSizes;
  const chunks = await Array.fromAsync(chunksOf(new Chunker(polynomial), [zeros]));
  assert.deepEqual(
    chunks.map(chunk => chunk.length),
    [min, min, min, 5],
  );
  const id = createHash('sha256')
    .update(chunks[0] ?? '')
    .digest('hex');
  assert.ok(id.startsWith('07854d2fef297a06'));
  const never = { min: 100, max: 130, mask: (1n << 53n) - 1n };
  const lengths = await lengthsOf(new Chunker(polynomial, never), [new Uint8Array(300).fill(1)]);
  assert.deepEqual(lengths, [130, 130, 40]);
});

test('polynomials', () => {
  assert.equal(isIrreducible(polynomial), true);
  assert.equal(isIrreducible(polynomial ^ 1n), false);
  for (const reducible of [0n, 1n, 0b101n, 0b110n, 0b1111n]) assert.equal(isIrreducible(reducible), false);
  for (const irreducible of [0b10n, 0b11n, 0b111n, 0b1011n, 0b10011n])
    assert.equal(isIrreducible(irreducible), true);
  const made = randomPolynomial();
  assert.equal(made >> 53n, 1n);
  assert.equal(isIrreducible(made), true);
});
