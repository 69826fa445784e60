import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readBackup, readBackupLog, readBackupResourceList } from '#archive/stored/backups.ts';
import type { ProgressEvent } from '#foundation/progress.ts';
import { groupResource, type KubeObject } from '#kube/objects.ts';
import { openLocation } from '#storage/locations.ts';
import { sharedObjectStore, uniqueBucket, uniqueNamespace } from '#testbed/shared.ts';
import { settingsOf } from '../storage/s3-subject.ts';
import {
  backedUp,
  backupSetting,
  configMap,
  contentsOf,
  directoryStore,
  keysOf,
  runBackup,
  secret,
} from './setting.ts';

const setting = backupSetting('light');

suite('a backup of a live cluster', () => {
  test('holds the objects of a namespace field by field, and nothing else', async () => {
    const { client, create, discovery } = setting();
    await using namespace = await uniqueNamespace(client, 'whole', { team: 'a' });
    await using other = await uniqueNamespace(client, 'other');
    await create('configmaps', configMap(namespace.name, 'one'));
    await create('configmaps', configMap(other.name, 'elsewhere'));
    await create('secrets', secret(namespace.name, 'credentials'));
    const { contents, backup, errors, warnings } = await backedUp(
      { includedNamespaces: [namespace.name] },
      { api: client },
    );

    assert.deepEqual([errors, warnings], [[], []]);
    assert.equal(backup.status?.phase, 'Completed');
    const live = new Map<string, KubeObject>();
    for (const type of (await discovery()).preferred) {
      const listable = ['list', 'create', 'delete'].every(verb => type.verbs.includes(verb));
      if (!type.namespaced || !listable || groupResource(type) === 'events.events.k8s.io') continue;
      for await (const object of client.list(type, { namespace: namespace.name })) {
        live.set(`${groupResource(type)} ${namespace.name}/${object.metadata.name}`, object);
      }
    }
    const type = await setting().type('namespaces');
    live.set(
      `namespaces ${namespace.name}`,
      (await client.get(type, { name: namespace.name })) as KubeObject,
    );
    assert.ok(live.size >= 5, 'the namespace has what a namespace has');
    assert.deepEqual([...contents.keys()].sort(), [...live.keys()].sort());
    for (const [name, object] of live) assert.deepEqual(contents.get(name), object, name);
  });

  test('records itself as Velero does', async () => {
    const { client, create } = setting();
    await using namespace = await uniqueNamespace(client, 'record');
    await create('configmaps', configMap(namespace.name, 'one'));
    await using location = await directoryStore();
    const { backup, name } = await runBackup(
      { includedNamespaces: [namespace.name], ttl: '48h' },
      { api: client, store: location.store, locationName: 'a-place', veleroNamespace: 'openshift-adp' },
    );
    assert.deepEqual(await readBackup(location.store, name), JSON.parse(JSON.stringify(backup)));
    const version = await client.version();
    assert.equal(backup.metadata.namespace, 'openshift-adp');
    assert.deepEqual(backup.metadata.labels, { 'velero.io/storage-location': 'a-place' });
    assert.deepEqual(backup.metadata.annotations, {
      'velero.io/source-cluster-k8s-gitversion': version.gitVersion,
      'velero.io/source-cluster-k8s-major-version': version.major,
      'velero.io/source-cluster-k8s-minor-version': version.minor,
      'velero.io/resource-timeout': '10m0s',
    });
    const { spec = {}, status = {} } = backup;
    assert.equal(spec.ttl, '48h0m0s');
    assert.equal(spec.storageLocation, 'a-place');
    const [started, completed, expiration] = [
      status.startTimestamp,
      status.completionTimestamp,
      status.expiration,
    ].map(time => Date.parse(String(time)));
    assert.equal(Number(expiration), Number(started) + 48 * 3_600_000);
    assert.ok(Number(completed) >= Number(started));
  });

  test('lists what it holds and what it did beside the archive', async () => {
    const { client, create } = setting();
    await using namespace = await uniqueNamespace(client, 'files');
    await create('configmaps', configMap(namespace.name, 'one'));
    await using location = await directoryStore();
    const { backup, name } = await runBackup(
      { includedNamespaces: [namespace.name] },
      { api: client, store: location.store },
    );
    const { version, formatVersion, phase, progress, errors } = backup.status ?? {};
    assert.deepEqual([version, formatVersion, phase, errors], [1, '1.1.0', 'Completed', undefined]);
    const folder = `backups/${name}/`;
    assert.deepEqual(
      (await keysOf(location.store)).sort(),
      [
        `${folder}${name}-itemoperations.json.gz`,
        `${folder}${name}-logs.gz`,
        `${folder}${name}-podvolumebackups.json.gz`,
        `${folder}${name}-resource-list.json.gz`,
        `${folder}${name}-results.gz`,
        `${folder}${name}-volumeinfo.json.gz`,
        `${folder}${name}-volumesnapshots.json.gz`,
        `${folder}${name}.tar.gz`,
        `${folder}velero-backup.json`,
      ].sort(),
    );
    const lists = (await readBackupResourceList(location.store, name)) ?? {};
    assert.deepEqual(lists['v1/Namespace'], [namespace.name]);
    assert.equal(lists['v1/ConfigMap']?.includes(`${namespace.name}/one`), true);
    const items = Object.values(lists).flat().length;
    assert.deepEqual(progress, { totalItems: items, itemsBackedUp: items });
    let log = '';
    for await (const chunk of readBackupLog(location.store, name)) log += Buffer.from(chunk).toString();
    assert.match(log, new RegExp(`level=info msg="?backed up"? .*resource=configmaps.*name=one`));
  });
});

suite('a backup under way', () => {
  test('tells how far it is', async () => {
    const { client } = setting();
    await using namespace = await uniqueNamespace(client, 'progress');
    const events: ProgressEvent[] = [];
    const progress = (event: ProgressEvent): void => void events.push(event);
    const { backup } = await backedUp({ includedNamespaces: [namespace.name] }, { api: client, progress });
    assert.deepEqual([...new Set(events.map(({ phase }) => phase))], ['discover', 'collect', 'upload']);
    const collected = events.filter(({ phase }) => phase === 'collect').at(-1);
    assert.equal(collected?.done, backup.status?.progress?.itemsBackedUp);
    assert.ok((events.findLast(({ phase }) => phase === 'upload')?.done ?? 0) > 100);
  });

  test('goes to S3 as it goes to a directory', async () => {
    const { client, create } = setting();
    await using namespace = await uniqueNamespace(client, 's3');
    const made = await create('configmaps', configMap(namespace.name, 'one'));
    const server = await sharedObjectStore();
    const settings = settingsOf(server, await uniqueBucket(server), 'clusters/a');
    const store = await openLocation({ location: { kind: 's3', s3: settings } });
    try {
      const { name } = await runBackup({ includedNamespaces: [namespace.name] }, { api: client, store });
      const contents = await contentsOf(store, name);
      assert.deepEqual(contents.get(`configmaps ${namespace.name}/one`), made);
      assert.ok((await keysOf(store)).includes(`backups/${name}/velero-backup.json`));
    } finally {
      await store.close();
    }
  });

  test('that is aborted rejects with the reason and leaves nothing', async () => {
    const { client, create } = setting();
    await using namespace = await uniqueNamespace(client, 'abort');
    await create('configmaps', configMap(namespace.name, 'one'));
    await using location = await directoryStore();
    const reason = new Error('enough');
    const abort = new AbortController();
    const progress = ({ phase }: ProgressEvent): void => {
      if (phase === 'collect') abort.abort(reason);
    };
    const run = runBackup(
      { includedNamespaces: [namespace.name] },
      { api: client, store: location.store, progress, signal: abort.signal },
    );
    await assert.rejects(run, thrown => thrown === reason);
    assert.deepEqual(await keysOf(location.store), []);
  });
});
