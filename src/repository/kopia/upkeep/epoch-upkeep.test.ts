import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobInfo } from '../access/blobs.ts';
import {
  type EpochBlobs,
  type EpochLimits,
  epochToCompact,
  indexesToRemove,
  isEpochFull,
  markersToRemove,
  rangeToCompact,
} from './epoch-upkeep.ts';

const hour = 3_600_000;
const limits: EpochLimits = {
  minDuration: 24 * hour,
  advanceAtCount: 20,
  advanceAtSize: 10 * 1024 * 1024,
  epochsInRange: 7,
  cleanupMargin: 4 * hour,
};

function blob(id: string, at: number, size = 100): BlobInfo {
  return { id, size, modified: new Date(at * hour) };
}

/** Epochs 0 to `writeEpoch`, one index each; the numbers name those that are compacted. */
function epochs(
  writeEpoch: number,
  compacted: readonly number[] = [],
  more: Partial<EpochBlobs> = {},
): EpochBlobs {
  const all = Array.from({ length: writeEpoch + 1 }, (_, epoch) => epoch);
  return {
    writeEpoch,
    written: new Map(all.map(epoch => [epoch, [blob(`xn${epoch}`, epoch * 24)]])),
    compacted: new Map(compacted.map(epoch => [epoch, [blob(`xs${epoch}`, epoch * 24 + 48)]])),
    ranges: [],
    markers: all.slice(1).map(epoch => ({ epoch, blob: blob(`xe${epoch}`, epoch * 24) })),
    watermarks: [],
    ...more,
  };
}

const ids = (blobs: readonly BlobInfo[] = []) => blobs.map(({ id }) => id);

test('an epoch is full after a day, and with many or large indexes', () => {
  const full = (count: number, hours: number, size: number) => {
    const blobs = Array.from({ length: count }, (_, n) => blob(`xn0_${n}`, (n * hours) / (count - 1), size));
    return isEpochFull(epochs(0, [], { written: new Map([[0, blobs]]) }), limits);
  };
  assert.ok(full(20, 24, 1));
  assert.ok(!full(19, 24, 1));
  assert.ok(!full(20, 23, 1));
  assert.ok(full(2, 24, 5 * 1024 * 1024));
  assert.ok(!isEpochFull(epochs(0, [], { written: new Map() }), limits));
});

test('the oldest settled epoch that is not compacted comes next', () => {
  assert.equal(epochToCompact(epochs(1)), undefined);
  assert.deepEqual(epochToCompact(epochs(2))?.epoch, 0);
  assert.deepEqual(ids(epochToCompact(epochs(4, [0, 1]))?.blobs), ['xn2']);
  assert.equal(epochToCompact(epochs(4, [0, 1, 2])), undefined);
  const range = { ranges: [{ first: 0, last: 4, blobs: [] }] };
  assert.equal(epochToCompact(epochs(9, [0, 1, 2, 3, 4], range))?.epoch, 5);
  assert.equal(epochToCompact(epochs(9, [5, 6], range))?.epoch, 7);
  const gap = { ranges: [{ first: 0, last: 7, blobs: [] }] };
  assert.equal(epochToCompact(epochs(12, [5, 6, 8], gap))?.epoch, 9, 'the range was made before 7 had a set');
  assert.equal(epochToCompact(epochs(12, [5, 6, 8, 9, 10], gap)), undefined);
});

test('a range consists of the sets of its epochs, and of the indexes of those that have none', () => {
  assert.equal(rangeToCompact(epochs(8, []), limits), undefined);
  const range = rangeToCompact(epochs(9, [0, 1, 2, 3]), limits);
  assert.deepEqual([range?.first, range?.last], [0, 7]);
  assert.deepEqual(ids(range?.blobs), ['xs0', 'xs1', 'xs2', 'xs3', 'xn4', 'xn5', 'xn6', 'xn7']);
  const second = rangeToCompact(epochs(17, [], { ranges: [{ first: 0, last: 7, blobs: [] }] }), limits);
  assert.deepEqual([second?.first, second?.last], [8, 15]);
});

test('markers of past epochs and watermarks that were replaced long ago go', () => {
  const watermarks = [
    { time: 10, blob: blob('xw10', 100) },
    { time: 20, blob: blob('xw20', 119) },
    { time: 30, blob: blob('xw30', 90) },
  ];
  const removed = markersToRemove(epochs(5, [], { watermarks }), limits);
  assert.deepEqual(ids(removed.markers), ['xe1', 'xe2', 'xe3']);
  assert.deepEqual(
    ids(removed.watermarks),
    ['xw10'],
    'indexes were written until 120; 119 is too late, 30 is the last',
  );
  const none = markersToRemove({ ...epochs(5), written: new Map() }, limits);
  assert.deepEqual([none.markers, none.watermarks], [[], []]);
});

test('indexes go once the set that replaces them is four hours older than the newest index', () => {
  const state = epochs(4, [0, 1, 2]);
  assert.deepEqual(ids(indexesToRemove(state, limits)?.blobs), ['xn0', 'xn1']);
});

test('indexes of epochs without a set of their own go once that of their range is old enough', () => {
  const removable = (at: number) => {
    const ranges = [{ first: 0, last: 1, blobs: [blob('xr0_1', 10), blob('xr0_1', at)] }];
    return ids(indexesToRemove(epochs(4, [], { ranges }), limits)?.blobs);
  };
  assert.deepEqual([removable(91), removable(92)], [['xn0', 'xn1'], []]);
});
