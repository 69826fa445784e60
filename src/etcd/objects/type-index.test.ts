import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import type { RecordPlace } from '../snapshot/key-index.ts';
import { placesIn, TypeIndex } from './type-index.ts';

/** The beginning of a value in protobuf that says that it is of that version and kind. */
function stored(apiVersion: string, kind: string): Buffer {
  const text = (number: number, value: string): Buffer =>
    Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), Buffer.from(value)]);
  const typeMeta = Buffer.concat([text(1, apiVersion), text(2, kind)]);
  return Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x0a, typeMeta.length]), typeMeta, text(2, 'x')]);
}

const json = Buffer.from('{}');
let element = 0;
const place = (): RecordPlace => ({ page: 1, element: element++ });

function object(apiVersion: string, kind: string, name: string, namespace?: string): KubeObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

/** `deployments.apps: shop 2`. */
function found(index: TypeIndex): string[] {
  return [...index.types()].flatMap(([name, { places }]) =>
    [...places].map(([namespace, list]) => `${name}: ${namespace} ${[...list].length}`),
  );
}

test('what lies below a part of a key is of the type of the first, where it says that it is of that kind', () => {
  const index = new TypeIndex();
  const value = stored('v1', 'ConfigMap');
  const at = (path: string) => ({ path, value, place: place() });
  assert.equal(index.addByKey(at('/registry/configmaps/shop/a')), false);
  index.add(object('v1', 'ConfigMap', 'a', 'shop'), at('/registry/configmaps/shop/a'));
  assert.equal(index.addByKey(at('/registry/configmaps/shop/b')), true);
  assert.equal(index.addByKey(at('/registry/configmaps/blog/a')), true);
  assert.equal(index.addByKey(at('/registry/secrets/shop/a')), false);
  assert.equal(index.addByKey({ ...at('/registry/configmaps/shop/c'), value: Buffer.from('text') }), false);
  assert.deepEqual(found(index), ['configmaps: shop 2', 'configmaps: blog 1']);
});

test('objects of two groups that share a part of a key are told apart, and those of two versions are one type', () => {
  const index = new TypeIndex();
  const add = (apiVersion: string, kind: string, path: string): void => {
    const [name = '', namespace = ''] = path.split('/').reverse();
    const placed = { path, value: stored(apiVersion, kind), place: place() };
    if (!index.addByKey(placed)) index.add(object(apiVersion, kind, name, namespace), placed);
  };
  for (const name of ['a', 'b']) add('extensions/v1beta1', 'Ingress', `/registry/ingress/shop/${name}`);
  for (const name of ['c', 'd']) add('networking.k8s.io/v1', 'Ingress', `/registry/ingress/shop/${name}`);
  add('networking.k8s.io/v1beta1', 'Ingress', '/registry/ingress/blog/e');
  assert.deepEqual(found(index), [
    'ingresses.extensions: shop 2',
    'ingresses.networking.k8s.io: shop 2',
    'ingresses.networking.k8s.io: blog 1',
  ]);
  const type = index.types().get('ingresses.networking.k8s.io');
  assert.ok(type !== undefined);
  assert.equal([...placesIn(type, 'shop')].length, 2);
  assert.deepEqual([...type.roots], ['/registry/ingress/']);
});

test('an object that says a namespace which is not in its key is none of a namespace, and misleads nobody', () => {
  const index = new TypeIndex();
  const value = stored('rbac.authorization.k8s.io/v1', 'ClusterRole');
  const path = '/registry/clusterroles/admin';
  const role = object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'admin', 'shop');
  index.add(role, { path, value, place: place() });
  assert.equal(
    index.addByKey({ path: '/registry/configmaps/shop', value: stored('v1', 'ConfigMap'), place: place() }),
    false,
  );
  const view = { path: '/registry/clusterroles/view', value, place: place() };
  assert.equal(index.addByKey(view), false);
  index.add(object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'view'), view);
  assert.equal(index.addByKey({ path: '/registry/clusterroles/edit', value, place: place() }), true);
  const type = index.types().get('clusterroles.rbac.authorization.k8s.io');
  assert.equal(type?.type.namespaced, false);
  assert.deepEqual([...(type?.roots ?? [])], ['/registry/clusterroles/']);
  assert.deepEqual(found(index), ['clusterroles.rbac.authorization.k8s.io:  3']);
});

test('one that says another namespace than its key does not take its neighbours out of theirs', () => {
  const index = new TypeIndex();
  const value = stored('v1', 'ConfigMap');
  const add = (path: string, said: string): void => {
    const placed = { path, value, place: place() };
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (!index.addByKey(placed)) index.add(object('v1', 'ConfigMap', name, said), placed);
  };
  add('/registry/configmaps/shop/odd', 'blog');
  for (const name of ['a', 'b']) add(`/registry/configmaps/shop/${name}`, 'shop');
  assert.deepEqual(found(index), ['configmaps:  1', 'configmaps: shop 2']);
});

test('a key that does not end in what its object is called says nothing of others', () => {
  const index = new TypeIndex();
  const other = object('estate.example.com/v1', 'Widget', 'other', 'shop');
  index.add(other, { path: '/registry/estate.example.com/widgets/shop/w', value: json, place: place() });
  index.add(object('v1', 'Odd', 'odd'), { path: '/registry/odd', value: json, place: place() });
  const next = { path: '/registry/estate.example.com/widgets/shop/x', value: json, place: place() };
  assert.equal(index.addByKey(next), false);
  assert.equal(index.addByKey({ path: '/registry/even', value: json, place: place() }), false);
  assert.deepEqual([...(index.types().get('widgets.estate.example.com')?.roots ?? [])], []);
});
