import assert from 'node:assert/strict';
import { basename, dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { KubeClient } from '#kube/client/client.ts';
import type { KubeObject } from '#kube/objects.ts';
import type { Cluster } from '#testbed/cluster/cluster.ts';
import { namespaces, serviceAccounts } from '#testbed/cluster/types.ts';
import { silent } from '#testbed/narration.ts';
import { s3Client } from '#testbed/object-store/buckets.ts';
import type { TestObjectStore } from '#testbed/object-store/object-store.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import {
  clientOf,
  sharedCluster,
  sharedObjectStore,
  uniqueBucket,
  uniqueName,
  uniqueNamespace,
} from '#testbed/shared.ts';
import { veleroCrds } from '#testbed/velero/crds.ts';
import { startVelero, type Velero } from '#testbed/velero/velero.ts';
import { leftovers } from './leftovers.ts';

describe('Velero', () => {
  let cluster: Cluster;
  let client: KubeClient;
  let store: TestObjectStore;
  let bucket: string;
  let velero: Velero;
  const prefix = 'some/where';
  before(async () => {
    cluster = await sharedCluster('light');
    client = await clientOf(cluster);
    store = await sharedObjectStore();
    bucket = await uniqueBucket(store);
    velero = await startVelero({ cluster, store, bucket, prefix });
  });
  after(async () => {
    await velero.stop();
    await client.close();
  });

  it('backs up a namespace into the bucket and restores it as another', async () => {
    await using source = await uniqueNamespace(client, 'velero-source');
    await client.create(serviceAccounts, robot(source.name));
    const backup = await velero.backup({ includedNamespaces: [source.name] });
    assert.equal(backup.status.phase, 'Completed', JSON.stringify(backup.status));
    const { name } = backup.metadata;
    assert.deepEqual(
      await keys(store, bucket),
      backupFiles(name).map(file => `${prefix}/${file}`),
    );

    const target = uniqueName('velero-target');
    const restore = await velero.restore({
      backupName: name,
      namespaceMapping: { [source.name]: target },
    });
    assert.equal(restore.status.phase, 'Completed', JSON.stringify(restore.status));
    const restored = await client.get(serviceAccounts, { namespace: target, name: 'robot' });
    assert.deepEqual(restored?.metadata.labels, {
      app: 'robots',
      'velero.io/backup-name': name,
      'velero.io/restore-name': restore.metadata.name,
    });
    await client.delete(namespaces, { name: target });
  });

  it('is asked by its own command line, which reads what is in the bucket', async () => {
    const backup = await velero.backup({
      includedNamespaces: ['default'],
      includedResources: ['configmaps'],
    });
    const { name } = backup.metadata;
    const described = await velero.cli(['backup', 'describe', name, '--details', '--output=json']);
    assert.equal(described.exitCode, 0, described.stderr);
    const { phase, status } = JSON.parse(described.stdout);
    assert.equal(phase, 'Completed');
    assert.deepEqual(Object.keys(status.resourceList), ['v1/ConfigMap']);
    const logs = await velero.cli(['backup', 'logs', name]);
    assert.match(logs.stdout, /Backed up a total of \d+ items/, logs.stderr);
    const version = await velero.cli(['version']);
    assert.match(version.stdout, /Server:\s+Version: v1\.18\.3/);
    const missing = await velero.cli(['backup', 'get', 'no-such-backup']);
    assert.equal(missing.exitCode, 1);
  });

  it('finds what another one, beside it, has written into the same bucket', async () => {
    await using other = await startVelero({ cluster, store, bucket, prefix, narrate: silent });
    const backup = await other.backup({ includedNamespaces: ['default'] }, { name: uniqueName('others') });
    await velero.sync();
    const type = await typeNamed(client, 'backups.velero.io');
    const key = { namespace: velero.namespace, name: backup.metadata.name };
    const found = await client.get(type, key);
    assert.deepEqual(found?.['status'], backup.status);
    assert.equal(found.metadata.labels?.['velero.io/storage-location'], velero.location);
  });

  it('says why it cannot start, and leaves no namespace then either', async () => {
    const namespace = uniqueName('velero');
    const place = { cluster, store, bucket, prefix, namespace, narrate: silent };
    await assert.rejects(startVelero({ ...place, bucket: 'no-such-bucket' }), /NoSuchBucket/);
    await assert.rejects(startVelero({ ...place, flags: ['--no-such-flag'] }), {
      code: 'testbed.process-exited',
      message: /unknown flag: --no-such-flag/,
    });
    assert.equal(await stands(client, namespace), false);
  });

  it('leaves nothing on the machine, and its namespace only where that was there before', async () => {
    await using given = await uniqueNamespace(client, 'velero-given');
    const place = { cluster, store, bucket, prefix, narrate: silent };
    const own = await startVelero(place);
    const guest = await startVelero({ ...place, namespace: given.name });
    const dirs = [own, guest].map(({ logDir }) => dirname(logDir));
    for (const ended of [own, guest, own]) await ended.stop();
    for (const dir of dirs) assert.deepEqual(await leftovers(dir, Number(basename(dir))), []);
    const namesLeft = [own, guest].map(({ namespace }) => stands(client, namespace));
    assert.deepEqual(await Promise.all(namesLeft), [false, true]);
  });
});

it('prints its definitions', async () => {
  const definitions = await veleroCrds();
  assert.ok(definitions.every(({ kind }) => kind === 'CustomResourceDefinition'));
  assert.deepEqual(definitions.map(({ metadata }) => metadata.name).sort(), [
    'backuprepositories.velero.io',
    'backups.velero.io',
    'backupstoragelocations.velero.io',
    'datadownloads.velero.io',
    'datauploads.velero.io',
    'deletebackuprequests.velero.io',
    'downloadrequests.velero.io',
    'podvolumebackups.velero.io',
    'podvolumerestores.velero.io',
    'restores.velero.io',
    'schedules.velero.io',
    'serverstatusrequests.velero.io',
    'volumesnapshotlocations.velero.io',
  ]);
});

function robot(namespace: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace, name: 'robot', labels: { app: 'robots' } },
  };
}

/** Whether there is a namespace of that name that is not on its way out. */
async function stands(client: KubeClient, name: string): Promise<boolean> {
  const found = await client.get(namespaces, { name });
  return found !== undefined && found.metadata.deletionTimestamp === undefined;
}

/** In the order of S3, which is that of bytes. */
function backupFiles(name: string): string[] {
  const files = [
    `${name}-itemoperations.json.gz`,
    `${name}-logs.gz`,
    `${name}-podvolumebackups.json.gz`,
    `${name}-resource-list.json.gz`,
    `${name}-results.gz`,
    `${name}-volumeinfo.json.gz`,
    `${name}-volumesnapshots.json.gz`,
    `${name}.tar.gz`,
    'velero-backup.json',
  ];
  return files.map(file => `backups/${name}/${file}`);
}

async function keys(store: TestObjectStore, bucket: string): Promise<(string | undefined)[]> {
  const s3 = await s3Client(store);
  try {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key }) => Key);
  } finally {
    s3.destroy();
  }
}
