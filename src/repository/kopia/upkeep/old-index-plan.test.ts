import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobInfo } from '../access/blobs.ts';
import { replacedBy, settledCompactions, smallIndexes } from './old-index-plan.ts';

const maxPackSize = 20_000;

function index(id: string, size: number): BlobInfo {
  return { id, size, modified: new Date(0) };
}

function indexes(count: number, size: number): readonly BlobInfo[] {
  return Array.from({ length: count }, (_, number) => index(`n${size}-${number}`, size));
}

test('fewer than eight indexes, or such as are larger than a pack, stay as they are', () => {
  assert.deepEqual(smallIndexes([...indexes(7, 100), ...indexes(5, maxPackSize + 1)], { maxPackSize }), []);
  assert.equal(smallIndexes([...indexes(8, 100), ...indexes(5, maxPackSize + 1)], { maxPackSize }).length, 8);
});

test('very small indexes are put together by themselves, while they are most and there are few others', () => {
  const [verySmall, medium] = [999, 1000];
  const chosen = smallIndexes([...indexes(8, verySmall), ...indexes(6, medium)], { maxPackSize });
  assert.deepEqual(chosen, indexes(8, verySmall));
  assert.equal(smallIndexes([...indexes(9, verySmall), ...indexes(7, medium)], { maxPackSize }).length, 16);
  assert.equal(smallIndexes([...indexes(6, verySmall), ...indexes(6, medium)], { maxPackSize }).length, 12);
});

function compaction(id: string, minutes: number, from: readonly string[], to: readonly string[]) {
  const blob = { id, size: 1, modified: new Date(minutes * 60_000) };
  const logged = (ids: readonly string[]) => ids.map(each => ({ id: each, size: 1, written: 0n }));
  return { blob, log: { inputs: logged(from), outputs: logged(to) } };
}

test('what a compaction made goes only behind all that it replaced, and nothing goes before its time', () => {
  const first = compaction('m1', 1, ['nA', 'nB'], ['nC']);
  const second = compaction('m2', 2, ['nC', 'nD'], ['nE']);
  const third = compaction('m3', 3, ['nE'], ['nF']);
  const young = compaction('m4', 5, ['nF'], []);
  const given = [third, young, second, first];
  const present = new Set(['nA', 'nB', 'nC', 'nD', 'nE', 'nF']);
  for (const all of [given, given.toReversed()]) {
    assert.deepEqual(settledCompactions(all, { before: 3 * 60_000, present }), [first, second, third]);
  }
  assert.deepEqual(settledCompactions(given, { before: 0, present }), []);
});

test('where an output is gone that no compaction which counts has replaced, nothing of its inputs is touched', () => {
  const first = compaction('m1', 1, ['nA'], ['nB', 'nC']);
  const second = compaction('m2', 2, ['nC'], ['nD']);
  const third = compaction('m3', 3, ['nD', 'nE'], ['nF']);
  const young = compaction('m4', 5, ['nB'], ['nG']);
  const given = [young, third, second, first];
  const settled = (...ids: string[]) =>
    settledCompactions(given, { before: 3 * 60_000, present: new Set(ids) });
  assert.deepEqual(settled('nA', 'nB', 'nF'), [first, second, third]);
  assert.deepEqual(settled('nA', 'nC', 'nF'), [second, third], 'nB is gone');
  assert.deepEqual(settled('nA', 'nC', 'nF', 'nG'), [second, third], 'not everybody knows of nG yet');
  assert.deepEqual(settled('nA', 'nB', 'nD'), [first, second]);
  assert.deepEqual(settled('nA', 'nB', 'nE'), []);
});

test('logs that go round in a circle do not hold anybody up', () => {
  const one = compaction('m1', 1, ['nA'], ['nB']);
  const other = compaction('m2', 1, ['nB'], ['nA']);
  const settled = (ids: readonly string[]) =>
    settledCompactions([one, other], { before: 60_000, present: new Set(ids) }).length;
  assert.deepEqual([settled(['nA', 'nB']), settled([])], [2, 0]);
});

test('a log cannot have anything deleted that is no index', () => {
  const log = compaction('m1', 1, ['nA', 'p0123', 'kopia.repository', 'nB'], []);
  assert.deepEqual(replacedBy(log), ['nA', 'nB']);
});
