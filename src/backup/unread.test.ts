import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackupSpec } from '#api/velero/backup.ts';
import { Discovery } from '#kube/discovery.ts';
import { parseApiVersion, type ResourceType } from '#kube/objects.ts';
import type { UnreadValue } from '#kube/resource-reader.ts';
import { Inventory } from './collect/inventory.ts';
import { resourceFilter } from './filters/resources.ts';
import { readRequest } from './request.ts';
import { isAsked } from './unread.ts';

function typeOf(apiVersion: string, resource: string, namespaced: boolean): ResourceType {
  const names = { resource, kind: resource, shortNames: [], singular: '' };
  return { ...parseApiVersion(apiVersion), ...names, namespaced, verbs: [] };
}

const types = {
  secrets: typeOf('v1', 'secrets', true),
  maps: typeOf('v1', 'configmaps', true),
  accounts: typeOf('v1', 'serviceaccounts', true),
  namespaces: typeOf('v1', 'namespaces', false),
  volumes: typeOf('v1', 'persistentvolumes', false),
  widgets: typeOf('estate.example.com/v1', 'widgets', true),
  bindings: typeOf('rbac.authorization.k8s.io/v1', 'clusterrolebindings', false),
  definitions: typeOf('apiextensions.k8s.io/v1', 'customresourcedefinitions', false),
};

function unread(type: ResourceType, name: string, namespace?: string): UnreadValue {
  return { key: `/registry/${type.resource}/${name}`, place: { type, namespace, name } };
}

/** Of a backup that holds a Widget and an account, and a claim whose volume was not found. */
function asked(spec: BackupSpec): (value: UnreadValue) => boolean {
  const wanted = { apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name: 'nightly' }, spec } as const;
  const request = readRequest(wanted);
  const { filter } = resourceFilter(spec, new Discovery(Object.values(types)), request.namespaces.everything);
  const inventory = new Inventory();
  inventory.claim(types.widgets, { namespace: 'shop', name: 'w' });
  inventory.claim(types.accounts, { namespace: 'shop', name: 'default' });
  inventory.miss('persistentvolumes', { name: 'of-shop' });
  return value => isAsked(value, { request, resources: filter, inventory });
}

test('what is in namespaces counts where its namespace and its type are asked for', () => {
  const inShop = asked({ includedNamespaces: ['shop'], includedResources: ['configmaps'] });
  assert.equal(inShop(unread(types.maps, 'a', 'shop')), true);
  assert.equal(inShop(unread(types.maps, 'a', 'blog')), false);
  assert.equal(inShop(unread(types.secrets, 'a', 'shop')), false);
  assert.equal(inShop(unread(types.namespaces, 'shop')), true);
  assert.equal(inShop(unread(types.namespaces, 'blog')), false);
});

test('what only comes along counts where an object of the backup names it', () => {
  const inShop = asked({ includedNamespaces: ['shop'] });
  assert.equal(inShop(unread(types.volumes, 'of-shop')), true);
  assert.equal(inShop(unread(types.volumes, 'of-blog')), false);
  assert.equal(inShop(unread(types.definitions, 'widgets.estate.example.com')), true);
  assert.equal(inShop(unread(types.definitions, 'gadgets.estate.example.com')), false);
  assert.equal(inShop(unread(types.bindings, 'whose-it-is-nobody-knows')), true);
});

test('all of the cluster counts where it is asked for, none of it where it is not', () => {
  const whole = asked({ includedNamespaces: ['shop'], includeClusterResources: true });
  const none = asked({ includedNamespaces: ['shop'], includeClusterResources: false });
  for (const value of [unread(types.volumes, 'of-blog'), unread(types.definitions, 'gadgets.example.com')]) {
    assert.equal(whole(value), true);
    assert.equal(none(value), false);
  }
});

test('a value of which nobody knows what it is counts always', () => {
  assert.equal(asked({ includedNamespaces: ['shop'] })({ key: '/registry/novelties/x' }), true);
});
