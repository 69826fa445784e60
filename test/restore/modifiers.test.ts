import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRestoreLog } from '#archive/stored/restores.ts';
import { HozonError } from '#foundation/errors.ts';
import { listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { backupsIn } from '#restore/source.ts';
import { claim, configMap, namespaceObject, pod, service } from './objects.ts';
import { restored, restoreOf, scene, storeBackup } from './scene.ts';

const current = scene();

/** A namespace that plays Velero's, with these ConfigMaps in it. */
async function veleroNamespace(...maps: KubeObject[]): Promise<string> {
  const { client, type, namespace } = current();
  const name = namespace('velero');
  await client.create(await type('namespaces'), namespaceObject(name));
  for (const map of maps) {
    const metadata = { ...map.metadata, namespace: name };
    await client.create(await type('configmaps'), { ...map, metadata });
  }
  return name;
}

const rulesMap = (text: string): KubeObject => configMap('', 'rules', { 'rules.yaml': text });
const resourceModifier = { kind: 'configmap', name: 'rules' };

const pluginMap = (plugin: string, data: Record<string, string>, name = plugin): KubeObject =>
  configMap('', name, data, {
    labels: { 'velero.io/plugin-config': '', [`velero.io/${plugin}`]: 'RestoreItemAction' },
  });

/** The restore must be refused; resolves with why, one problem each. */
async function refused(
  ...[wanted, options]: [Parameters<typeof restored>[1], Parameters<typeof restored>[2]?]
) {
  try {
    await restored(current(), wanted, options);
  } catch (thrown) {
    assert.ok(thrown instanceof HozonError && thrown.code === 'restore.invalid', String(thrown));
    return thrown.message;
  }
  return assert.fail('it was accepted');
}

const threeFamilies = `
version: v1
resourceModifierRules:
- conditions: {groupResource: configmaps, namespaces: [NAMESPACE], resourceNameRegex: ^settings$}
  patches:
  - {operation: test, path: /data/color, value: blue}
  - {operation: replace, path: /data/color, value: green}
  - {operation: add, path: /data/size, value: '"7"'}
- conditions: {groupResource: "services", labelSelector: {matchLabels: {tier: web}}}
  mergePatches:
  - patchData: |
      metadata: {annotations: {note: changed}, labels: {tier: null}}
- conditions: {groupResource: pods}
  strategicPatches:
  - patchData: |
      {"spec": {"containers": [{"name": "main", "image": "other:2"}]}}
- conditions: {groupResource: pods}
  patches:
  - {operation: remove, path: /spec/not/there}
- conditions: {groupResource: configmaps, namespaces: [another]}
  patches: [{operation: replace, path: /data/color, value: red}]
`;

test('all families of patches change what their conditions mean, by the namespace in the backup', async () => {
  const { store, namespace, get } = current();
  const [ns, target] = [namespace('mod'), namespace('mod-target')];
  const web = service(ns, 'web');
  web.metadata.labels = { tier: 'web' };
  const backup = await storeBackup(store, [
    configMap(ns, 'settings', { color: 'blue' }),
    configMap(ns, 'other', { color: 'blue' }),
    web,
    pod(ns, 'alone'),
  ]);
  const velero = await veleroNamespace(rulesMap(threeFamilies.replace('NAMESPACE', ns)));
  const wanted = restoreOf(backup, { resourceModifier, namespaceMapping: { [ns]: target } });
  const { said, restore } = await restored(current(), wanted, { veleroNamespace: velero });
  assert.deepEqual(said, [
    'error pods/alone: rule 4 of the resource modifier could not be applied to it: /spec/not/there is not there',
  ]);
  assert.equal(restore.status?.phase, 'PartiallyFailed');
  const there = (resource: string, name: string) => get(resource, { namespace: target, name });
  assert.deepEqual((await there('configmaps', 'settings'))?.['data'], { color: 'green', size: '7' });
  assert.deepEqual((await there('configmaps', 'other'))?.['data'], { color: 'blue' });
  const { metadata } = (await there('services', 'web')) ?? {};
  assert.equal(metadata?.annotations?.['note'], 'changed');
  assert.deepEqual(Object.keys(metadata?.labels ?? {}).sort(), [
    'velero.io/backup-name',
    'velero.io/restore-name',
  ]);
  const [main] = listAt(await there('pods', 'alone'), 'spec', 'containers');
  assert.equal(textAt(main, 'image'), 'other:2');
  const log: Uint8Array[] = [];
  for await (const chunk of readRestoreLog(store, wanted.metadata.name)) log.push(chunk);
  assert.match(Buffer.concat(log).toString(), /changed by rule 1 of the resource modifier".*name=settings/);
});

test('an object that a rule gives another name is created, and met again, under that name', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('renamed');
  const backup = await storeBackup(store, [configMap(ns, 'old', { a: 'b' })]);
  const text = `
version: v1
resourceModifierRules:
- conditions: {groupResource: configmaps}
  patches: [{operation: replace, path: /metadata/name, value: new}]
`;
  const velero = await veleroNamespace(rulesMap(text));
  const once = async () =>
    restored(current(), restoreOf(backup, { resourceModifier }), { veleroNamespace: velero });
  assert.deepEqual((await once()).said, []);
  assert.equal(await get('configmaps', { namespace: ns, name: 'old' }), undefined);
  assert.deepEqual((await get('configmaps', { namespace: ns, name: 'new' }))?.['data'], { a: 'b' });
  const { resources, said } = await once();
  assert.deepEqual([resources['v1/ConfigMap'], said], [[`${ns}/old(skipped)`], []]);
});

test('everything that is wrong with a resource modifier is said before anything is touched', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('untouched');
  const backup = await storeBackup(store, [configMap(ns, 'settings')]);
  const text = `
version: v1
resourceModifierRules:
- conditions: {groupResource: configmaps, resourceNameRegex: "("}
  patches: [{operation: remove, path: /data}]
- conditions: {groupResource: configmaps}
`;
  const wrong = await veleroNamespace(
    rulesMap(text),
    pluginMap('change-image-name', {}, 'one'),
    pluginMap('change-image-name', {}, 'two'),
  );
  const message = await refused(restoreOf(backup, { resourceModifier }), { veleroNamespace: wrong });
  assert.match(
    message,
    /more than one ConfigMap is labelled for velero.io\/change-image-name: \S+one, \S+two/,
  );
  assert.match(message, /resource modifier \S+\/rules: resourceModifierRules\[0\]/);
  assert.match(message, /resource modifier \S+\/rules: resourceModifierRules\[1\]: exactly one of patches/);
  const absent = await refused(restoreOf(backup, { resourceModifier }), { veleroNamespace: 'none-such' });
  assert.match(absent, /spec.resourceModifier: ConfigMap none-such\/rules is not there/);
  assert.equal(await get('namespaces', { name: ns }), undefined);
});

test("the plugins' ConfigMaps change storage classes and images; a class that is not there is an error", async () => {
  const { store, namespace, get, client, type, cleanLater } = current();
  const ns = namespace('plugins');
  const fast = `${ns}-fast`;
  const provisioner = 'hozon.dev/none';
  const metadata = { name: fast };
  const storageClass = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata, provisioner };
  await client.create(await type('storageclasses.storage.k8s.io'), storageClass);
  cleanLater('storageclasses.storage.k8s.io', fast);
  const velero = await veleroNamespace(
    pluginMap('change-storage-class', { 'none-such': fast, gone: 'missing' }),
    pluginMap('change-image-name', { registry: 'hozon.dev/,mirror.example/' }),
  );
  const lost = claim(ns, 'lost');
  Object.assign(lost['spec'] as object, { storageClassName: 'gone' });
  const backup = await storeBackup(store, [claim(ns, 'data'), lost, pod(ns, 'alone')]);
  const { said } = await restored(current(), restoreOf(backup), { veleroNamespace: velero });
  assert.deepEqual(said, [
    'error persistentvolumeclaims/lost: not restored: it was to be given storage class missing, which the cluster does not have; create the class, or correct the ConfigMap of velero.io/change-storage-class',
  ]);
  const there = (resource: string, name: string) => get(resource, { namespace: ns, name });
  assert.equal(textAt(await there('persistentvolumeclaims', 'data'), 'spec', 'storageClassName'), fast);
  assert.equal(await there('persistentvolumeclaims', 'lost'), undefined);
  const [main] = listAt(await there('pods', 'alone'), 'spec', 'containers');
  assert.equal(textAt(main, 'image'), 'mirror.example/busybox:1');
});

test("a schedule's newest backup is restored: completed, or partially failed where that is allowed", async () => {
  const { store, namespace, get } = current();
  const ns = namespace('schedule');
  const schedule = `${ns}-nightly`;
  const labels = { 'velero.io/schedule-name': schedule };
  const at = (hour: number) => ({ labels, started: new Date(Date.UTC(2026, 0, 1, hour)) });
  const settings = (which: string) => [configMap(ns, 'settings', { which })];
  await storeBackup(store, settings('early'), at(1));
  const late = await storeBackup(store, settings('late'), at(3));
  await storeBackup(store, settings('middle'), at(2));
  const partial = await storeBackup(store, settings('partial'), { ...at(4), phase: 'PartiallyFailed' });
  await storeBackup(store, settings('other'), { labels: { 'velero.io/schedule-name': 'other' } });
  const wanted = restoreOf('', { scheduleName: schedule, existingResourcePolicy: 'update' });
  const { restore } = await restored(current(), wanted);
  assert.deepEqual([restore.spec.backupName, restore.spec.scheduleName], [late, schedule]);
  const there = await get('configmaps', { namespace: ns, name: 'settings' });
  assert.deepEqual(there?.['data'], { which: 'late' });
  assert.equal(there?.metadata.labels?.['velero.io/backup-name'], late);
  const again = { ...wanted, metadata: { name: `${wanted.metadata.name}-2` } };
  const allowed = await restored(current(), again, {
    source: backupsIn(current().store, { allowPartiallyFailed: true }),
  });
  assert.equal(allowed.restore.spec.backupName, partial);
  assert.match(
    await refused(restoreOf('', { scheduleName: 'none-such' })),
    /no backup of schedule "none-such" that is Completed$/,
  );
});
