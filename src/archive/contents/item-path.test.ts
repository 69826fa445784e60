import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { groupResource } from '#kube/objects.ts';
import { rounds } from '#testbed/soak.ts';
import { clusterRoles, deployments, pods } from '../testing/archives.ts';
import { itemPaths, placeOf } from './item-path.ts';

test('the paths of an object', () => {
  assert.deepEqual(itemPaths(pods, { namespace: 'shop', name: 'web-0' }), [
    'resources/pods/namespaces/shop/web-0.json',
    'resources/pods/v1-preferredversion/namespaces/shop/web-0.json',
  ]);
  assert.deepEqual(itemPaths(clusterRoles, { name: 'system:node' }), [
    'resources/clusterroles.rbac.authorization.k8s.io/cluster/system:node.json',
    'resources/clusterroles.rbac.authorization.k8s.io/v1-preferredversion/cluster/system:node.json',
  ]);
});

test('a key is what its path says, or has no path', () => {
  const text = fc.oneof(
    fc.string({
      maxLength: 12,
      unit: fc.constantFrom('a', '0', '-', '.', '/', '\\', '\0', ':', 'é', '\ud800'),
    }),
    fc.constantFrom('.', '..', 'a.json', 'cluster', 'namespaces'),
  );
  const namespace = fc.option(text, { nil: undefined });
  const type = fc.constantFrom(pods, deployments, clusterRoles);
  fc.assert(
    fc.property(type, namespace, text, (type, namespace, name) => {
      const paths = itemPaths(type, { namespace, name });
      if (paths === undefined) return;
      const resource = groupResource(type);
      assert.deepEqual(placeOf(paths[0]), {
        is: 'item',
        item: { resource, name, namespace: type.namespaced ? namespace : undefined },
      });
      assert.deepEqual(placeOf(paths[1]), { is: 'versioned', resource, preferred: 'v1' });
    }),
    { numRuns: rounds(250) },
  );
});

test('a directory of another version says so', () => {
  const place = { is: 'versioned', resource: 'pods' };
  assert.deepEqual(placeOf('resources/pods/v1beta1/namespaces/shop/a.json'), place);
  assert.deepEqual(placeOf('./resources/pods/v1-preferredversion/cluster/a.json'), {
    ...place,
    preferred: 'v1',
  });
});

test('what is beside resources is unknown, but for the version', () => {
  assert.deepEqual(placeOf('metadata/version'), { is: 'version' });
  assert.deepEqual(placeOf('./metadata/version'), { is: 'version' });
  for (const path of ['metadata', 'metadata/version/a', 'a/metadata/version', 'metadata/versions', 'x']) {
    assert.deepEqual(placeOf(path), { is: 'other' });
  }
});
