import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import { parseApiVersion } from '#kube/objects.ts';
import { rounds } from '#testbed/soak.ts';
import { noChanges } from '../changes/changes.ts';
import type { Context, Facts, Item } from '../item.ts';
import { decide } from './decide.ts';

const context: Context = {
  restoreName: 'again',
  backupName: 'nightly',
  existing: 'none',
  preserveNodePorts: false,
  mapNamespace: namespace => (namespace === 'old' ? 'new' : namespace),
  openshift: false,
  changes: noChanges,
  hooks: [],
  restoresStatus: () => false,
};
const update: Context = { ...context, existing: 'update' };
const marks = { 'velero.io/backup-name': 'nightly', 'velero.io/restore-name': 'again' };

function item(object: KubeObject, resource: string, facts: Facts = {}): Item {
  const type: ResourceType = {
    ...parseApiVersion(object.apiVersion),
    resource,
    kind: object.kind,
    namespaced: object.metadata.namespace !== undefined,
    verbs: ['create', 'get', 'list'],
    shortNames: [],
    singular: '',
  };
  return { type, object, facts };
}

function settings(data: Record<string, string> = { color: 'blue' }): KubeObject {
  const metadata = { name: 'settings', namespace: 'old', uid: 'x', resourceVersion: '1', labels: { a: 'b' } };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}

const there = (object: KubeObject, metadata: object = {}): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, uid: 'live', resourceVersion: '7', namespace: 'new', ...metadata },
});

/** A value that throws where it is written to. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

test('what is not there is created: clean, mapped and marked', () => {
  assert.deepEqual(decide(item(settings(), 'configmaps'), undefined, context), {
    action: 'create',
    reason: 'absent',
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'new', labels: { a: 'b', ...marks } },
      data: { color: 'blue' },
    },
    notes: [],
  });
});

test('what is there is skipped, kept or changed, by what it holds and by the policy', () => {
  const same = there(settings(), { labels: { a: 'b', 'velero.io/restore-name': 'earlier' } });
  const differs = there(settings({ color: 'red', mine: 'yes' }), { labels: { other: 'c' } });
  const asked = item(settings(), 'configmaps');
  for (const each of [context, update]) {
    assert.deepEqual(decide(asked, same, each), { action: 'skip', reason: 'exists-same', notes: [] });
    const going = there(settings(), { deletionTimestamp: '2026-01-01T00:00:00Z' });
    const { action, notes } = decide(asked, going, each);
    assert.deepEqual([action, notes.map(({ code }) => code)], ['keep', ['exists-deleting']]);
  }
  const kept = decide(asked, differs, context);
  assert.equal(kept.action, 'keep');
  assert.deepEqual(kept.notes, [{ code: 'exists-differs', severity: 'warning', params: {} }]);
  assert.deepEqual(decide(asked, differs, update), {
    action: 'update',
    reason: 'policy-update',
    patch: { data: { color: 'blue', mine: null }, metadata: { labels: { a: 'b', other: null, ...marks } } },
    notes: [],
  });
});

test('labels that have to go do not take the marks with them', () => {
  const bare = settings();
  delete bare.metadata.labels;
  const decision = decide(item(bare, 'configmaps'), there(settings(), { labels: { x: 'y' } }), update);
  assert.equal(decision.action, 'update');
  assert.deepEqual(decision.action === 'update' && decision.patch, {
    metadata: { labels: { x: null, ...marks } },
  });
});

const volume = (claimRef: object | undefined, policy: string, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'vol', ...metadata },
  spec: {
    nfs: { path: '/x', server: 's' },
    persistentVolumeReclaimPolicy: policy,
    ...(claimRef && { claimRef }),
  },
});
const ref = (namespace: string, uid?: string) => ({
  namespace,
  name: 'data',
  ...(uid === undefined ? {} : { uid }),
});
const claim: KubeObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'old' },
  spec: { volumeName: 'vol' },
  status: { phase: 'Bound' },
};
const ofVolume = (policy: string, facts: Facts = {}) =>
  item(volume(ref('old', 'gone'), policy), 'persistentvolumes', facts);
const captured = { snapshotDataMoved: false, preserveLocalSnapshot: false, skipped: false };

test('a volume comes back only where it outlives its claim and nothing else holds its data', () => {
  assert.equal(decide(ofVolume('Delete'), undefined, context).reason, 'volume-made-anew');
  const moved: Facts = { volumeInfo: { ...captured, backupMethod: 'CSISnapshot' } };
  assert.equal(decide(ofVolume('Retain', moved), undefined, context).reason, 'volume-made-anew');
  const created = decide(ofVolume('Retain'), undefined, context);
  assert.deepEqual(created.action === 'create' && created.object['spec'], {
    nfs: { path: '/x', server: 's' },
    persistentVolumeReclaimPolicy: 'Retain',
    claimRef: ref('new'),
  });
});

test('a volume that is there is let go only if its claim is gone and it is the same volume', () => {
  const released = volume(ref('new', 'u1'), 'Retain');
  const decision = decide(ofVolume('Retain'), released, context);
  assert.equal(decision.reason, 'volume-released');
  const bound: Facts = { claim: { ...claim, metadata: { name: 'data', namespace: 'new', uid: 'u1' } } };
  assert.notEqual(decide(ofVolume('Retain', bound), released, context).reason, 'volume-released');
  assert.equal(
    decide(ofVolume('Retain'), volume(ref('old', 'u1'), 'Retain'), context).reason,
    'volume-in-use',
  );
  const other = { ...released, spec: { ...(released['spec'] as object), nfs: { path: '/y', server: 's' } } };
  assert.equal(decide(ofVolume('Retain'), other, context).reason, 'exists-differs');
});

test('a claim names its volume only where the volume is free for it, and says when it comes back empty', () => {
  const cases: [Facts, boolean, string[]][] = [
    [{ volume: volume(ref('new'), 'Retain') }, true, []],
    [{ volume: volume(undefined, 'Retain') }, true, []],
    [{ volume: volume(ref('new', 'u1'), 'Retain') }, false, ['claim-volume-taken']],
    [{ volume: volume(ref('old'), 'Retain') }, false, ['claim-volume-taken']],
    [{ volume: volume(ref('new'), 'Retain', { deletionTimestamp: 'now' }) }, false, ['claim-volume-taken']],
    [{}, false, ['claim-not-captured']],
    [{ volumeInfo: { ...captured, backupMethod: 'PodVolumeBackup' } }, false, ['claim-not-filled']],
    [{ volumeInfo: { ...captured, skipped: true } }, false, ['claim-not-captured']],
  ];
  for (const [facts, named, codes] of cases) {
    const decision = decide(item(claim, 'persistentvolumeclaims', facts), undefined, context);
    assert.equal(decision.action === 'create' && JSON.stringify(decision.object).includes('"vol"'), named);
    assert.deepEqual(
      decision.notes.map(({ code }) => code),
      codes,
      JSON.stringify(facts),
    );
  }
});

const kinds: [string, string, string][] = [
  ['v1', 'ConfigMap', 'configmaps'],
  ['v1', 'Secret', 'secrets'],
  ['v1', 'Pod', 'pods'],
  ['v1', 'Service', 'services'],
  ['v1', 'ServiceAccount', 'serviceaccounts'],
  ['v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'],
  ['batch/v1', 'Job', 'jobs'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'],
  ['example.com/v1', 'Widget', 'widgets'],
];
const objects = fc
  .record({
    kind: fc.constantFrom(...kinds),
    labels: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y'), { noNullPrototype: true }),
    spec: fc.dictionary(
      fc.constantFrom('replicas', 'volumeName', 'namespace'),
      fc.constantFrom<unknown>('old', 3),
      {
        noNullPrototype: true,
      },
    ),
    data: fc.dictionary(fc.constantFrom('k', 'l'), fc.constantFrom('v', 'w'), { noNullPrototype: true }),
  })
  .map(({ kind: [apiVersion, kind, resource], labels, spec, data }) => ({
    resource,
    object: {
      apiVersion,
      kind,
      metadata: { name: 'n', namespace: 'old', uid: 'u', labels },
      spec,
      data,
    } as KubeObject,
  }));

test('deciding is pure: it writes to nothing, and decides the same again', () => {
  fc.assert(
    fc.property(objects, fc.option(objects, { nil: undefined }), fc.boolean(), (asked, other, updates) => {
      const live =
        other &&
        frozen(there({ ...other.object, kind: asked.object.kind, apiVersion: asked.object.apiVersion }));
      const given = frozen(item(asked.object, asked.resource));
      const by = updates ? update : context;
      const first = decide(given, live, by);
      assert.deepEqual(decide(given, live, by), first);
      assert.deepEqual(JSON.parse(JSON.stringify(first)), first);
    }),
  );
});

test('what a restore has created, a second one leaves alone', () => {
  fc.assert(
    fc.property(objects, fc.boolean(), ({ object, resource }, updates) => {
      const given = item(object, resource);
      const first = decide(given, undefined, context);
      assert.equal(first.action, 'create');
      if (first.action !== 'create') return;
      const second = decide(given, there(first.object), updates ? update : context);
      assert.equal(second.reason, 'exists-same', JSON.stringify(second));
    }),
  );
});

const anything = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>;
const path = fc.constantFrom(
  'spec',
  'status',
  'subjects',
  'users',
  'webhooks',
  'data',
  'type',
  'secrets',
  'subsets',
  'metadata.annotations',
  'metadata.ownerReferences',
  'metadata.finalizers',
  'metadata.managedFields',
  'spec.ports',
  'spec.claimRef',
  'spec.volumes',
  'spec.containers',
  'spec.template',
  'spec.selector',
  'spec.triggers',
  'status.conditions',
  'status.phase',
);

function withValue(object: KubeObject, path: string, value: unknown): KubeObject {
  const [first = '', second] = path.split('.');
  if (second === undefined) return { ...object, [first]: value };
  const inner = object[first];
  return { ...object, [first]: { ...(typeof inner === 'object' ? inner : {}), [second]: value } };
}

const moreKinds: [string, string, string][] = [
  ...kinds,
  ['v1', 'Endpoints', 'endpoints'],
  ['v1', 'PersistentVolume', 'persistentvolumes'],
  ['apps/v1', 'Deployment', 'deployments'],
  ['apps.openshift.io/v1', 'DeploymentConfig', 'deploymentconfigs'],
  ['route.openshift.io/v1', 'Route', 'routes'],
  ['security.openshift.io/v1', 'SecurityContextConstraints', 'securitycontextconstraints'],
  ['image.openshift.io/v1', 'ImageStream', 'imagestreams'],
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'],
];

test('no shape of an object keeps it from being decided about', () => {
  const edits = fc.array(fc.tuple(path, anything), { maxLength: 4 });
  fc.assert(
    fc.property(
      fc.constantFrom(...moreKinds),
      edits,
      edits,
      ([apiVersion, kind, resource], ofOne, ofOther) => {
        const plain: KubeObject = { apiVersion, kind, metadata: { name: 'n', namespace: 'old' } };
        const shaped = (all: [string, unknown][]) =>
          all.reduce((at, [where, value]) => withValue(at, where, value), plain);
        const given = item(shaped(ofOne), resource);
        assert.ok(decide(given, undefined, { ...update, openshift: true }).action);
        assert.ok(decide(given, there(shaped(ofOther)), update).action);
      },
    ),
    { numRuns: rounds(250) },
  );
});
