import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredKopiaSnapshot } from '../access/snapshots.ts';
import { previousSnapshots } from './previous-snapshots.ts';

function taken(id: string, startTime: bigint, incomplete = ''): StoredKopiaSnapshot {
  const source = { host: 'host', userName: 'user', path: '/' };
  const snapshot = { source, startTime, endTime: startTime, incomplete, pins: [], tags: {} };
  return { id, snapshot } as unknown as StoredKopiaSnapshot;
}

test('the latest complete snapshot and the incomplete ones after it are compared with', () => {
  const all = [taken('a', 1n), taken('b', 2n, 'checkpoint'), taken('c', 3n), taken('d', 4n, 'canceled')];
  const ids = (before?: bigint): string[] => previousSnapshots(all, before).map(({ id }) => id);
  assert.deepEqual(ids(), ['c', 'd']);
  assert.deepEqual(ids(3n), ['c']);
  assert.deepEqual(ids(2n), ['a', 'b']);
  assert.deepEqual(ids(0n), []);
  assert.deepEqual(
    previousSnapshots([taken('x', 5n, 'checkpoint')]).map(({ id }) => id),
    ['x'],
  );
});
