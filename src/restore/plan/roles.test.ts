import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlannedItem, RestorePlan } from './plan.ts';
import { restoreRoles } from './roles.ts';

const claim: PlannedItem = {
  resource: 'persistentvolumeclaims',
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  namespace: 'shop',
  name: 'data',
  action: 'create',
  reason: 'absent',
  digest: '',
};

function planWith(asks: Partial<RestorePlan['asks']>): RestorePlan {
  return {
    kind: 'RestorePlan',
    version: 1,
    restore: {
      apiVersion: 'velero.io/v1',
      kind: 'Restore',
      metadata: { name: 'r' },
      spec: { backupName: 'b' },
    },
    backup: { name: 'b', digest: '' },
    server: 'https://cluster',
    items: [claim],
    findings: [],
    asks: { pullSecrets: false, storageClasses: false, ...asks },
    notes: [],
  };
}

const allowed = (plan: RestorePlan): string[] =>
  restoreRoles(plan, { veleroNamespace: 'velero' }).flatMap(({ metadata, rules }) =>
    (rules as { resources: string[]; verbs: string[] }[]).map(
      ({ resources, verbs }) => `${metadata.namespace ?? '*'} ${resources.join()} ${verbs.join()}`,
    ),
  );

test('storage classes are looked at only where a ConfigMap changes them', () => {
  assert.equal(
    allowed(planWith({})).some(each => each.includes('storageclasses')),
    false,
  );
  assert.ok(allowed(planWith({ storageClasses: true })).includes('* storageclasses get'));
});

test('the internal registry is looked up only on OpenShift', () => {
  const plain = allowed(planWith({}));
  const registryIn = ['openshift', 'openshift-image-registry', 'default'];
  const more = allowed(planWith({ registryIn })).filter(each => !plain.includes(each));
  assert.deepEqual(more.toSorted(), [
    '* images get',
    'default services get',
    'openshift imagestreams list',
    'openshift-image-registry services get',
  ]);
  const fewer = allowed(planWith({ registryIn: ['default'] })).filter(each => !plain.includes(each));
  assert.deepEqual(fewer.toSorted(), ['* images get', 'default services get']);
});
