import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BackupSpec } from '#api/velero/backup.ts';
import { groupResource } from '#kube/objects.ts';
import { resourceFilter } from '../filters/resources.ts';
import { sampleDiscovery } from '../testing/types.ts';
import { chooseTypes } from './types.ts';

function chosen(spec: BackupSpec) {
  const { types, unfit } = chooseTypes(sampleDiscovery, resourceFilter(spec, sampleDiscovery, true).filter);
  return {
    names: types.map(groupResource),
    unfit: unfit.map(({ type, reason }) => `${groupResource(type)} ${reason}`),
  };
}

suite('the types that are listed', () => {
  test('begin with pods, claims, volumes, and hold each object once', () => {
    const { names, unfit } = chosen({});
    assert.deepEqual(names.slice(0, 3), ['pods', 'persistentvolumeclaims', 'persistentvolumes']);
    assert.equal(names.includes('deployments.apps'), true);
    assert.equal(names.includes('deployments.extensions'), false);
    assert.equal(names.includes('events'), true);
    assert.equal(names.includes('events.events.k8s.io'), false);
    assert.equal(names.includes('ingresses.extensions'), true, 'what has one name keeps it');
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(unfit, []);
  });

  test('are not those that cannot be made again, nor snapshots, nor namespaces', () => {
    const { names } = chosen({});
    for (const name of [
      'componentstatuses',
      'selfsubjectreviews.authentication.k8s.io',
      'volumesnapshots.snapshot.storage.k8s.io',
      'volumesnapshotcontents.snapshot.storage.k8s.io',
      'namespaces',
    ]) {
      assert.equal(names.includes(name), false, name);
    }
  });

  test('which is said where they were asked for by name', () => {
    const { names, unfit } = chosen({ includedResources: ['cs', 'vs', 'pods'] });
    assert.deepEqual(names, ['pods']);
    assert.deepEqual(unfit, ['componentstatuses verbs', 'volumesnapshots.snapshot.storage.k8s.io snapshot']);
  });
});
