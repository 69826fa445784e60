import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenRules, type ChangeableParameters, longestDuration } from './parameter-rules.ts';
import { defaultEpochs } from './repository-format.ts';

const usual: ChangeableParameters = {
  maxPackSize: 20 * 1024 * 1024,
  indexVersion: 2,
  epochParameters: defaultEpochs,
  retentionMode: '',
  retentionPeriod: 0n,
};
const minute = 60_000_000_000n;

function brokenBy(
  epochs: Partial<ChangeableParameters['epochParameters']>,
  more: Partial<ChangeableParameters> = {},
): readonly string[] {
  const epochParameters = { ...defaultEpochs, ...epochs };
  return brokenRules(usual, { ...usual, epochParameters, ...more });
}

test('no duration or size is set that nobody could read again', () => {
  const locks = { retentionMode: 'GOVERNANCE' };
  assert.ok(longestDuration < 2n ** 63n);
  assert.deepEqual(brokenBy({}, { ...locks, retentionPeriod: longestDuration }), []);
  assert.deepEqual(brokenBy({}, { ...locks, retentionPeriod: longestDuration + 1n }), ['duration-long']);
  assert.deepEqual(brokenBy({ minDuration: longestDuration + 1n }), ['duration-long']);
  assert.deepEqual(brokenBy({ cleanupSafetyMargin: longestDuration + 1n }), ['duration-long']);
  assert.deepEqual(brokenBy({ advanceOnTotalSize: 2 ** 53 - 1 }), []);
  assert.deepEqual(brokenBy({ advanceOnTotalSize: 2 ** 53 }), ['epoch-size']);
});

test('epochs are never looked at anew all the time, and a repository where they are can be changed otherwise', () => {
  for (const refreshFrequency of [0n, -60n * minute, minute - 1n]) {
    assert.deepEqual(brokenBy({ refreshFrequency }), ['epoch-refresh-least']);
  }
  assert.deepEqual(brokenBy({ refreshFrequency: 0n, cleanupSafetyMargin: 0n }), ['epoch-refresh-least']);
  assert.deepEqual(brokenBy({ refreshFrequency: minute, cleanupSafetyMargin: 3n * minute }), []);
  const before = { ...usual, epochParameters: { ...defaultEpochs, refreshFrequency: 0n } };
  assert.deepEqual(brokenRules(before, { ...before, maxPackSize: 40 * 1024 * 1024 }), []);
});
