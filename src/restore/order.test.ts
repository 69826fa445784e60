import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { groupResource } from '#kube/objects.ts';
import { compareForRestore } from './order.ts';

const typeNamed = (name: string) => {
  const [resource = '', ...group] = name.split('.');
  return { resource, group: group.join('.') };
};

const known = [
  'pods',
  'secrets',
  'namespaces',
  'resourcequotas',
  'replicasets.apps',
  'deployments.apps',
  'persistentvolumes',
  'persistentvolumeclaims',
  'customresourcedefinitions.apiextensions.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
];
const names = fc.oneof(fc.constantFrom(...known), fc.stringMatching(/^[a-z]{1,6}(\.[a-z]{1,4}){0,2}$/));
const types = names.map(typeNamed);

test('the order is total, and does not depend on what it is given', () => {
  fc.assert(
    fc.property(types, types, types, (a, b, c) => {
      assert.equal(Math.sign(compareForRestore(a, b)), -Math.sign(compareForRestore(b, a)) + 0);
      assert.equal(compareForRestore(a, b) === 0, groupResource(a) === groupResource(b));
      if (compareForRestore(a, b) < 0 && compareForRestore(b, c) < 0) assert.ok(compareForRestore(a, c) < 0);
    }),
  );
  fc.assert(
    fc.property(fc.uniqueArray(names), fc.infiniteStream(fc.nat()), (all, numbers) => {
      const shuffled = all.toSorted(() => (Number(numbers.next().value) % 3) - 1);
      const sorted = (list: string[]) => list.map(typeNamed).toSorted(compareForRestore).map(groupResource);
      assert.deepEqual(sorted(shuffled), sorted(all));
    }),
  );
});

test('what an object needs comes before it', () => {
  const sequence = [
    'customresourcedefinitions.apiextensions.k8s.io',
    'namespaces',
    'storageclasses.storage.k8s.io',
    'persistentvolumes',
    'persistentvolumeclaims',
    'serviceaccounts',
    'rolebindings.rbac.authorization.k8s.io',
    'secrets',
    'configmaps',
    'limitranges',
    'priorityclasses.scheduling.k8s.io',
    'pods',
    'replicasets.apps',
    'services',
    'deployments.apps',
    'widgets.example.com',
    'clusters.cluster.x-k8s.io',
    'resourcequotas',
    'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  ];
  const sorted = sequence.toReversed().map(typeNamed).sort(compareForRestore).map(groupResource);
  assert.deepEqual(sorted, sequence);
});
