import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Discovery } from '#kube/discovery.ts';
import type { ResourceType } from '#kube/objects.ts';
import { type OtherVersion, typeInCluster, typesOfObjects } from './types.ts';

const scaler = (version: string): ResourceType => ({
  group: 'autoscaling',
  version,
  resource: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
  namespaced: true,
  verbs: [],
  shortNames: [],
  singular: '',
});

test('each object is created in the version that it is stored in, whatever the first of its type is stored in', () => {
  const cluster = new Discovery([scaler('v2'), scaler('v1')]);
  const told: OtherVersion[] = [];
  const typeOf = typesOfObjects(
    scaler('v1'),
    stored => typeInCluster(stored, cluster) ?? assert.fail(stored.version),
    other => told.push(other),
  );
  const versions = ['v2', 'v1', 'v2beta2', 'v2', 'v2beta2', 'v2beta1'];
  assert.deepEqual(
    versions.map(version => typeOf({ apiVersion: `autoscaling/${version}` }).version),
    ['v2', 'v1', 'v2', 'v2', 'v2', 'v2'],
  );
  const resource = 'horizontalpodautoscalers.autoscaling';
  assert.deepEqual(told, [
    { resource, archived: 'autoscaling/v2beta2', served: 'autoscaling/v2' },
    { resource, archived: 'autoscaling/v2beta1', served: 'autoscaling/v2' },
  ]);
});

test('an object of another group is taken for one of the type that it is kept under', () => {
  const cluster = new Discovery([scaler('v2'), scaler('v1')]);
  const find = (stored: ResourceType) => typeInCluster(stored, cluster) ?? assert.fail(stored.version);
  const typeOf = typesOfObjects(scaler('v1'), find, () => assert.fail('it is served'));
  assert.equal(typeOf({ apiVersion: 'extensions/v1beta1' }).version, 'v1');
});
