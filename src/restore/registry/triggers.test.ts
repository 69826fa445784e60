import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import { withMappedTriggers } from './triggers.ts';

const map = (namespace: string): string => (namespace === 'old' ? 'new' : namespace);

function deployment(triggers: string): KubeObject {
  const annotations = { 'image.openshift.io/triggers': triggers };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', annotations } };
}

const triggers = (namespace: string | undefined): string =>
  JSON.stringify([
    {
      from: { kind: 'ImageStreamTag', name: 'web:latest', namespace },
      fieldPath: 'spec.template.spec.containers[?(@.name=="web")].image',
    },
  ]);

test('image triggers follow the tags of the project as it is called here', () => {
  assert.deepEqual(withMappedTriggers(deployment(triggers('old')), map), deployment(triggers('new')));
});

test('what names no mapped project, or is no list of triggers, stays to the letter', () => {
  for (const text of [triggers('other'), triggers(undefined), '', '{', 'null', '[1, null]', '[ ]']) {
    const given = deployment(text);
    assert.equal(withMappedTriggers(given, map), given, text);
  }
  const plain: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } };
  assert.equal(withMappedTriggers(plain, map), plain);
});
