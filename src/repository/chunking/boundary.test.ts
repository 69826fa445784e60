import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type BoundaryFinder, makeBoundaryFinder, makePlainFinder } from './boundary.ts';
import { plainChunkLengths } from './chunker.ts';
import { nextChunk } from './next-chunk.ts';
import { randomPolynomial } from './polynomial.ts';

function lengthsOf(finder: BoundaryFinder, data: Uint8Array, mostAtOnce: number): number[] {
  const lengths: number[] = [];
  const read = (into: Uint8Array, position: number): number => {
    const piece = data.subarray(position, position + Math.min(into.length, mostAtOnce));
    into.set(piece);
    return piece.length;
  };
  for (let at = 0, length = nextChunk(finder, read, 0); length > 0; length = nextChunk(finder, read, at)) {
    lengths.push(length);
    at += length;
  }
  return lengths;
}

/** Random bytes with runs of one value, of a few values, and repeated pieces among them. */
const contents = fc
  .array(
    fc.record({
      kind: fc.constantFrom('random', 'run', 'few', 'repeated'),
      seed: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      length: fc.integer({ min: 1, max: 9000 }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map(parts =>
    Buffer.concat(
      parts.map(({ kind, seed, length }) => {
        if (kind === 'random') return randomBytes(length);
        if (kind === 'run') return Buffer.alloc(length, (seed[0] ?? 0) % 3 === 0 ? 0 : seed[0]);
        if (kind === 'few') return randomBytes(length).map(byte => byte & 1);
        return Buffer.alloc(length, seed);
      }),
    ),
  );

test('sixteen digests at once cut where one does by the definition', () => {
  for (let round = 0; round < 3; round++) {
    const polynomial = randomPolynomial();
    const sizes = { min: 65 + 90 * round, max: 30_000, mask: 0x3ffn };
    const finders = [makeBoundaryFinder(polynomial, sizes), makePlainFinder(polynomial, sizes)];
    fc.assert(
      fc.property(contents, fc.integer({ min: 1, max: 40_000 }), (data, most) => {
        const expected = plainChunkLengths(data, polynomial, sizes);
        for (const finder of finders) assert.deepEqual(lengthsOf(finder, data, most), expected);
      }),
      { numRuns: 20 },
    );
  }
});

test('every bit of the mask counts, also those of the higher bytes', () => {
  const polynomial = randomPolynomial();
  const data = randomBytes(200_000);
  for (const mask of [0x1fn, 0xffn << 5n, 0xffn << 20n, 0x3fn << 47n, 0x1001001001n]) {
    const sizes = { min: 100, max: 150_000, mask };
    const expected = plainChunkLengths(data, polynomial, sizes);
    assert.deepEqual(lengthsOf(makeBoundaryFinder(polynomial, sizes), data, data.length), expected);
  }
});

test('the first of several boundaries counts, in whichever segment the others are', () => {
  const polynomial = randomPolynomial();
  const sizes = { min: 65, max: 600_000, mask: 0xfffn };
  const [many, one] = [makeBoundaryFinder(polynomial, sizes), makePlainFinder(polynomial, sizes)];
  const data = randomBytes(600_000);
  many.room.set(data);
  fc.assert(
    fc.property(fc.nat(data.length), fc.nat(data.length), (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const found = one.find(data, from, to);
      assert.equal(many.find(data, from, to), found);
      assert.equal(many.find(many.room, from, to), found);
    }),
    { numRuns: 200 },
  );
});

test('the engine of this machine knows the vector instructions', () => {
  const finder = makeBoundaryFinder(randomPolynomial());
  assert.notEqual(finder.room.byteOffset, 0); // the room of the plain finder is a memory of its own
});
