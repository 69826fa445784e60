import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Discovery } from '#kube/discovery.ts';
import { errors } from '#kube/errors.ts';
import type { KubeObject, ObjectKey, ResourceType } from '#kube/objects.ts';
import { gathering } from './gathered.ts';

const type: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  verbs: ['get', 'list'],
  shortNames: [],
  singular: 'configmap',
};

const named = (namespace: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name },
});

/** A cluster with these objects that counts what it is asked. */
function clusterOf(objects: readonly KubeObject[], { listable = true } = {}) {
  const asked = { gets: 0, lists: 0 };
  return {
    asked,
    discover: () => Promise.resolve(new Discovery([type])),
    async get(_: ResourceType, { namespace, name }: ObjectKey) {
      asked.gets++;
      return objects.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    },
    async *list(_: ResourceType, { namespace = '' } = {}) {
      asked.lists++;
      if (!listable) throw errors.raise.forbidden({ what: 'list configmaps', message: 'no' });
      yield* objects.filter(({ metadata }) => metadata.namespace === namespace);
    },
  };
}

const keys = (namespace: string, count: number): ObjectKey[] =>
  Array.from({ length: count }, (_, index) => ({ namespace, name: `c${index}` }));

const every = (namespaces: readonly string[], count: number): KubeObject[] =>
  namespaces.flatMap(namespace => keys(namespace, count).map(({ name }) => named(namespace, name)));

test('a namespace is listed in each version that objects of it are looked up in', async () => {
  const listed: string[] = [];
  const cluster = clusterOf([]);
  const gathered = gathering({
    ...cluster,
    async *list({ version }: ResourceType) {
      listed.push(version);
      yield* keys('many', 20).map(({ name }) => ({ ...named('many', name), apiVersion: version }));
    },
  });
  const wanted = keys('many', 20);
  gathered.expect(type, wanted);
  const versions = ['v2', 'v1', 'v2', 'v1'];
  const found = versions.map((version, at) => gathered.get({ ...type, version }, wanted[at] ?? { name: '' }));
  assert.deepEqual(
    (await Promise.all(found)).map(object => object?.apiVersion),
    versions,
  );
  assert.deepEqual(listed, ['v2', 'v1']);
});

test('many objects of a namespace are one list, few are asked for one by one', async () => {
  const cluster = clusterOf(every(['many', 'few'], 30));
  const gathered = gathering(cluster);
  const wanted = [...keys('many', 40), ...keys('few', 3)];
  gathered.expect(type, wanted);
  const found = await Promise.all(wanted.map(key => gathered.get(type, key)));
  assert.deepEqual(
    found.map(object => object?.metadata.name),
    wanted.map(({ name }, index) => (index >= 30 && index < 40 ? undefined : name)),
  );
  assert.deepEqual(cluster.asked, { gets: 3, lists: 1 });
});

test('an object that was not expected is asked for', async () => {
  const cluster = clusterOf([...every(['here'], 20), named('here', 'other')]);
  const gathered = gathering(cluster);
  gathered.expect(type, keys('here', 20));
  assert.ok(await gathered.get(type, { namespace: 'here', name: 'other' }));
  assert.deepEqual(cluster.asked, { gets: 1, lists: 0 });
});

test('where listing is forbidden, objects are asked for one by one', async () => {
  const cluster = clusterOf(every(['here'], 20), { listable: false });
  const gathered = gathering(cluster);
  gathered.expect(type, keys('here', 20));
  for (const key of keys('here', 20)) assert.ok(await gathered.get(type, key));
  assert.deepEqual(cluster.asked, { gets: 20, lists: 1 });
});

test('any number of namespaces is looked through, in any order', async () => {
  const namespaces = Array.from({ length: 8 }, (_, index) => `n${index}`);
  const cluster = clusterOf(every(namespaces, 12));
  const gathered = gathering(cluster);
  const wanted = namespaces.flatMap(namespace => keys(namespace, 12));
  gathered.expect(type, wanted);
  for (const key of wanted) assert.equal((await gathered.get(type, key))?.metadata.namespace, key.namespace);
  for (const key of wanted.toReversed()) assert.ok(await gathered.get(type, key));
  assert.equal(cluster.asked.gets, 0);
});
