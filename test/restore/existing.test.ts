import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldsAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { configMap, namespaceObject, service } from './objects.ts';
import { restored, restoreOf, type Scene, scene, storeBackup } from './scene.ts';

const current = scene();

async function prepared({ client, namespace, type }: Scene): Promise<string> {
  const ns = namespace('existing');
  await client.create(await type('namespaces'), namespaceObject(ns, { mine: 'yes' }));
  return ns;
}

test('what is there and differs stays unless the policy says update', async () => {
  const { client, store, type, get } = current();
  const ns = await prepared(current());
  const maps = await type('configmaps');
  const mine = configMap(ns, 'differs', { color: 'red', mine: 'yes' }, { labels: { mine: 'yes' } });
  await client.create(maps, mine);
  await client.create(maps, configMap(ns, 'same', { color: 'blue' }));
  const backup = await storeBackup(store, [
    namespaceObject(ns),
    configMap(ns, 'differs', { color: 'blue', theirs: 'yes' }),
    configMap(ns, 'same', { color: 'blue' }, { uid: 'old' }),
    configMap(ns, 'absent'),
  ]);
  const none = await restored(current(), restoreOf(backup));
  assert.equal(none.said.length, 1, none.said.join('\n'));
  assert.match(none.said[0] ?? '', /^warning configmaps\/differs: it exists already and differs/);
  const skipped = [`${ns}/absent(created)`, `${ns}/differs(skipped)`, `${ns}/same(skipped)`];
  assert.deepEqual(none.resources['v1/ConfigMap'], skipped);
  const key = { namespace: ns, name: 'differs' };
  assert.deepEqual((await get('configmaps', key))?.['data'], mine['data']);
  assert.equal((await get('namespaces', { name: ns }))?.metadata.labels?.['mine'], 'yes');

  const wanted = restoreOf(backup, { existingResourcePolicy: 'update' });
  const update = await restored(current(), wanted);
  assert.deepEqual(update.said, []);
  assert.deepEqual(update.resources['v1/ConfigMap'], [
    `${ns}/absent(skipped)`,
    `${ns}/differs(updated)`,
    `${ns}/same(skipped)`,
  ]);
  const updated = await get('configmaps', key);
  assert.deepEqual(updated?.['data'], { color: 'blue', theirs: 'yes' });
  assert.deepEqual(updated?.metadata.labels, {
    'velero.io/backup-name': backup,
    'velero.io/restore-name': wanted.metadata.name,
  });
});

test('an update that the server refuses is a warning, and the rest goes on', async () => {
  const { client, store, type } = current();
  const ns = await prepared(current());
  const fixed: KubeObject = { ...configMap(ns, 'fixed', { a: '1' }), immutable: true };
  await client.create(await type('configmaps'), fixed);
  const backup = await storeBackup(store, [configMap(ns, 'fixed', { a: '2' }), configMap(ns, 'other')]);
  const { said, resources, restore } = await restored(
    current(),
    restoreOf(backup, { existingResourcePolicy: 'update' }),
  );
  assert.match(said.join('\n'), /^warning configmaps\/fixed: .*could not be updated: .*immutable/);
  assert.deepEqual(resources['v1/ConfigMap'], [`${ns}/fixed(failed)`, `${ns}/other(created)`]);
  assert.equal(restore.status?.phase, 'Completed');
});

test('a service account keeps what it has and is given what it lacks', async () => {
  const { client, store, type, get } = current();
  const ns = await prepared(current());
  const accounts = await type('serviceaccounts');
  await client.create(accounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'app', namespace: ns, annotations: { here: 'cluster', both: 'cluster' } },
    imagePullSecrets: [{ name: 'cluster' }],
  });
  const account: KubeObject = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'app', namespace: ns, annotations: { both: 'backup', there: 'backup' } },
    secrets: [{ name: 'app-token-bcdfg' }, { name: 'own' }],
    imagePullSecrets: [{ name: 'cluster' }, { name: 'backup' }],
  };
  const backup = await storeBackup(store, [account]);
  const { said, resources } = await restored(current(), restoreOf(backup));
  assert.deepEqual(said, []);
  assert.deepEqual(resources['v1/ServiceAccount'], [`${ns}/app(updated)`]);
  const there = await get('serviceaccounts', { namespace: ns, name: 'app' });
  assert.deepEqual(there?.['imagePullSecrets'], [{ name: 'cluster' }, { name: 'backup' }]);
  assert.deepEqual(there?.['secrets'], [{ name: 'own' }]);
  assert.deepEqual(there?.metadata.annotations, { here: 'cluster', both: 'cluster', there: 'backup' });
  const again = await restored(current(), restoreOf(backup));
  assert.deepEqual(again.resources['v1/ServiceAccount'], [`${ns}/app(skipped)`]);
});

test('what is being deleted is an error: it is about to be gone', async () => {
  const { client, store, type } = current();
  const ns = await prepared(current());
  const maps = await type('configmaps');
  const held = configMap(ns, 'held', {}, { finalizers: ['hozon.dev/hold'] });
  await client.create(maps, held);
  const key = { namespace: ns, name: 'held' };
  await client.delete(maps, key);
  const backup = await storeBackup(store, [held]);
  const { said, restore, resources } = await restored(current(), restoreOf(backup));
  assert.match(said.join('\n'), /^error configmaps\/held: it is being deleted/);
  assert.equal(restore.status?.phase, 'PartiallyFailed');
  assert.deepEqual(resources['v1/ConfigMap'], [`${ns}/held(failed)`]);
  await client.patch(maps, key, { type: 'merge', body: { metadata: { finalizers: null } } });
});

test('what a quota or a taken port would refuse is looked at before it is called refused', async () => {
  const { client, store, type } = current();
  const ns = await prepared(current());
  const services = await type('services');
  const created = await client.create(
    services,
    service(ns, 'web', { type: 'NodePort', clusterIP: undefined, clusterIPs: undefined }),
  );
  const quotas = await type('resourcequotas');
  await client.create(await type('configmaps'), configMap(ns, 'there', { a: '1' }));
  await client.create(quotas, {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'full', namespace: ns },
    spec: { hard: { configmaps: '0' } },
  });
  for await (const event of client.watch(quotas, { namespace: ns, signal: AbortSignal.timeout(180_000) })) {
    if (event.type !== 'BOOKMARK' && JSON.stringify(event.object['status'] ?? {}).includes('used')) break;
  }
  const backup = await storeBackup(store, [
    created,
    configMap(ns, 'there', { a: '1' }),
    configMap(ns, 'new'),
  ]);
  const { said, resources } = await restored(current(), restoreOf(backup, { preserveNodePorts: true }));
  assert.equal(said.length, 1, said.join('\n'));
  assert.match(said[0] ?? '', /^error configmaps\/new: not restored: .*exceeded quota/);
  assert.deepEqual(resources['v1/ConfigMap'], [`${ns}/new(failed)`, `${ns}/there(skipped)`]);
  assert.deepEqual(resources['v1/Service'], [`${ns}/web(skipped)`]);
});

test('a quota that is almost full keeps nothing back that is missing, however much is there', async () => {
  const { client, store, namespace, type } = current();
  const ns = namespace('quota');
  const names = Array.from({ length: 6 }, (_, index) => `map-${index}`);
  await client.create(await type('namespaces'), namespaceObject(ns));
  const maps = await type('configmaps');
  for (const name of names.slice(0, 5)) await client.create(maps, configMap(ns, name));
  const quotas = await type('resourcequotas');
  const [key, hard] = [{ namespace: ns, name: 'limits' }, { 'count/configmaps': '7' }]; // the CA bundle is one
  const quota: KubeObject = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: key, spec: { hard } };
  await client.create(quotas, quota);
  for await (const event of client.watch(quotas, { namespace: ns })) {
    const used = event.type === 'BOOKMARK' ? undefined : fieldsAt(event.object, 'status', 'used');
    if (used?.['count/configmaps'] === '6') break;
  }
  const backup = await storeBackup(
    store,
    names.map(name => configMap(ns, name)),
  );
  const { said, resources } = await restored(current(), restoreOf(backup));
  assert.deepEqual(said, []);
  assert.deepEqual(
    resources['v1/ConfigMap'],
    names.map(name => `${ns}/${name}(${name === 'map-5' ? 'created' : 'skipped'})`),
  );
});
