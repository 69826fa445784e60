import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProgressEvent } from '#foundation/progress.ts';
import type { KubeObject } from '#kube/objects.ts';
import { uniqueName } from '#testbed/shared.ts';
import { configMap, definition, namespaceObject, pod } from './objects.ts';
import { restored, restoreOf, scene, storeBackup } from './scene.ts';

const current = scene();

/** A group that no other test has. */
const groupOf = (): string => `${uniqueName('g')}.hozon.dev`;

const thing = (group: string, namespace: string, name: string, version = 'v1'): KubeObject => ({
  apiVersion: `${group}/${version}`,
  kind: 'Thing',
  metadata: { name, namespace },
  spec: { size: 3 },
});

test('a definition and its objects come back together, needed ones also where only a namespace is asked for', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('crd');
  const [group, unused] = [groupOf(), groupOf()];
  const backup = await storeBackup(store, [
    thing(group, ns, 'a'),
    definition('things', 'Thing', group),
    definition('things', 'Thing', unused),
    thing(unused, 'elsewhere', 'b'),
  ]);
  const events: ProgressEvent[] = [];
  const wanted = restoreOf(backup, { includedNamespaces: [ns] });
  const { said, resources } = await restored(current(), wanted, {
    progress: event => void events.push(event),
  });
  assert.deepEqual(said, []);
  assert.deepEqual(resources, {
    'apiextensions.k8s.io/v1/CustomResourceDefinition': [`things.${group}(created)`],
    [`${group}/v1/Thing`]: [`${ns}/a(created)`],
    'v1/Namespace': [`${ns}(created)`],
  });
  assert.deepEqual((await get(`things.${group}`, { namespace: ns, name: 'a' }))?.['spec'], { size: 3 });
  assert.ok(events.some(({ phase, done, total }) => phase === 'wait' && done === 1 && total === 1));
  const again = await restored(current(), restoreOf(backup, { includedNamespaces: [ns] }));
  assert.deepEqual(again.said, []);
  assert.deepEqual(again.resources['apiextensions.k8s.io/v1/CustomResourceDefinition'], [
    `things.${group}(skipped)`,
  ]);
});

test('a type that the cluster does not serve is told once; another version of it will do', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('types');
  const [unserved, group] = [groupOf(), groupOf()];
  const backup = await storeBackup(store, [
    thing(unserved, ns, 'a'),
    thing(unserved, ns, 'b'),
    definition('things', 'Thing', group),
    thing(group, ns, 'old', 'v1alpha1'),
  ]);
  const { said, resources, restore } = await restored(current(), restoreOf(backup));
  assert.deepEqual(
    said.toSorted(),
    [
      `warning things.${unserved}: the cluster does not serve things.${unserved}: 2 objects were not restored; install its CustomResourceDefinition or operator and restore again`,
      `warning things.${group}: things.${group}: the backup holds ${group}/v1alpha1, which the cluster does not serve; ${group}/v1 is used, and fields that it does not know are lost`,
    ].toSorted(),
  );
  assert.equal(restore.status?.phase, 'Completed');
  assert.deepEqual(resources[`${unserved}/v1/Thing`], [`${ns}/a(failed)`, `${ns}/b(failed)`]);
  assert.deepEqual(resources[`${group}/v1/Thing`], [`${ns}/old(created)`]);
  assert.equal((await get(`things.${group}`, { namespace: ns, name: 'old' }))?.apiVersion, `${group}/v1`);
});

test('a type that is in namespaces here and was not there is another one', async () => {
  const { store, namespace } = current();
  const ns = namespace('types');
  const misplaced: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'stray' } };
  const backup = await storeBackup(store, [misplaced, namespaceObject(ns)]);
  const { said, resources } = await restored(current(), restoreOf(backup));
  assert.match(said.join('\n'), /^warning configmaps: the cluster does not serve configmaps: 1 object /);
  assert.deepEqual(resources['v1/ConfigMap'], ['stray(failed)']);
});

test('a definition whose names are taken is told, and the rest goes on', async () => {
  const { store, namespace, cleanLater } = current();
  const ns = namespace('crd');
  const group = groupOf();
  cleanLater('customresourcedefinitions.apiextensions.k8s.io', `others.${group}`); // never served to anybody
  const first = await storeBackup(store, [definition('things', 'Thing', group)]);
  await restored(current(), restoreOf(first));
  const clash = definition('others', 'Thing', group);
  const backup = await storeBackup(store, [clash, configMap(ns, 'settings')]);
  const { said, resources, restore } = await restored(current(), restoreOf(backup));
  assert.equal(said.length, 1, said.join('\n'));
  assert.match(said[0] ?? '', /^error customresourcedefinitions.*is not served: .*already in use/);
  assert.equal(restore.status?.phase, 'PartiallyFailed');
  assert.deepEqual(resources['v1/ConfigMap'], [`${ns}/settings(created)`]);
});

test('quotas come last, so that they do not refuse what they were full of', async () => {
  const { store, namespace } = current();
  const ns = namespace('quota');
  const quota: KubeObject = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'full', namespace: ns },
    spec: { hard: { configmaps: '3', 'count/widgets.example.com': '0' } },
    status: { hard: {}, used: {} },
  };
  const maps = ['a', 'b', 'c', 'd', 'e'].map(name => configMap(ns, name));
  const backup = await storeBackup(store, [quota, ...maps]);
  const { said, resources } = await restored(current(), restoreOf(backup));
  assert.deepEqual(said, []);
  assert.equal(resources['v1/ConfigMap']?.length, 5);
  assert.deepEqual(resources['v1/ResourceQuota'], [`${ns}/full(created)`]);
});

test('webhooks of a backup do not refuse what is restored with them', async () => {
  const { store, namespace, get, cleanLater } = current();
  const ns = namespace('hook');
  const name = uniqueName('hook');
  cleanLater('validatingwebhookconfigurations.admissionregistration.k8s.io', name);
  const webhook: KubeObject = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: 'refuses.hozon.dev',
        admissionReviewVersions: ['v1'],
        sideEffects: 'Unknown',
        failurePolicy: 'Fail',
        clientConfig: { service: { name: 'hook', namespace: ns, path: '/', port: 443 } },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ns } },
        rules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE'],
            resources: ['configmaps'],
            scope: 'Namespaced',
          },
        ],
      },
    ],
  };
  const backup = await storeBackup(store, [webhook, namespaceObject(ns), configMap(ns, 'settings')]);
  const first = await restored(current(), restoreOf(backup));
  assert.deepEqual(first.said, []);
  const config = await get('validatingwebhookconfigurations.admissionregistration.k8s.io', { name });
  assert.match(JSON.stringify(config), /"sideEffects":"None"/);
  await untilRefused(configMap(ns, 'probe'));
  const late = await storeBackup(store, [configMap(ns, 'late'), configMap('default', name)]);
  const refused = await restored(current(), restoreOf(late, { excludedNamespaces: ['default'] }));
  assert.match(refused.said.join('\n'), /^error configmaps\/late: not restored: .*refuses\.hozon\.dev/);
  assert.equal(refused.restore.status?.phase, 'PartiallyFailed');
});

/** Of a new webhook the API server learns a moment later. */
async function untilRefused(probe: KubeObject): Promise<void> {
  const { client, type } = current();
  const maps = await type('configmaps');
  const deadline = AbortSignal.timeout(180_000);
  const created = () => client.create(maps, probe, { dryRun: true });
  while ((await created().catch(() => undefined)) !== undefined) deadline.throwIfAborted();
}

test('of cluster-scoped objects, all, none or the needed ones come back', async () => {
  const { store, namespace, get, cleanLater } = current();
  const ns = namespace('scope');
  const [used, unused] = [uniqueName('used'), uniqueName('unused')];
  const priority = (name: string): KubeObject => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value: 7,
    preemptionPolicy: 'PreemptLowerPriority',
  });
  for (const name of [used, unused]) cleanLater('priorityclasses.scheduling.k8s.io', name);
  const important = pod(ns, 'important');
  Object.assign(important['spec'] as object, { priorityClassName: used, priority: 7 });
  const backup = await storeBackup(store, [priority(used), priority(unused), important]);
  const resource = 'priorityclasses.scheduling.k8s.io';
  const none = await restored(current(), restoreOf(backup, { includeClusterResources: false }));
  assert.match(none.said.join('\n'), /^error pods\/important: .*no PriorityClass/i);
  const needed = await restored(current(), restoreOf(backup, { includedNamespaces: [ns] }));
  assert.deepEqual(needed.said, []);
  assert.ok(await get(resource, { name: used }));
  assert.equal(await get(resource, { name: unused }), undefined);
  const all = await restored(
    current(),
    restoreOf(backup, { includedNamespaces: [ns], includeClusterResources: true }),
  );
  assert.deepEqual(all.resources['scheduling.k8s.io/v1/PriorityClass'], [
    `${unused}(created)`,
    `${used}(skipped)`,
  ]);
});
