import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRestore, readRestoreLog, readRestoreResults } from '#archive/stored/restores.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { ProgressEvent } from '#foundation/progress.ts';
import { configMap, namespaceObject, pod } from './objects.ts';
import { restored, restoreOf, scene, storeBackup } from './scene.ts';

const current = scene();

test('a namespace and what is in it come back, and the record says so', async () => {
  const { store, namespace, get } = current();
  const ns = namespace();
  const backup = await storeBackup(store, [
    namespaceObject(ns, { team: 'web' }),
    configMap(ns, 'settings', { color: 'blue' }, { uid: 'old', resourceVersion: '1', selfLink: '/x' }),
  ]);
  const wanted = restoreOf(backup);
  const events: ProgressEvent[] = [];
  const progress = (event: ProgressEvent): void => void events.push(event);
  const { restore, resources, said } = await restored(current(), wanted, { progress });
  assert.deepEqual(said, []);
  assert.equal(restore.status?.phase, 'Completed');
  assert.deepEqual(restore.status?.progress, { totalItems: 2, itemsRestored: 2 });
  assert.deepEqual(resources, {
    'v1/ConfigMap': [`${ns}/settings(created)`],
    'v1/Namespace': [`${ns}(created)`],
  });
  const there = await get('configmaps', { namespace: ns, name: 'settings' });
  assert.deepEqual(there?.['data'], { color: 'blue' });
  assert.deepEqual(there?.metadata.labels, {
    'velero.io/backup-name': backup,
    'velero.io/restore-name': wanted.metadata.name,
  });
  const made = await get('namespaces', { name: ns });
  assert.equal(made?.metadata.labels?.['team'], 'web');
  assert.equal(made?.metadata.labels?.['velero.io/restore-name'], wanted.metadata.name);
  assert.deepEqual(await readRestore(store, wanted.metadata.name), restore);
  assert.deepEqual(await readRestoreResults(store, wanted.metadata.name), { warnings: {}, errors: {} });
  assert.match(
    await logOf(wanted.metadata.name),
    new RegExp(`created.*resource=configmaps.*namespace=${ns}`),
  );
  assert.deepEqual([...new Set(events.map(({ phase }) => phase))], ['read', 'apply']);
  const { phase, done, total } = events.at(-1) ?? {};
  assert.deepEqual({ phase, done, total }, { phase: 'apply', done: 2, total: 2 });

  const again = await restored(current(), restoreOf(backup));
  assert.deepEqual(again.said, []);
  assert.deepEqual(again.resources, {
    'v1/ConfigMap': [`${ns}/settings(skipped)`],
    'v1/Namespace': [`${ns}(skipped)`],
  });
});

async function logOf(name: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readRestoreLog(current().store, name)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('what is asked for wrongly is refused as a whole, before anything is touched', async () => {
  const { store, namespace, get } = current();
  const ns = namespace();
  const backup = await storeBackup(store, [configMap(ns, 'settings'), configMap(`${ns}-b`, 'settings')]);
  const refused = (spec: object, named: RegExp) =>
    assert.rejects(restored(current(), restoreOf(backup, spec)), thrown => {
      assert.ok(isHozonError(thrown, 'restore.invalid'), String(thrown));
      assert.match(thrown.message, named);
      return true;
    });
  await refused({ includedResources: ['nodes'], excludedNamespaces: ['*'] }, /excludedNamespaces.*nodes/);
  await refused({ scheduleName: 'nightly' }, /scheduleName/);
  await refused({ namespaceMapping: { [`${ns}-b`]: ns } }, new RegExp(`both be restored into ${ns}`));
  assert.equal(await get('namespaces', { name: ns }), undefined);
  await assert.rejects(restored(current(), restoreOf('none-such')), thrown =>
    isHozonError(thrown, 'archive.backup-not-found'),
  );
  const failed = await storeBackup(store, [configMap(ns, 'settings')], { phase: 'Failed' });
  await assert.rejects(restored(current(), restoreOf(failed)), thrown =>
    isHozonError(thrown, 'restore.backup-not-whole'),
  );
  const twice = restoreOf(backup, { includedNamespaces: ['none-such'] });
  await restored(current(), twice);
  await assert.rejects(restored(current(), twice), thrown => isHozonError(thrown, 'archive.restore-exists'));
  assert.equal(await get('namespaces', { name: ns }), undefined);
});

test('only what is asked for comes back, and names that the backup does not know are told', async () => {
  const { store, namespace } = current();
  const [a, b, c] = [namespace('sel-a'), namespace('sel-b'), namespace('other')];
  const backup = await storeBackup(
    store,
    [a, b, c].flatMap(ns => [
      configMap(ns, 'one', {}, { labels: { tier: 'web' } }),
      configMap(ns, 'two', {}, { labels: { tier: 'db' } }),
      pod(ns, 'pod', { labels: { tier: 'web' } }),
    ]),
  );
  const chosen = await restored(
    current(),
    restoreOf(backup, {
      includedNamespaces: ['sel-*', 'absent'],
      excludedNamespaces: [b],
      includedResources: ['cm', 'Widget'],
      labelSelector: { matchLabels: { tier: 'web' } },
      namespaceMapping: { nowhere: 'somewhere' },
    }),
  );
  assert.deepEqual(chosen.resources, {
    'v1/ConfigMap': [`${a}/one(created)`],
    'v1/Namespace': [`${a}(created)`],
  });
  assert.deepEqual(chosen.said, [
    'warning : includedNamespaces names absent, which the backup does not hold',
    'warning : includedResources names Widget, which the backup does not hold',
    'warning : namespaceMapping names nowhere, which the backup does not hold',
  ]);
  assert.equal(chosen.restore.status?.phase, 'Completed');
  assert.equal(chosen.restore.status?.warnings, 3);
  const rest = await restored(
    current(),
    restoreOf(backup, {
      includedNamespaces: [b],
      excludedResources: ['pods'],
      orLabelSelectors: [
        { matchLabels: { tier: 'db' } },
        { matchExpressions: [{ key: 'none', operator: 'Exists' }] },
      ],
    }),
  );
  assert.deepEqual(rest.resources['v1/ConfigMap'], [`${b}/two(created)`]);
  const nothing = await restored(current(), restoreOf(backup, { includedNamespaces: ['sel-none-*'] }));
  assert.match(nothing.said.join('\n'), /nothing was restored/);
  assert.deepEqual(nothing.resources, {});
});
