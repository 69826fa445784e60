import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { KubeClient } from '#kube/client/client.ts';
import { fieldsAt, textAt } from '#kube/fields.ts';
import type { KubeObject, ObjectKey, ResourceType } from '#kube/objects.ts';
import type { Cluster } from '#testbed/cluster/cluster.ts';
import { namespaces, persistentVolumeClaims, persistentVolumes } from '#testbed/cluster/types.ts';
import { run } from '#testbed/processes.ts';
import { clientOf, sharedCluster, sharedObjectStore, uniqueBucket, uniqueName } from '#testbed/shared.ts';
import { startVelero, type Velero } from '#testbed/velero/velero.ts';
import { namespaceObject } from '../restore/objects.ts';
import { type Hozon, hozonBeside } from './hozon.ts';

/** Claims bound to volumes that stay, that go with their claims, and one that nothing is bound to. */
const namespace = uniqueName('volumes');
const volumeOf = { stays: `${namespace}-stays`, goes: `${namespace}-goes`, free: `${namespace}-free` };
const [ours, theirs] = [`${namespace}-ours`, `${namespace}-theirs`];

const parts = new AsyncDisposableStack();
let cluster: Cluster;
let client: KubeClient;
let velero: Velero;
let hozon: Hozon;

before(async () => {
  cluster = await sharedCluster('light');
  client = parts.use(await clientOf(cluster));
  parts.defer(removeAll);
  await client.create(namespaces, namespaceObject(namespace, labels));
  await makeVolumes();
  const server = await sharedObjectStore();
  velero = parts.use(await startVelero({ cluster, store: server, bucket: await uniqueBucket(server) }));
  hozon = parts.use(await hozonBeside(cluster, velero.namespace));
  const spec = {
    includedNamespaces: [namespace],
    includeClusterResources: true,
    includedResources: kinds,
    labelSelector: { matchLabels: labels },
  };
  assert.equal((await velero.backup(spec, { name: theirs })).status.phase, 'Completed');
  await hozonDone('backup', 'create', ours, '--include-namespaces', namespace, ...flags);
  await velero.sync();
});

const kinds = ['persistentvolumes', 'persistentvolumeclaims', 'namespaces'];
/** Other suites have volumes, too. */
const labels = { suite: namespace };
const about = `suite=${namespace}`;
const flags = [
  '--include-resources',
  kinds.join(','),
  '--include-cluster-resources=true',
  '--selector',
  about,
];

after(() => parts.disposeAsync());

async function hozonDone(...words: string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await hozon.cli(...words);
  assert.equal(exitCode, 0, stderr + stdout);
}

async function makeVolumes(): Promise<void> {
  for (const [name, volume] of Object.entries(volumeOf)) {
    await client.create(persistentVolumes, {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volume, labels: { ...labels, kind: name } },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Mi' },
        hostPath: { path: `/nowhere/${volume}` },
        persistentVolumeReclaimPolicy: name === 'goes' ? 'Delete' : 'Retain',
        storageClassName: namespace,
      },
    });
    if (name === 'free') continue;
    await client.create(persistentVolumeClaims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { namespace, name, labels: { ...labels, app: name } },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Mi' } },
        storageClassName: namespace,
        selector: { matchLabels: { kind: name } },
      },
    });
  }
  for (const name of ['stays', 'goes']) await untilBound(name);
}

async function untilBound(name: string): Promise<void> {
  await untilObject(persistentVolumeClaims, { namespace, name }, object => phaseOf(object) === 'Bound');
}

function phaseOf(object: KubeObject): string | undefined {
  return textAt(object, 'status', 'phase');
}

async function untilObject(
  type: ResourceType,
  { namespace: place, name }: ObjectKey,
  wanted: (object: KubeObject) => boolean,
): Promise<void> {
  const watched = { namespace: place, fieldSelector: `metadata.name=${name}` };
  for await (const event of client.watch(type, { ...watched, signal: AbortSignal.timeout(180_000) })) {
    if (event.type !== 'BOOKMARK' && event.type !== 'DELETED' && wanted(event.object)) return;
  }
}

/** Everything goes; a volume at once, as nobody is there to take its data away. */
async function removeAll(): Promise<void> {
  const kubectl = (...words: string[]) =>
    run([cluster.kubectl, '--kubeconfig', cluster.kubeconfig, ...words]);
  await kubectl('delete', 'pvc', '--all', '-n', namespace);
  await kubectl('delete', 'pv', '--ignore-not-found', '--wait=false', ...Object.values(volumeOf));
  for (const name of Object.values(volumeOf)) {
    await kubectl('patch', 'pv', name, '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    await kubectl('wait', '--for=delete', `pv/${name}`, '--timeout=180s');
  }
  await kubectl('delete', 'namespace', namespace, '--ignore-not-found');
}

/** What has come back, without what differs from restore to restore. */
async function present(): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for await (const claim of client.list(persistentVolumeClaims, { namespace }))
    found[`claim ${claim.metadata.name}`] = plain(claim);
  for (const name of Object.values(volumeOf)) {
    const volume = await client.get(persistentVolumes, { name });
    if (volume !== undefined) found[`volume ${name}`] = plain(volume);
  }
  return found;
}

const ofTheMoment = new Set(['uid', 'resourceVersion', 'creationTimestamp', 'lastPhaseTransitionTime']);
const marks = new Set(['velero.io/backup-name', 'velero.io/restore-name']);

function plain(object: KubeObject): unknown {
  const { managedFields: _, ...metadata } = fieldsAt(object, 'metadata');
  return JSON.parse(JSON.stringify({ ...object, metadata }), (key: string, value: unknown) =>
    ofTheMoment.has(key) || marks.has(key) ? undefined : value,
  );
}

async function restoredBy(who: 'velero' | 'hozon', backup: string): Promise<Record<string, unknown>> {
  await removeAll();
  if (who === 'velero') {
    const { status } = await velero.restore({ backupName: backup });
    assert.equal(status.phase, 'Completed', JSON.stringify(status));
  } else {
    await hozonDone('restore', 'create', uniqueName('restore'), '--from-backup', backup);
  }
  await untilBound('stays');
  return present();
}

suite('volumes and claims, restored', () => {
  let expected: Record<string, unknown>;
  before(async () => {
    expected = await restoredBy('velero', theirs);
  });

  test('by Velero from its own backup: a bound volume that stays is bound again', () => {
    assert.ok(`volume ${volumeOf.stays}` in expected && `volume ${volumeOf.free}` in expected);
    assert.equal(textAt(expected['claim stays'], 'spec', 'volumeName'), volumeOf.stays);
  });

  test('by Hozon from its own backup they are the same, field by field', async () => {
    assert.deepEqual(await restoredBy('hozon', ours), expected);
  });

  test('by Hozon from Velero’s backup they are the same, field by field', async () => {
    assert.deepEqual(await restoredBy('hozon', theirs), expected);
  });

  test('by Velero from Hozon’s backup they are the same, field by field', async () => {
    assert.deepEqual(await restoredBy('velero', ours), expected);
  });
});
