import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBackup, readBackup } from '#archive/stored/backups.ts';
import { compareBackups, compareWithLive } from '#backup/diff/compare.ts';
import type { DifferenceRequest } from '#backup/diff/request.ts';
import { isHozonError } from '#foundation/errors.ts';
import { formatPath } from '#kube/diff/changes.ts';
import type { Difference } from '#kube/diff/differences.ts';
import { withMappedNamespaces } from '#restore/transform/namespaces.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { backupSetting, configMap, directoryStore, runBackup, secret } from './setting.ts';

const current = backupSetting('light');

const everything: DifferenceRequest = {
  name: 'test',
  filters: {},
  mapping: new Map(),
  mapped: withMappedNamespaces,
  status: false,
};

/** `~ configmaps shop/settings data.text`, of what tests made. */
async function told(found: AsyncIterable<Difference>): Promise<string[]> {
  const signs = { added: '+', removed: '-', changed: '~' } as const;
  const all = await Array.fromAsync(found);
  return all
    .filter(({ name }) => !name.startsWith('kube-root-ca') && name !== 'default')
    .map(({ change, resource, namespace, name, fields }) =>
      [
        signs[change],
        resource,
        [namespace, name].filter(Boolean).join('/'),
        ...fields.map(f => formatPath(f.path)),
      ].join(' '),
    );
}

/** A backup of the namespaces, opened by the callback. */
async function backedUp(store: ObjectStore, namespaces: string[]): Promise<string> {
  const { client } = current();
  return (await runBackup({ includedNamespaces: namespaces }, { api: client, store })).name;
}

test('two backups and the cluster differ in what was done between them', async () => {
  const { client, create, place, type } = current();
  await using location = await directoryStore();
  const { store } = location;
  const ns = await place('diff');
  const other = await place('diff-other');
  await create('configmaps', configMap(ns, 'kept', { data: { x: '1' } }));
  await create('configmaps', configMap(ns, 'edited', { data: { x: '1' } }));
  await create('configmaps', configMap(ns, 'gone'));
  await create('secrets', secret(ns, 'password'));
  await create('configmaps', configMap(other, 'elsewhere'));
  const before = await backedUp(store, [ns]);

  await client.patch(
    await type('configmaps'),
    { namespace: ns, name: 'edited' },
    {
      type: 'merge',
      body: { data: { x: '2', y: '3' } },
    },
  );
  await client.patch(
    await type('secrets'),
    { namespace: ns, name: 'password' },
    {
      type: 'merge',
      body: { stringData: { password: 'correct horse' } },
    },
  );
  await client.delete(await type('configmaps'), { namespace: ns, name: 'gone' });
  await create('configmaps', configMap(ns, 'new'));
  const after = await backedUp(store, [ns, other]);

  const expected = [
    `~ configmaps ${ns}/edited data.x data.y`,
    `+ configmaps ${ns}/new`,
    `- configmaps ${ns}/gone`,
    `~ secrets ${ns}/password data.password`,
  ];
  await using a = await openBackup(store, before);
  await using b = await openBackup(store, after);
  const filters = { includedNamespaces: [ns] };
  assert.deepEqual(await told(compareBackups(a, b, { ...everything, filters })), expected);
  const elsewhere = await told(compareBackups(a, b, everything));
  assert.ok(
    elsewhere.includes(`+ namespaces ${other}`) && elsewhere.includes(`+ configmaps ${other}/elsewhere`),
  );
  const live = { backup: await readBackup(store, before), archive: a };
  assert.deepEqual(
    await told(compareWithLive(live, everything, { api: client, veleroNamespace: 'velero' })),
    expected,
  );
  const found = await Array.fromAsync(
    compareWithLive(live, everything, { api: client, veleroNamespace: 'velero' }),
  );
  assert.ok(!JSON.stringify(found).includes(Buffer.from('correct horse').toString('base64')));
  const labelled = { ...everything, filters: { labelSelector: { matchLabels: { app: 'none' } } } };
  assert.deepEqual(
    await told(compareWithLive(live, labelled, { api: client, veleroNamespace: 'velero' })),
    [],
  );
  const wrong = { ...everything, filters: { includedResources: ['none-such'] } };
  await assert.rejects(told(compareBackups(a, b, wrong)), thrown => isHozonError(thrown, 'backup.invalid'));
});

test('a copy under another name is the same, and what it lacks is told under its name', async () => {
  const { client, create, place } = current();
  await using location = await directoryStore();
  const { store } = location;
  const [ns, copy] = [await place('diff-a'), await place('diff-b')];
  await create('configmaps', configMap(ns, 'both', { data: { namespace: 'stays text' } }));
  await create('configmaps', configMap(copy, 'both', { data: { namespace: 'stays text' } }));
  await create('configmaps', configMap(ns, 'one'));
  await using archive = await openBackup(store, await backedUp(store, [ns]));
  const live = { backup: await readBackup(store, archive.source), archive };
  const request = { ...everything, mapping: new Map([[ns, copy]]) };
  assert.deepEqual(await told(compareWithLive(live, request, { api: client, veleroNamespace: 'velero' })), [
    `- configmaps ${copy}/one`,
  ]);
});

test('the resource policy of the backup decides about the cluster’s objects too, while it is there', async () => {
  const { client, create, place, type } = current();
  await using location = await directoryStore();
  const { store } = location;
  const ns = await place('diff');
  const policy = `version: v1
includeExcludePolicy:
  excludedNamespaceScopedResources: [secrets]
namespacedFilterPolicies:
- namespaces: [${ns}]
  resourceFilters:
  - kinds: [ConfigMap]
    labelSelector: { matchLabels: { keep: "yes" } }
`;
  await create('configmaps', configMap(ns, 'policy', { data: { policy } }));
  const kept = { metadata: { name: '', labels: { keep: 'yes' } } };
  await create('configmaps', configMap(ns, 'kept', kept));
  const options = { api: client, store, veleroNamespace: ns };
  const spec = { includedNamespaces: [ns], resourcePolicy: { kind: 'configmap', name: 'policy' } };
  const { name } = await runBackup(spec, options);
  await create('configmaps', configMap(ns, 'kept-too', kept));
  await create('configmaps', configMap(ns, 'other'));
  await create('secrets', secret(ns, 'password'));
  await using archive = await openBackup(store, name);
  const live = { backup: await readBackup(store, name), archive };
  assert.deepEqual(await told(compareWithLive(live, everything, options)), [`+ configmaps ${ns}/kept-too`]);

  await client.delete(await type('configmaps'), { namespace: ns, name: 'policy' });
  const unread: string[] = [];
  const found = compareWithLive(live, everything, {
    ...options,
    onUnreadPolicy: why => unread.push(...why.map(each => each.en())),
  });
  assert.ok((await told(found)).includes(`+ configmaps ${ns}/other`));
  assert.match(unread.join(), new RegExp(`ConfigMap ${ns}/policy`));
});
