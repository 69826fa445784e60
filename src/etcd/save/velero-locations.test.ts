import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { type KnownLocation, type Place, refuseLocations } from './velero-locations.ts';

const bucket = (name: string, prefix = ''): Place => ({ kind: 'bucket', bucket: name, prefix });
const directory = (path: string): Place => ({ kind: 'directory', path });

function isRefused(place: Place, location: Place): boolean {
  const locations: KnownLocation[] = [{ name: 'nightly', origin: 'cluster', place: location }];
  try {
    refuseLocations({ url: 's3://b/x', place, names: ['snapshot_2026-11-21_140000.db'] }, locations);
    return false;
  } catch (thrown) {
    assert.ok(isHozonError(thrown, 'etcd.save-velero-location'));
    assert.match(thrown.message, /s3:\/\/b\/x lies in the storage location nightly of the cluster/);
    return true;
  }
}

test('a location itself is refused, and everything below it', () => {
  assert.ok(isRefused(bucket('b', 'velero'), bucket('b', 'velero')));
  assert.ok(isRefused(bucket('b', 'velero/etcd'), bucket('b', 'velero')));
  assert.ok(isRefused(bucket('b', 'velero/backups'), bucket('b', 'velero')));
  assert.ok(isRefused(bucket('b', 'a/velero/kopia/x'), bucket('b', 'a/velero')));
  assert.ok(isRefused(bucket('b', '/velero/'), bucket('b', 'velero/')));
});

test('a location that is a whole bucket leaves no room in it', () => {
  assert.ok(isRefused(bucket('b'), bucket('b')));
  assert.ok(isRefused(bucket('b', 'etcd'), bucket('b')));
});

test('beside a location, above it, and in other buckets there is room', () => {
  assert.ok(!isRefused(bucket('b', 'etcd'), bucket('b', 'velero')));
  assert.ok(!isRefused(bucket('b', 'velero-etcd'), bucket('b', 'velero')));
  assert.ok(!isRefused(bucket('b'), bucket('b', 'velero')));
  assert.ok(!isRefused(bucket('b', 'a'), bucket('b', 'a/velero')));
  assert.ok(!isRefused(bucket('c', 'velero'), bucket('b', 'velero')));
  assert.ok(!isRefused(directory('/b/velero'), bucket('b', 'velero')));
});

test('a location must not become one of the files', () => {
  assert.ok(isRefused(bucket('b', 'a'), bucket('b', 'a/snapshot_2026-11-21_140000.db')));
});

test('directories are held against locations that are directories', () => {
  assert.ok(isRefused(directory('/backups/etcd'), directory('/backups')));
  assert.ok(!isRefused(directory('/backups'), directory('/backups/velero')));
});
