import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRestore, readRestoreResourceList } from '#archive/stored/restores.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { ProgressEvent } from '#foundation/progress.ts';
import { connect } from '#kube/client/client.ts';
import { tooManyRequests } from '#testbed/faults/rules.ts';
import { startApiServerFaults } from '#testbed/faults/targets.ts';
import { configMap, namespaceObject, pod } from './objects.ts';
import { restored, restoreOf, scene, storeBackup } from './scene.ts';

const current = scene();

const many = (namespace: string, count: number) =>
  Array.from({ length: count }, (_, index) => configMap(namespace, `map-${index}`));

test('a namespace that is being deleted is waited for', async () => {
  const { client, store, namespace, type, get } = current();
  const ns = namespace('gone');
  const namespaces = await type('namespaces');
  const maps = await type('configmaps');
  await client.create(namespaces, namespaceObject(ns, { age: 'old' }));
  await client.create(maps, configMap(ns, 'holds', {}, { finalizers: ['hozon.dev/hold'] }));
  await client.delete(namespaces, { name: ns });
  const backup = await storeBackup(store, [namespaceObject(ns, { age: 'new' }), configMap(ns, 'settings')]);
  const waiting = Promise.withResolvers<void>();
  const progress = (event: ProgressEvent): void => {
    if (event.phase === 'wait') waiting.resolve();
  };
  const restoring = restored(current(), restoreOf(backup), { progress });
  await waiting.promise;
  const release = { metadata: { finalizers: null } };
  await client.patch(maps, { namespace: ns, name: 'holds' }, { type: 'merge', body: release });
  const { said } = await restoring;
  assert.deepEqual(said, []);
  assert.equal((await get('namespaces', { name: ns }))?.metadata.labels?.['age'], 'new');
  assert.ok(await get('configmaps', { namespace: ns, name: 'settings' }));
});

test('an abort ends the record as Failed, with what was created until then', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('abort');
  const backup = await storeBackup(store, many(ns, 200));
  const controller = new AbortController();
  const wanted = restoreOf(backup);
  const progress = ({ phase, done }: ProgressEvent): void => {
    if (phase === 'apply' && done === 30) controller.abort(new Error('enough'));
  };
  const restoring = restored(current(), wanted, { progress, signal: controller.signal });
  await assert.rejects(restoring, { message: 'enough' });
  const record = await readRestore(store, wanted.metadata.name);
  assert.equal(record.status?.phase, 'Failed');
  assert.equal(record.status?.failureReason, 'enough');
  const list = (await readRestoreResourceList(store, wanted.metadata.name))?.['v1/ConfigMap'] ?? [];
  const made = list.filter(entry => entry.endsWith('(created)'));
  assert.ok(made.length >= 29 && made.length < 200, String(made.length));
  for (const entry of made) {
    const name = entry.slice(ns.length + 1, -'(created)'.length);
    const there = await get('configmaps', { namespace: ns, name });
    assert.equal(there?.metadata.labels?.['velero.io/restore-name'], wanted.metadata.name);
  }
  const again = await restored(current(), restoreOf(backup));
  assert.deepEqual(again.said, []);
  assert.equal(again.resources['v1/ConfigMap']?.length, 200);
});

test('a busy, failing and forgetful API server is survived', async () => {
  const { cluster, store, namespace, client } = current();
  const ns = namespace('faults');
  const backup = await storeBackup(store, [namespaceObject(ns), ...many(ns, 120)]);
  const path = new RegExp(`/namespaces/${ns}/configmaps`);
  const { proxy, kubeconfig } = await startApiServerFaults(cluster, {
    rules: [
      { name: 'busy', method: 'POST', path, nth: 5, times: 5, fault: tooManyRequests(1) },
      { name: 'lost', method: 'POST', path, nth: 20, times: 3, fault: { kind: 'cut', at: 'answer' } },
      { name: 'conflict', method: 'POST', path, nth: 60, times: 4, fault: { kind: 'status', status: 409 } },
      { name: 'failing', method: 'POST', path, nth: 40, times: 3, fault: { kind: 'status', status: 503 } },
    ],
    seed: 7,
  });
  await using _proxy = proxy;
  await using faulty = await connect({ kubeconfig });
  const { said, resources } = await restored({ client: faulty, store }, restoreOf(backup));
  for (const name of ['busy', 'lost', 'conflict', 'failing']) assert.ok(proxy.count(name).fired > 0, name);
  assert.deepEqual(said, []);
  assert.equal(resources['v1/ConfigMap']?.length, 120);
  const there: string[] = [];
  const { type } = current();
  for await (const { metadata } of client.list(await type('configmaps'), { namespace: ns }))
    there.push(metadata.name);
  assert.equal(there.filter(name => name.startsWith('map-')).length, 120);
});

test('a server that goes away for good ends the restore, and the record says so', async () => {
  const { cluster, store, namespace } = current();
  const ns = namespace('away');
  const backup = await storeBackup(store, many(ns, 60));
  const path = new RegExp(`/namespaces/${ns}/configmaps`);
  const { proxy, kubeconfig } = await startApiServerFaults(cluster, {
    rules: [
      {
        name: 'unauthorized',
        method: 'POST',
        path,
        nth: 30,
        times: 1000,
        fault: { kind: 'status', status: 401 },
      },
    ],
  });
  await using _proxy = proxy;
  await using faulty = await connect({ kubeconfig });
  const wanted = restoreOf(backup);
  await assert.rejects(restored({ client: faulty, store }, wanted), thrown =>
    isHozonError(thrown, 'kube.unauthorized'),
  );
  const record = await readRestore(store, wanted.metadata.name);
  assert.equal(record.status?.phase, 'Failed');
  assert.match(record.status?.failureReason ?? '', /credentials/);
  assert.ok((record.status?.progress?.itemsRestored ?? 0) >= 29);
});

test('pods of a new namespace wait for its default account', async () => {
  const { store, namespace } = current();
  const namespaces = Array.from({ length: 5 }, () => namespace('account'));
  const backup = await storeBackup(
    store,
    namespaces.map(ns => pod(ns, 'first')),
  );
  const { said, resources } = await restored(current(), restoreOf(backup));
  assert.deepEqual(said, []);
  assert.equal(resources['v1/Pod']?.filter(entry => entry.endsWith('(created)')).length, 5);
});

test('what the server refuses of one object does not keep the others back', async () => {
  const { store, namespace } = current();
  const ns = namespace('bad');
  const broken = { ...configMap(ns, 'broken'), data: { 'not a key!': 'x' } };
  const backup = await storeBackup(store, [broken, configMap(ns, 'fine')]);
  const { said, resources, restore } = await restored(current(), restoreOf(backup));
  assert.match(said.join('\n'), /^error configmaps\/broken: not restored: .*not a key/);
  assert.equal(restore.status?.phase, 'PartiallyFailed');
  assert.equal(restore.status?.errors, 1);
  assert.deepEqual(resources['v1/ConfigMap'], [`${ns}/broken(failed)`, `${ns}/fine(created)`]);
});

test('a namespace that cannot be made fails what is in it, and nothing else', async () => {
  const { store, namespace, client, cluster } = current();
  const [bad, good] = [namespace('refused'), namespace('allowed')];
  const backup = await storeBackup(store, [configMap(bad, 'a'), configMap(good, 'b')]);
  const { proxy, kubeconfig } = await startApiServerFaults(cluster, {
    rules: [
      {
        name: 'no',
        method: 'GET',
        path: `/api/v1/namespaces/${bad}`,
        times: 1000,
        fault: { kind: 'status', status: 403 },
      },
    ],
  });
  await using _proxy = proxy;
  await using faulty = await connect({ kubeconfig });
  const { said, resources } = await restored({ client: faulty, store }, restoreOf(backup));
  assert.equal(said.length, 1, said.join('\n'));
  assert.match(said[0] ?? '', /^error namespaces\/refused-.* could not be made/);
  assert.deepEqual(resources['v1/ConfigMap'], [`${bad}/a(failed)`, `${good}/b(created)`].sort());
  assert.ok(client);
});

/** What an API server's admission says of a pod. */
const forbidding = (reason: string) => {
  const message = `pods "urgent" is forbidden: ${reason}`;
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'Forbidden',
    code: 403,
    message,
  };
  return { kind: 'status', status: 403, reason: 'Forbidden', body: JSON.stringify(status) } as const;
};

const unheardOf = (name: string) => forbidding(`no PriorityClass with name ${name} was found`);

/** A refusal that lasts, and speaks of priority classes, too. */
const overQuota = 'insufficient quota to match these scopes: [{PriorityClass In [high]}]';

const urgentPod = (namespace: string, priorityClassName: string) => {
  const plain = pod(namespace, 'urgent');
  return { ...plain, spec: { ...(plain['spec'] as object), priorityClassName } };
};

/** Restores a pod whose priority class is there, through a server that refuses it so many times. */
async function restoredUrgent(
  prefix: string,
  times: number,
  faultFor: (name: string) => ReturnType<typeof forbidding>,
) {
  const { cluster, store, namespace, client, type } = current();
  const ns = namespace(prefix);
  const classes = await type('priorityclasses.scheduling.k8s.io');
  const metadata = { name: ns };
  await client.create(classes, {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata,
    value: 7,
  });
  const backup = await storeBackup(store, [urgentPod(ns, ns)]);
  const path = `/namespaces/${ns}/pods`;
  const { proxy, kubeconfig } = await startApiServerFaults(cluster, {
    rules: [{ name: 'refused', method: 'POST', path, times, fault: faultFor(ns) }],
  });
  await using _proxy = proxy;
  await using faulty = await connect({ kubeconfig });
  const { said, resources } = await restored({ client: faulty, store }, restoreOf(backup));
  await client.delete(classes, metadata);
  return { ns, said, pods: resources['v1/Pod'], refused: proxy.count('refused').fired };
}

test('a pod waits for a server that has not heard of its priority class', async () => {
  const { ns, said, pods, refused } = await restoredUrgent('priority', 2, unheardOf);
  assert.deepEqual(said, []);
  assert.equal(refused, 2);
  assert.deepEqual(pods, [`${ns}/urgent(created)`]);
});

test('a pod whose priority class is not there is refused at once', async () => {
  const { cluster, store, namespace } = current();
  const ns = namespace('no-priority');
  const backup = await storeBackup(store, [urgentPod(ns, ns)]);
  const path = `/namespaces/${ns}/pods`;
  const { proxy, kubeconfig } = await startApiServerFaults(cluster, {
    rules: [{ name: 'asked', method: 'POST', path, nth: 1000, fault: unheardOf(ns) }],
  });
  await using _proxy = proxy;
  await using faulty = await connect({ kubeconfig });
  const { said } = await restored({ client: faulty, store }, restoreOf(backup));
  assert.match(said.join('\n'), /^error pods\/urgent: not restored: .*no PriorityClass with name/);
  assert.equal(proxy.count('asked').matched, 1);
});

test('a pod that a quota of a priority class refuses is refused at once, though the class is there', async () => {
  const { said, refused } = await restoredUrgent('scoped', 9, () => forbidding(overQuota));
  assert.match(said.join('\n'), /^error pods\/urgent: not restored: .*insufficient quota/);
  assert.equal(refused, 1);
});
