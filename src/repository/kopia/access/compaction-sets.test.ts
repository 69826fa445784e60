import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobInfo } from './blobs.ts';
import { firstCompleteSet, longestChain } from './compaction-sets.ts';

const hash = '0123456789abcdef'.repeat(2);
const blob = (id: string): BlobInfo => ({ id, size: 1, modified: new Date(0) });
const idsOf = (blobs: readonly BlobInfo[] | undefined): string[] | undefined => blobs?.map(({ id }) => id);
const member = (set: string, count: number, number: number): BlobInfo =>
  blob(`xs3_${number}${hash.slice(1)}-s${set.repeat(16)}-c${count}`);

test('a set counts when all of it is there', () => {
  const [first, second] = [member('a', 2, 1), member('a', 2, 2)];
  assert.equal(firstCompleteSet([first]), undefined);
  assert.deepEqual(idsOf(firstCompleteSet([second, first])), [first.id, second.id]);
  assert.deepEqual(idsOf(firstCompleteSet([first, member('b', 1, 3)])), [member('b', 1, 3).id]);
  assert.equal(firstCompleteSet([]), undefined);
});

const range = (first: number, last: number): Parameters<typeof longestChain>[0][number] => ({
  first,
  last,
  blobs: [],
});
const chain = (...ranges: readonly (readonly [number, number])[]): (readonly [number, number])[] =>
  longestChain(ranges.map(([first, last]) => range(first, last))).map(({ first, last }) => [first, last]);

test('the chain of ranges begins at 0, has no gap and reaches the furthest', () => {
  assert.deepEqual(chain([7, 13], [0, 6]), [
    [0, 6],
    [7, 13],
  ]);
  assert.deepEqual(chain([8, 13], [0, 6]), [[0, 6]]);
  assert.deepEqual(chain([1, 6]), []);
  assert.deepEqual(chain([0, 6], [7, 13], [0, 13], [14, 20]), [
    [0, 13],
    [14, 20],
  ]);
  assert.deepEqual(chain([0, 10], [0, 3], [4, 12]), [
    [0, 3],
    [4, 12],
  ]);
});
