import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestoreSpec } from '#api/velero/restore.ts';
import { Discovery } from '#kube/discovery.ts';
import {
  formatKey,
  groupResource,
  type KubeObject,
  type ObjectMeta,
  parseApiVersion,
  type ResourceType,
} from '#kube/objects.ts';
import type { ResourceReader, UnreadValue } from '#kube/resource-reader.ts';
import { objectsFrom } from './from-reader.ts';
import { readRequest } from './request/request.ts';

function typeOf(resource: string, kind: string, namespaced: boolean, apiVersion = 'v1'): ResourceType {
  const verbs = ['get', 'list'];
  return { ...parseApiVersion(apiVersion), resource, kind, namespaced, verbs, shortNames: [], singular: '' };
}

const types = {
  namespaces: typeOf('namespaces', 'Namespace', false),
  volumes: typeOf('persistentvolumes', 'PersistentVolume', false),
  definitions: typeOf(
    'customresourcedefinitions',
    'CustomResourceDefinition',
    false,
    'apiextensions.k8s.io/v1',
  ),
  roles: typeOf('clusterroles', 'ClusterRole', false, 'rbac.authorization.k8s.io/v1'),
  maps: typeOf('configmaps', 'ConfigMap', true),
  claims: typeOf('persistentvolumeclaims', 'PersistentVolumeClaim', true),
  widgets: typeOf('widgets', 'Widget', true, 'estate.example.com/v1'),
};

function object(
  type: ResourceType,
  place: string,
  more: Partial<ObjectMeta> = {},
  body: object = {},
): KubeObject {
  const [name = '', namespace] = place.split('/').reverse();
  const metadata = { ...more, name, ...(namespace === undefined ? {} : { namespace }) };
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`;
  return { apiVersion, kind: type.kind, metadata, ...body };
}

const labelled = { labels: { app: 'web' } };
const stored: readonly (readonly [ResourceType, KubeObject])[] = [
  ...['shop', 'blog', 'idle'].map(name => [types.namespaces, object(types.namespaces, name)] as const),
  ...['of-shop', 'of-blog'].map(name => [types.volumes, object(types.volumes, name)] as const),
  ...['widgets.estate.example.com', 'gadgets.estate.example.com'].map(
    name => [types.definitions, object(types.definitions, name)] as const,
  ),
  [types.roles, object(types.roles, 'admin')],
  [types.maps, object(types.maps, 'shop/a', labelled)],
  [types.maps, object(types.maps, 'shop/b')],
  [types.maps, object(types.maps, 'blog/a', labelled)],
  [types.maps, object(types.maps, 'shop/going', { deletionTimestamp: '2026-01-01T00:00:00Z' })],
  [
    types.claims,
    object(
      types.claims,
      'shop/data',
      {},
      {
        spec: {
          volumeName: 'of-shop',
          storageClassName: 'fast',
          dataSource: { kind: 'VolumeSnapshot', name: 'old' },
        },
        status: { phase: 'Bound' },
      },
    ),
  ],
  [types.widgets, object(types.widgets, 'shop/w')],
];

/** Of the objects that it was asked for, which it gave out. */
function readerOf(objects: typeof stored): ResourceReader & { readonly given: string[] } {
  const given: string[] = [];
  return {
    source: 'snapshot.db',
    given,
    types: async () => Object.values(types),
    async *read(type, { namespace } = {}) {
      for (const [of, each] of objects) {
        if (of !== type || (type.namespaced && namespace && each.metadata.namespace !== namespace)) continue;
        given.push(`${groupResource(type)} ${formatKey(each.metadata)}`);
        yield each;
      }
    },
    get: async (type, key) =>
      objects.find(([of, each]) => of === type && formatKey(each.metadata) === formatKey(key))?.[1],
  };
}

async function opened(spec: Partial<RestoreSpec>, objects = stored, unread: readonly UnreadValue[] = []) {
  const reader = readerOf(objects);
  const request = readRequest({
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { name: 'again' },
    spec: { backupName: 'etcd-snapshot', ...spec },
  });
  const api = { discover: async () => new Discovery(Object.values(types)) };
  const source = await objectsFrom(reader, { unread: () => unread }).open(request, { api });
  const kept: string[] = [];
  for (const type of await source.archive.types()) {
    for (const key of source.archive.keys(type)) kept.push(`${groupResource(type)} ${formatKey(key)}`);
  }
  return { ...source, kept: kept.sort(), given: reader.given };
}

test('only what is asked for is spooled, with what it cannot do without', async () => {
  const { archive, kept, given } = await opened({ includedNamespaces: ['shop'] });
  await archive[Symbol.asyncDispose]();
  assert.deepEqual(kept, [
    'configmaps shop/a',
    'configmaps shop/b',
    'customresourcedefinitions.apiextensions.k8s.io widgets.estate.example.com',
    'namespaces shop',
    'persistentvolumeclaims shop/data',
    'persistentvolumes of-shop',
    'widgets.estate.example.com shop/w',
  ]);
  assert.ok(!given.some(each => each.includes('blog/')), 'other namespaces are not even read');
});

test('types and labels choose, too; a claim is kept whatever its labels, as a pod may need it', async () => {
  const selector = { matchLabels: { app: 'web' } };
  const { archive, kept } = await opened({ labelSelector: selector, includedNamespaces: ['shop', 'blog'] });
  await archive[Symbol.asyncDispose]();
  assert.deepEqual(
    kept.filter(each => !each.startsWith('namespaces') && !each.startsWith('custom')),
    [
      'configmaps blog/a',
      'configmaps shop/a',
      'persistentvolumeclaims shop/data',
      'persistentvolumes of-shop',
    ],
  );
  const maps = await opened({ includedNamespaces: ['shop'], includedResources: ['configmaps'] });
  await maps.archive[Symbol.asyncDispose]();
  assert.deepEqual(maps.kept, ['configmaps shop/a', 'configmaps shop/b', 'namespaces shop']);
});

test('without filters everything is there, but what was being deleted, which is told of', async () => {
  const { archive, kept, notes } = await opened({});
  await archive[Symbol.asyncDispose]();
  assert.equal(kept.length, stored.length - 1);
  assert.deepEqual(notes, [{ code: 'was-deleting', severity: 'warning', params: { objects: 1 } }]);
});

test('a bound claim comes as a backup stores it: without the source of its data', async () => {
  const { archive } = await opened({ includedNamespaces: ['shop'] });
  const found = await archive.get(types.claims, { namespace: 'shop', name: 'data' });
  await archive[Symbol.asyncDispose]();
  assert.deepEqual(found?.['spec'], { volumeName: 'of-shop', storageClassName: 'fast' });
});

test('values that could not be read are told of where they may be of what is asked for', async () => {
  const unreadOf = (group: string, resource: string, name: string, namespace?: string): UnreadValue => {
    const type = { group, resource, namespaced: namespace !== undefined };
    return { key: `${resource}/${namespace ?? ''}/${name}`, place: { type, namespace, name } };
  };
  const unread = [
    unreadOf('', 'secrets', 'db', 'shop'),
    unreadOf('', 'secrets', 'db', 'blog'),
    unreadOf('', 'persistentvolumes', 'of-shop'),
    unreadOf('', 'persistentvolumes', 'of-blog'),
    unreadOf('', 'namespaces', 'blog'),
    unreadOf('apiextensions.k8s.io', 'customresourcedefinitions', 'widgets.estate.example.com'),
  ];
  const toldOf = async (spec: Partial<RestoreSpec>, values: readonly UnreadValue[]) => {
    const { archive, notes } = await opened(spec, stored, values);
    await archive[Symbol.asyncDispose]();
    return notes.map(({ code, severity, params: { objects, key } }) => [code, severity, objects, key]);
  };
  const told = (objects: number, key: string) => [['unread', 'error', objects, key]];
  const [shop, blog] = [['shop'], ['blog']];
  const maps = { includedResources: ['configmaps'] };
  assert.deepEqual(await toldOf({ includedNamespaces: blog }, unread), told(2, 'secrets/blog/db'));
  assert.deepEqual(await toldOf({ includedNamespaces: blog, ...maps }, unread.slice(0, 4)), []);
  const claims = { includedNamespaces: shop, excludedResources: ['secrets'] };
  const withDeleting = await toldOf(claims, unread);
  assert.deepEqual(withDeleting.slice(0, 1), told(2, 'persistentvolumes//of-shop'));
  const alone = { includedNamespaces: blog, includeClusterResources: true };
  assert.deepEqual(await toldOf(alone, unread.slice(2, 4)), told(2, 'persistentvolumes//of-shop'));
  const unknown = [{ key: '/registry/novelties/x/y' }];
  assert.deepEqual(await toldOf({ includedNamespaces: blog }, unknown), told(1, '/registry/novelties/x/y'));
});

test('the digest is that of what was asked for, and of nothing else', async () => {
  const digestOf = async (objects: typeof stored, namespace = 'shop'): Promise<string> => {
    const { archive, digest } = await opened({ includedNamespaces: [namespace] }, objects);
    await archive[Symbol.asyncDispose]();
    return digest;
  };
  const withMap = (place: string) => [...stored, [types.maps, object(types.maps, place)] as const];
  const digest = await digestOf(stored);
  assert.equal(await digestOf(withMap('blog/new')), digest);
  assert.notEqual(await digestOf(withMap('shop/new')), digest);
});

test('an object that comes twice, or whose name is a path, is left out and told, and the others are there', async () => {
  const whole = await opened({ includedNamespaces: ['shop'] });
  await whole.archive[Symbol.asyncDispose]();
  const again = object(types.maps, 'shop/a', {}, { data: { from: 'another cluster' } });
  const odd = object(types.maps, 'shop/..');
  const objects = [...stored, [types.maps, again] as const, [types.maps, odd] as const];
  const { archive, kept, notes, digest } = await opened({ includedNamespaces: ['shop'] }, objects);
  const found = await archive.get(types.maps, { namespace: 'shop', name: 'a' });
  await archive[Symbol.asyncDispose]();
  assert.deepEqual(kept, whole.kept);
  assert.equal(digest, whole.digest);
  assert.equal(found?.['data'], undefined);
  const noteOf = (code: string, key: string) => {
    const params = { objects: 1, source: 'snapshot.db', object: JSON.stringify(`configmaps ${key}`) };
    return { code, severity: 'error', params };
  };
  assert.deepEqual(
    notes.filter(({ code }) => code !== 'was-deleting'),
    [noteOf('comes-twice', 'shop/a'), noteOf('name-unusable', 'shop/..')],
  );
});
