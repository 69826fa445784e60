import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { parse } from '../../parse.ts';
import type { FlagValues } from '../../spec.ts';
import type { createFlags } from './create-flags.ts';
import { restore } from './table.ts';
import { wantedRestore } from './wanted.ts';

const now = new Date(2026, 0, 2, 3, 4, 5);

function wanted(words: readonly string[], content?: Record<string, unknown>) {
  const parsed = parse(['restore', 'create', ...words], [restore]);
  assert.equal(parsed.kind, 'run');
  const { args, flags } = parsed.input;
  const manifest = content === undefined ? undefined : { source: 'restore.yaml', content };
  return wantedRestore({ name: args[0], flags: flags as FlagValues<typeof createFlags>, manifest, now });
}

test('every flag finds its field', () => {
  const asked = wanted([
    'again',
    '--from-backup=nightly',
    '--include-namespaces=a',
    '--exclude-namespaces=b',
    '--include-resources=pods',
    '--exclude-resources=events',
    '--include-cluster-resources',
    '--namespace-mappings=a:a-copy,c:d',
    '--selector=app',
    '--existing-resource-policy=update',
    '--restore-volumes=false',
    '--preserve-nodeports',
    '--resource-modifier-configmap=renames',
    '--status-include-resources=deployments.apps,pods',
    '--status-exclude-resources=pods',
  ]);
  assert.equal(asked.metadata.name, 'again');
  assert.deepEqual(asked.spec, {
    backupName: 'nightly',
    includedNamespaces: ['a'],
    excludedNamespaces: ['b'],
    includedResources: ['pods'],
    excludedResources: ['events'],
    includeClusterResources: true,
    namespaceMapping: { a: 'a-copy', c: 'd' },
    labelSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
    existingResourcePolicy: 'update',
    restorePVs: false,
    preserveNodePorts: true,
    resourceModifier: { kind: 'configmap', name: 'renames' },
    restoreStatus: { includedResources: ['deployments.apps', 'pods'], excludedResources: ['pods'] },
  });
});

test('it is called after the backup and the local time, unless it is named', () => {
  assert.equal(wanted(['--from-backup=nightly']).metadata.name, 'nightly-20260102030405');
  const content = { apiVersion: 'velero.io/v1', kind: 'Restore', spec: { backupName: 'weekly' } };
  assert.equal(wanted([], content).metadata.name, 'weekly-20260102030405');
  assert.equal(wanted(['--from-backup=nightly'], content).spec.backupName, 'nightly');
  assert.equal(wanted([], { ...content, metadata: { name: 'mine' } }).metadata.name, 'mine');
});

test('a schedule stands in the place of a backup, and a flag in the place of what the manifest names', () => {
  const ofSchedule = wanted(['--from-schedule=nightly']);
  assert.equal(ofSchedule.metadata.name, 'nightly-20260102030405');
  assert.deepEqual(ofSchedule.spec, { scheduleName: 'nightly' });
  const content = (spec: object) => ({ apiVersion: 'velero.io/v1', kind: 'Restore', spec });
  assert.deepEqual(wanted([], content({ scheduleName: 'weekly' })).spec, { scheduleName: 'weekly' });
  const backup = wanted(['--from-backup=b'], content({ scheduleName: 'weekly' }));
  assert.deepEqual(backup.spec, { backupName: 'b' });
  const schedule = wanted(['--from-schedule=s'], content({ backupName: 'b' }));
  assert.deepEqual(schedule.spec, { scheduleName: 's' });
});

test('the backup has to be named, and a namespace has to be mapped to something', () => {
  const refuses = (words: readonly string[], pattern: RegExp): void =>
    assert.throws(
      () => wanted(words),
      thrown => isHozonError(thrown) && thrown.exit === 'usage' && pattern.test(thrown.message),
    );
  refuses(['again'], /--from-backup/);
  refuses(['--from-backup=b', '--from-schedule=s'], /--from-schedule/);
  refuses(['--from-backup=b', '--status-exclude-resources=pods'], /--status-include-resources/);
  refuses(['--from-backup=b', '--namespace-mappings=a:'], /--namespace-mappings/);
  refuses(['--from-backup=b', '--existing-resource-policy=patch'], /--existing-resource-policy/);
});
