import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as assertProperty, integer, property } from 'fast-check';
import { formatKey, type KubeObject, keyOf } from '#kube/objects.ts';
import { clusterObjects, namespacedObjects, widgetFinalizer } from './generated-objects.ts';
import { type EstateShape, mixedShape, sizeOf, veleroShape } from './shape.ts';

function everything(shape: EstateShape): KubeObject[] {
  return [...clusterObjects(shape), ...namespacedObjects(shape)];
}

test('the same shape gives the same objects, another seed gives others', () => {
  assertProperty(
    property(integer(), seed => {
      const once = JSON.stringify(everything(mixedShape('e', 2, seed)));
      assert.equal(JSON.stringify(everything(mixedShape('e', 2, seed))), once);
      assert.notEqual(JSON.stringify(everything(mixedShape('e', 2, seed + 1))), once);
    }),
    { numRuns: 20 },
  );
});

test('the shape that Velero was measured against has 10,050 objects in 50 namespaces', () => {
  const shape = veleroShape('big');
  const objects = everything(shape);
  assert.equal(objects.length, 10_050);
  assert.equal(sizeOf(shape), 10_050);
  assert.equal(objects.filter(each => each.kind === 'Namespace').length, 50);
  const names = objects.map(each => `${each.kind} ${formatKey(keyOf(each))}`);
  assert.equal(new Set(names).size, names.length);
});

test('the mixed shape has every version, owners, finalizers and webhooks', () => {
  const objects = everything(mixedShape('mixed'));
  assert.equal(objects.length, sizeOf(mixedShape('mixed')));
  const widgets = objects.filter(each => each.kind === 'Widget');
  assert.deepEqual(
    new Set(widgets.map(each => each.apiVersion.split('/')[1])),
    new Set(['v1', 'v1beta1', 'v1alpha1']),
  );
  assert.ok(widgets.some(each => each.metadata.finalizers?.includes(widgetFinalizer)));
  const widgetNames = new Set(widgets.map(each => each.metadata.name));
  const owners = objects.flatMap(each => each.metadata.ownerReferences ?? []);
  assert.ok(owners.length > 0 && owners.every(owner => widgetNames.has(owner.name)));
  assert.equal(objects.filter(each => each.kind.endsWith('WebhookConfiguration')).length, 2);
});

test('payloads are as large as the shape says', () => {
  const shape = { ...mixedShape('p', 1), payloadBytes: 5000 };
  const [map] = everything(shape).filter(each => each.kind === 'ConfigMap');
  assert.equal((map?.['data'] as { payload: string } | undefined)?.payload.length, 5000);
});
