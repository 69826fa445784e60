import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { decode } from './schema.ts';
import { Backup, StoredBackup } from './velero/backup.ts';
import { isObjectName, labelValue } from './velero/names.ts';
import { Restore, StoredRestore } from './velero/restore.ts';
import { Schedule } from './velero/schedule.ts';

const head = { apiVersion: 'velero.io/v1', metadata: { name: 'nightly', creationTimestamp: null } };

/** The Backup of the specification's S5.19, with every way to write a field that is not set. */
const backup = {
  ...head,
  kind: 'Backup',
  spec: {
    metadata: {},
    hooks: {},
    includedNamespaces: ['shop'],
    excludedNamespaces: null,
    includedResources: [],
    includeClusterResources: null,
    labelSelector: { matchLabels: { app: 'web' } },
    storageLocation: 'velero-sample-1',
    ttl: '720h0m0s',
  },
  status: {},
};

function problemsOf(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    if (isHozonError(thrown, 'api.invalid')) return thrown.message;
    throw thrown;
  }
  return assert.fail('nothing was thrown');
}

test('a Backup as people and as Velero write it is accepted as it is', () => {
  assert.equal(decode(Backup, backup, 'backup'), backup);
});

test('each wrong field is named with its path', () => {
  const wrong = {
    ...backup,
    spec: {
      ttl: '3 days',
      includeNamespaces: ['typo'],
      hooks: { resources: [{ name: 'x', pre: [{ exec: { command: [] } }] }] },
    },
  };
  const text = problemsOf(() => decode(Backup, wrong, 'backup.yaml'));
  assert.match(text, /backup\.yaml/);
  assert.match(text, /spec\.ttl/);
  assert.match(text, /spec\.hooks\.resources\[0\]\.pre\[0\]\.exec\.command/);
  assert.match(text, /includeNamespaces|additional/);
});

test('what another version stored is read, unknown fields and phases included', () => {
  const stored = {
    ...backup,
    spec: {
      ...backup.spec,
      backupType: 'Full',
      hooks: { resources: [{ name: 'x', later: 1, pre: [{ exec: { command: ['a'], later: true } }] }] },
    },
    status: { phase: 'Sleeping', later: [] },
  };
  assert.deepEqual(decode(StoredBackup, stored, 'x'), stored);
  problemsOf(() => decode(Backup, stored, 'x'));
  problemsOf(() => decode(StoredBackup, { ...stored, spec: { ttl: 720 } }, 'x'));
});

test('a Restore and a Schedule keep to their specs too', () => {
  const restore = { ...head, kind: 'Restore', spec: { backupName: 'a', existingResourcePolicy: 'update' } };
  assert.equal(decode(Restore, restore, 'x'), restore);
  problemsOf(() => decode(Restore, { ...restore, spec: { existingResourcePolicy: 'replace' } }, 'x'));
  problemsOf(() => decode(Restore, { ...restore, spec: { later: 1 } }, 'x'));
  assert.ok(decode(StoredRestore, { ...restore, spec: { later: 1 } }, 'x'));
  const schedule = { ...head, kind: 'Schedule', spec: { schedule: '@daily', template: backup.spec } };
  assert.equal(decode(Schedule, schedule, 'x'), schedule);
  problemsOf(() => decode(Schedule, { ...schedule, spec: { template: {} } }, 'x'));
});

test('names that are too long for a label are shortened as Velero shortens them', () => {
  assert.equal(labelValue('a'.repeat(63)), 'a'.repeat(63));
  const long = labelValue('a'.repeat(64));
  assert.equal(long, `${'a'.repeat(57)}ffe054`); // sha256 of 64 a's begins with ffe054
  assert.deepEqual(['a', 'a.b-c', '-a', 'A', 'a..b', '', 'a'.repeat(254)].map(isObjectName), [
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
