import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saveNames } from './names.ts';

test('a snapshot is named as cluster-backup.sh names it, in UTC', () => {
  const { stamp, snapshot } = saveNames(new Date('2026-11-21T05:04:09.876Z'));
  assert.equal(stamp, '2026-11-21_050409');
  assert.equal(snapshot, 'snapshot_2026-11-21_050409.db');
});
