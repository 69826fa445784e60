import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VolumeInfo } from '#archive/stored/volume-info.ts';
import { textAt, valueAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { uniqueName } from '#testbed/shared.ts';
import { claim, namespaceObject, volume } from './objects.ts';
import { restored, restoreOf, scene, storeBackup } from './scene.ts';

const current = scene();

const info = (fields: Partial<VolumeInfo>): VolumeInfo => ({
  snapshotDataMoved: false,
  preserveLocalSnapshot: false,
  skipped: false,
  ...fields,
});

test('without its data a volume that goes with its claim is made anew, and the claim comes back empty', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('vol');
  const [gone, captured] = [uniqueName('gone'), uniqueName('captured')];
  const backup = await storeBackup(
    store,
    [
      volume(gone, 'Delete', { namespace: ns, name: 'gone' }),
      claim(ns, 'gone', gone),
      volume(captured, 'Retain', { namespace: ns, name: 'captured' }),
      claim(ns, 'captured', captured),
      claim(ns, 'never-bound'),
    ],
    {
      volumeInfos: [
        info({ pvName: gone, pvcName: 'gone', pvcNamespace: ns, skipped: true, skippedReason: 'not yet' }),
        info({ pvName: captured, pvcName: 'captured', pvcNamespace: ns, backupMethod: 'PodVolumeBackup' }),
      ],
    },
  );
  const { said, resources, restore } = await restored(current(), restoreOf(backup));
  assert.deepEqual(said.toSorted(), [
    `warning persistentvolumeclaims/captured: the claim comes back empty: the data of its volume ${captured} was captured by PodVolumeBackup, which this version cannot restore`,
    `warning persistentvolumeclaims/gone: the claim comes back empty: the data of its volume ${gone} is not in the backup`,
  ]);
  assert.equal(restore.status?.phase, 'Completed');
  assert.deepEqual(resources['v1/PersistentVolume'], [`${captured}(skipped)`, `${gone}(skipped)`]);
  for (const name of [gone, captured]) assert.equal(await get('persistentvolumes', { name }), undefined);
  const there = await get('persistentvolumeclaims', { namespace: ns, name: 'gone' });
  assert.equal(valueAt(there, 'spec', 'volumeName'), undefined);
  assert.equal(textAt(there, 'spec', 'storageClassName'), 'none-such');
  assert.deepEqual(there?.metadata.annotations, undefined);
});

test('a retained volume comes back for its claim, also where only the namespace is asked for', async () => {
  const { store, namespace, get, cleanLater, client, type } = current();
  const ns = namespace('vol');
  const name = uniqueName('kept');
  cleanLater('persistentvolumes', name);
  const backup = await storeBackup(store, [
    namespaceObject(ns),
    volume(name, 'Retain', { namespace: ns, name: 'data' }),
    volume(uniqueName('unrelated'), 'Retain'),
    claim(ns, 'data', name),
  ]);
  const { said, resources } = await restored(current(), restoreOf(backup, { includedNamespaces: [ns] }));
  assert.deepEqual(said, []);
  assert.deepEqual(resources['v1/PersistentVolume'], [`${name}(created)`]);
  const claims = await type('persistentvolumeclaims');
  const options = { namespace: ns, signal: AbortSignal.timeout(180_000) };
  for await (const event of client.watch(claims, options)) {
    if (event.type !== 'BOOKMARK' && textAt(event.object, 'status', 'phase') === 'Bound') break;
  }
  assert.equal(
    textAt(await get('persistentvolumeclaims', { namespace: ns, name: 'data' }), 'spec', 'volumeName'),
    name,
  );
  const again = await restored(current(), restoreOf(backup, { includedNamespaces: [ns] }));
  assert.deepEqual(again.said, []);
  assert.deepEqual(again.resources['v1/PersistentVolume'], [`${name}(skipped)`]);
});

test('a volume that its deleted claim left behind is given to the restored claim, with its data', async () => {
  const { store, namespace, get, cleanLater, client, type } = current();
  const ns = namespace('vol');
  const name = uniqueName('released');
  cleanLater('persistentvolumes', name);
  const volumes = await type('persistentvolumes');
  const claims = await type('persistentvolumeclaims');
  await client.create(await type('namespaces'), namespaceObject(ns));
  // a storage class of its own: any claim of the same class that waits would be given the free volume
  const withClass = (object: KubeObject): KubeObject => ({
    ...object,
    spec: { ...(object['spec'] as object), storageClassName: name },
  });
  const made = withClass(volume(name, 'Retain', { namespace: ns, name: 'data' }));
  const { claimRef: _, ...spec } = made['spec'] as Record<string, unknown>;
  await client.create(volumes, { ...made, metadata: { name }, spec });
  const bare = { ...claim(ns, 'data', name), metadata: { name: 'data', namespace: ns } };
  await client.create(claims, withClass(bare));
  const untilPhase = async (phase: string): Promise<void> => {
    for await (const event of client.watch(volumes, { signal: AbortSignal.timeout(180_000) })) {
      const ours = event.type !== 'BOOKMARK' && event.object.metadata.name === name;
      if (ours && textAt(event.object, 'status', 'phase') === phase) return;
    }
  };
  await untilPhase('Bound');
  const stored = [
    await get('persistentvolumes', { name }),
    await get('persistentvolumeclaims', { namespace: ns, name: 'data' }),
  ];
  const backup = await storeBackup(
    store,
    stored.filter(object => object !== undefined),
  );
  await client.delete(claims, { namespace: ns, name: 'data' });
  await untilPhase('Released');
  const copy = namespace('vol-copy');
  const copied = await restored(current(), restoreOf(backup, { namespaceMapping: { [ns]: copy } }));
  assert.match(copied.said.join('\n'), /^warning persistentvolumeclaims\/data: .*but for another claim/);
  assert.deepEqual(copied.resources['v1/PersistentVolume'], [`${name}(skipped)`]);
  const { said, resources } = await restored(current(), restoreOf(backup));
  assert.deepEqual(said, []);
  assert.deepEqual(resources['v1/PersistentVolume'], [`${name}(updated)`]);
  assert.deepEqual(resources['v1/PersistentVolumeClaim'], [`${ns}/data(created)`]);
  await untilPhase('Bound');
  const bound = await get('persistentvolumes', { name });
  const there = await get('persistentvolumeclaims', { namespace: ns, name: 'data' });
  assert.equal(textAt(bound, 'spec', 'claimRef', 'uid'), there?.metadata.uid);
});

test('a claim whose volume was not backed up and is not there comes back empty', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('vol');
  const backup = await storeBackup(store, [claim(ns, 'data', 'somewhere-else')]);
  const { said } = await restored(current(), restoreOf(backup, { includeClusterResources: false }));
  assert.match(said.join('\n'), /^warning persistentvolumeclaims\/data: the claim comes back empty/);
  const there = await get('persistentvolumeclaims', { namespace: ns, name: 'data' });
  assert.equal(valueAt(there, 'spec', 'volumeName'), undefined);
});
