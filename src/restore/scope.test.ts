import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Restore, RestoreSpec } from '#api/velero/restore.ts';
import { type Archive, openArchive } from '#archive/contents/archive.ts';
import { createArchive } from '#archive/contents/archive-writer.ts';
import { Discovery } from '#kube/discovery.ts';
import { formatKey, groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { noteText } from './notes.ts';
import { readRequest } from './request/request.ts';
import { findScope, type Scope } from './scope.ts';

const type = (resource: string, kind: string, namespaced: boolean, group = ''): ResourceType => ({
  group,
  version: 'v1',
  resource,
  kind,
  namespaced,
  verbs: ['get', 'list'],
  shortNames: [],
  singular: '',
});

const types = {
  maps: type('configmaps', 'ConfigMap', true),
  pods: type('pods', 'Pod', true),
  claims: type('persistentvolumeclaims', 'PersistentVolumeClaim', true),
  volumes: type('persistentvolumes', 'PersistentVolume', false),
  namespaces: type('namespaces', 'Namespace', false),
  nodes: type('nodes', 'Node', false),
  priorities: type('priorityclasses', 'PriorityClass', false, 'scheduling.k8s.io'),
  widgets: type('widgets', 'Widget', true, 'example.com'),
  definitions: type('customresourcedefinitions', 'CustomResourceDefinition', false, 'apiextensions.k8s.io'),
};

const object = (
  of: ResourceType,
  name: string,
  namespace?: string,
  rest: object = {},
): [ResourceType, KubeObject] => [
  of,
  {
    apiVersion: of.group === '' ? 'v1' : `${of.group}/v1`,
    kind: of.kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: { tier: name } },
    ...rest,
  },
];

const content = [
  object(types.namespaces, 'a'),
  object(types.namespaces, 'b'),
  object(types.namespaces, 'empty'),
  object(types.maps, 'one', 'a'),
  object(types.maps, 'two', 'a'),
  object(types.maps, 'one', 'b'),
  object(types.pods, 'one', 'a', {
    spec: {
      priorityClassName: 'high',
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'unlabelled' } }, { name: 'tmp' }],
    },
  }),
  object(types.claims, 'one', 'a', { spec: { volumeName: 'vol-a' } }),
  object(types.claims, 'unlabelled', 'a', { spec: { volumeName: 'vol-c' } }),
  object(types.claims, 'two', 'b', { spec: { volumeName: 'vol-b' } }),
  object(types.volumes, 'vol-a'),
  object(types.volumes, 'vol-c'),
  object(types.volumes, 'vol-b'),
  object(types.nodes, 'node'),
  object(types.priorities, 'high'),
  object(types.priorities, 'low'),
  object(types.widgets, 'one', 'b'),
  object(types.definitions, 'widgets.example.com'),
  object(types.definitions, 'unused.example.com'),
];

async function archived(): Promise<Archive> {
  const writer = createArchive();
  const write = async (): Promise<void> => {
    for (const [of, each] of content) await writer.add(of, each);
    await writer.finish();
  };
  const [archive] = await Promise.all([openArchive(writer.bytes, { source: 'test' }), write()]);
  return archive;
}

const cluster = new Discovery([{ ...types.maps, shortNames: ['cm'], singular: 'configmap' }]);

async function scopeOf(spec: Partial<RestoreSpec>): Promise<{ scope: Scope; chosen: string[] }> {
  await using archive = await archived();
  const restore: Restore = {
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { name: 'x' },
    spec: { backupName: 'y', ...spec },
  };
  const scope = await findScope(archive, readRequest(restore), { cluster });
  const chosen: string[] = [];
  for (const each of scope.types)
    for await (const found of archive.read(each))
      if (scope.has(each, found)) chosen.push(`${groupResource(each)} ${formatKey(found.metadata)}`);
  return { scope, chosen };
}

test('everything, in the order of the restore, but for what is never restored', async () => {
  const { scope, chosen } = await scopeOf({});
  assert.equal(chosen.length, content.length - 1);
  assert.equal(scope.total, content.length - 1);
  assert.deepEqual(scope.types.map(groupResource), [
    'customresourcedefinitions.apiextensions.k8s.io',
    'namespaces',
    'persistentvolumes',
    'persistentvolumeclaims',
    'configmaps',
    'priorityclasses.scheduling.k8s.io',
    'pods',
    'widgets.example.com',
  ]);
  assert.deepEqual([...scope.namespaces].sort(), ['a', 'b', 'empty']);
});

test('one namespace brings what its objects need, and no more', async () => {
  assert.deepEqual((await scopeOf({ includedNamespaces: ['a'] })).chosen, [
    'namespaces a',
    'persistentvolumes vol-a',
    'persistentvolumes vol-c',
    'persistentvolumeclaims a/one',
    'persistentvolumeclaims a/unlabelled',
    'configmaps a/one',
    'configmaps a/two',
    'priorityclasses.scheduling.k8s.io high',
    'pods a/one',
  ]);
  const other = await scopeOf({ excludedNamespaces: ['a', 'empty'] });
  assert.deepEqual(other.chosen, [
    'customresourcedefinitions.apiextensions.k8s.io widgets.example.com',
    'namespaces b',
    'persistentvolumes vol-b',
    'persistentvolumeclaims b/two',
    'configmaps b/one',
    'widgets.example.com b/one',
  ]);
  const none = await scopeOf({ includedNamespaces: ['a'], includeClusterResources: false });
  assert.ok(!none.chosen.some(each => /^(persistentvolumes|priority)/.test(each)), none.chosen.join());
});

test('a pod brings its claims whatever their labels, unless they are not asked for', async () => {
  const labelSelector = { matchLabels: { tier: 'one' } };
  const claims = async (spec: Partial<RestoreSpec>) =>
    (await scopeOf({ labelSelector, ...spec })).chosen.filter(each => each.startsWith('persistent'));
  assert.deepEqual(await claims({ includeClusterResources: false }), [
    'persistentvolumeclaims a/one',
    'persistentvolumeclaims a/unlabelled',
  ]);
  assert.deepEqual(await claims({ excludedResources: ['persistentvolumeclaims'] }), []);
  assert.deepEqual(await claims({ excludedNamespaces: ['a'] }), []);
});

test('labels choose objects; what those need comes without them', async () => {
  const { scope, chosen } = await scopeOf({ labelSelector: { matchLabels: { tier: 'one' } } });
  assert.deepEqual(chosen, [
    'customresourcedefinitions.apiextensions.k8s.io widgets.example.com',
    'persistentvolumes vol-a',
    'persistentvolumes vol-c',
    'persistentvolumeclaims a/one',
    'persistentvolumeclaims a/unlabelled',
    'configmaps a/one',
    'configmaps b/one',
    'priorityclasses.scheduling.k8s.io high',
    'pods a/one',
    'widgets.example.com b/one',
  ]);
  assert.equal(scope.total, content.length - 1);
});

test('types are named as people name them, and exclusion is last', async () => {
  const chosen = async (spec: Partial<RestoreSpec>) => (await scopeOf(spec)).chosen;
  for (const name of ['cm', 'ConfigMap', 'configmaps', 'conf*'])
    assert.deepEqual(await chosen({ includedResources: [name] }), [
      'configmaps a/one',
      'configmaps a/two',
      'configmaps b/one',
    ]);
  assert.deepEqual(await chosen({ includedResources: ['*.example.com'] }), ['widgets.example.com b/one']);
  const rest = await chosen({ excludedResources: ['cm', 'Widget', 'po'] });
  assert.ok(!rest.some(each => /^(configmaps|widgets)/.test(each)), rest.join());
});

test('names that the backup does not have are told', async () => {
  const { scope } = await scopeOf({
    includedNamespaces: ['a', 'zz', 'q*'],
    includedResources: ['configmaps', 'gadgets'],
    namespaceMapping: { nobody: 'x', a: 'y' },
  });
  assert.deepEqual(
    scope.notes.map(each => noteText(each).en().split(',')[0]),
    ['includedNamespaces names zz', 'includedResources names gadgets', 'namespaceMapping names nobody'],
  );
});
