import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isObjectName } from '#api/velero/names.ts';
import { isHozonError } from '#foundation/errors.ts';
import { snapshotName, withSnapshot } from './from-snapshot.ts';

test('a snapshot has a name that a backup may have, whatever its file is called', () => {
  const names: Readonly<Record<string, string>> = {
    '/backup/snapshot_2026-11-21_140000.db': 'etcd-snapshot-2026-11-21-140000',
    'etcd-backup.db': 'etcd-backup',
    '../スナップショット.db': 'etcd-snapshot',
    DB: 'etcd-db',
  };
  for (const [file, name] of Object.entries(names)) assert.equal(snapshotName(file, undefined), name);
  assert.equal(snapshotName('a.db', 48_213), 'etcd-a-r48213');
  for (const file of ['x'.repeat(300), '.db', '-_-', 'a.b.c', `${'y'.repeat(149)}--z`])
    assert.ok(isObjectName(snapshotName(file, 7)), file);
});

const flags = {
  fromEtcdSnapshot: undefined,
  revision: undefined,
  encryptionConfig: undefined,
  allowPartiallyFailed: undefined,
};
const restore = {
  apiVersion: 'velero.io/v1',
  kind: 'Restore',
  metadata: { name: 'again', annotations: { team: 'a' } },
  spec: { backupName: 'etcd-snapshot' },
} as const;

test('a restore says which snapshot it is made from, and a plan of one is not performed without it', () => {
  const made = withSnapshot(
    restore,
    { ...flags, fromEtcdSnapshot: '~/snapshot.db', revision: 5 },
    { HOME: '/me' },
  );
  assert.deepEqual(made.metadata.annotations, {
    team: 'a',
    'hozon-etcd-snapshot': '/me/snapshot.db --revision 5',
  });
  assert.throws(
    () => withSnapshot(made, flags, {}),
    thrown =>
      isHozonError(thrown, 'cli.missing-flag') && /--from-etcd-snapshot \/me\/snapshot/.test(thrown.message),
  );
  assert.deepEqual(withSnapshot(restore, flags, {}), restore);
});
