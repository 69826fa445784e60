import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BackupSpec } from '#api/velero/backup.ts';
import { readBackup, readBackupResults, readBackupVolumeInfos } from '#archive/stored/backups.ts';
import { isHozonError } from '#foundation/errors.ts';
import { connect } from '#kube/client/client.ts';
import { installOpenShiftKinds } from '#testbed/openshift/kinds.ts';
import { uniqueName, uniqueNamespace } from '#testbed/shared.ts';
import { bindRoles } from '../restore/binding.ts';
import {
  backedUp as backedUpWith,
  backupSetting,
  configMap,
  directoryStore,
  keysOf,
  type RunOptions,
  runBackup,
  secret,
} from './setting.ts';

const setting = backupSetting('light', ({ client }) => installOpenShiftKinds(client));
const backedUp = (spec: BackupSpec, options: Partial<RunOptions> = {}) =>
  backedUpWith(spec, { api: setting().client, ...options });

suite('what a backup says', () => {
  test('of volumes and images whose data is not captured stands in its side files', async () => {
    const { client, create, type } = setting();
    await using namespace = await uniqueNamespace(client, 'data');
    await create('persistentvolumeclaims', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: namespace.name },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'none',
        volumeName: 'elsewhere',
        resources: { requests: { storage: '1Gi' } },
      },
    });
    const streams = await type('imagestreams.image.openshift.io');
    const stream = { namespace: namespace.name, name: 'web' };
    const repository = `image-registry.openshift-image-registry.svc:5000/${namespace.name}/web`;
    const status = {
      dockerImageRepository: repository,
      tags: [{ tag: 'latest', items: [{ dockerImageReference: `${repository}@sha256:${'0'.repeat(64)}` }] }],
    };
    await client.create(streams, {
      apiVersion: 'image.openshift.io/v1',
      kind: 'ImageStream',
      metadata: stream,
      spec: {},
    });
    await client.patch(streams, stream, { type: 'merge', body: { status } }, { subresource: 'status' });
    await using location = await directoryStore();
    const outcome = await runBackup(
      { includedNamespaces: [namespace.name], snapshotMoveData: true },
      { api: client, store: location.store },
    );
    assert.equal(outcome.backup.status?.phase, 'Completed');
    assert.equal(outcome.backup.status?.warnings, 3);
    const results = await readBackupResults(location.store, outcome.name);
    assert.deepEqual(results?.errors, {});
    assert.match(results?.warnings.velero?.[0] ?? '', /spec\.snapshotMoveData/);
    const own = results?.warnings.namespaces?.[namespace.name] ?? [];
    assert.match(own.join('\n'), /persistentvolumeclaims\/data: the data of volume elsewhere/);
    assert.match(own.join('\n'), /imagestreams\.image\.openshift\.io\/web: .*latest/);
    const infos = await readBackupVolumeInfos(location.store, outcome.name);
    assert.deepEqual(
      infos?.map(({ pvcName, pvName, skipped }) => ({ pvcName, pvName, skipped })),
      [{ pvcName: 'data', pvName: 'elsewhere', skipped: true }],
    );
  });

  test('names types that its user may not list, and holds the others', async () => {
    const { client, cluster, create } = setting();
    await using namespace = await uniqueNamespace(client, 'rbac');
    await create('configmaps', configMap(namespace.name, 'one'));
    await create('secrets', secret(namespace.name, 'credentials'));
    const user = uniqueName('limited');
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: user, namespace: namespace.name },
      rules: [{ apiGroups: [''], resources: ['configmaps', 'namespaces'], verbs: ['get', 'list'] }],
    };
    await bindRoles(client, [role], user);
    const limited = await connect({ kubeconfig: await cluster.createUser(user) });
    try {
      const spec = { includedNamespaces: [namespace.name], includedResources: ['cm', 'secrets', 'ns'] };
      const { names, errors, backup } = await backedUp(spec, { api: limited });
      assert.deepEqual(names, [
        `configmaps ${namespace.name}/kube-root-ca.crt`,
        `configmaps ${namespace.name}/one`,
        `namespaces ${namespace.name}`,
      ]);
      assert.equal(backup.status?.phase, 'PartiallyFailed');
      assert.equal(backup.status?.errors, 1);
      assert.equal(errors.length, 1);
      assert.match(errors[0] ?? '', /^secrets\/: .*could not be listed.*forbidden/s);
      await assert.rejects(backedUp({}, { api: limited }), thrown => isHozonError(thrown, 'kube.forbidden'));
    } finally {
      await limited.close();
    }
  });

  test('names what its lists name and the cluster does not have', async () => {
    const { client } = setting();
    await using namespace = await uniqueNamespace(client, 'missing');
    const missing = uniqueName('nowhere');
    const { errors, warnings, backup } = await backedUp({
      includedNamespaces: [namespace.name, missing, `${missing}-*`],
      excludedResources: ['gizmos.example.com'],
      orderedResources: { configmaps: `${namespace.name}/kube-root-ca.crt,${namespace.name}/absent` },
    });
    assert.equal(backup.status?.phase, 'PartiallyFailed');
    assert.deepEqual(errors, [
      `namespaces/${missing}: includedNamespaces names this namespace, but it does not exist`,
    ]);
    assert.match(warnings.join('\n'), /includedNamespaces: no namespace fits/);
    assert.match(warnings.join('\n'), /no resource "gizmos.example.com"/);
    assert.match(warnings.join('\n'), /configmaps\/absent: orderedResources/);
    assert.equal(warnings.length, 3);
  });
});

suite('a backup that cannot be made', () => {
  test('is one error for all that is wrong, before anything is touched', async () => {
    const { client } = setting();
    await using location = await directoryStore();
    const run = (spec: BackupSpec, name = uniqueName('b')) =>
      runBackup(spec, { api: client, store: location.store }, name);
    await assert.rejects(run({ ttl: '-1h', includedNamespaces: ['**'] }, 'No!'), thrown => {
      assert.ok(isHozonError(thrown, 'backup.invalid'));
      for (const part of ['"No!"', 'spec.ttl', 'spec.includedNamespaces'])
        assert.ok(thrown.message.includes(part));
      return true;
    });
    const spec = {
      includedResources: ['pods', 'podz', 'gizmos.example.com'],
      orderedResources: { persistentvolumes: 'a/b' },
    };
    await assert.rejects(run(spec), thrown => {
      assert.ok(isHozonError(thrown, 'backup.invalid'));
      for (const part of ['"podz"', '"gizmos.example.com"', 'orderedResources.persistentvolumes']) {
        assert.ok(thrown.message.includes(part), part);
      }
      return true;
    });
    assert.deepEqual(await keysOf(location.store), []);
  });

  test('is that there is one of its name already, which stays as it is', async () => {
    const { client } = setting();
    await using namespace = await uniqueNamespace(client, 'twice');
    await using location = await directoryStore();
    const spec = { includedNamespaces: [namespace.name] };
    const name = uniqueName('b');
    await runBackup(spec, { api: client, store: location.store }, name);
    const before = await readBackup(location.store, name);
    const keys = await keysOf(location.store);
    await assert.rejects(runBackup(spec, { api: client, store: location.store }, name), thrown =>
      isHozonError(thrown, 'archive.backup-exists'),
    );
    assert.deepEqual(await readBackup(location.store, name), before);
    assert.deepEqual(await keysOf(location.store), keys);
  });
});
