import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import { noChanges } from '../changes/changes.ts';
import { decide } from '../decide/decide.ts';
import type { Context } from '../item.ts';
import { driftOf } from './check.ts';
import { plannedItem } from './decided.ts';
import { readPlan } from './saved.ts';

const configMaps: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  verbs: [],
  shortNames: [],
  singular: 'configmap',
};

const context: Context = {
  restoreName: 'back',
  backupName: 'nightly',
  existing: 'update',
  preserveNodePorts: false,
  mapNamespace: namespace => namespace,
  openshift: false,
  changes: noChanges,
  hooks: [],
  restoresStatus: () => false,
};

const contents = fc.record({
  data: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2'), {
    minKeys: 1,
    noNullPrototype: true,
  }),
  labels: fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('x', 'y'), { noNullPrototype: true }),
});

function configMap(
  { data, labels }: { data: object; labels: Record<string, string> },
  more: object = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'shop', name: 'it', labels, ...more },
    data,
  };
}

function planned(object: KubeObject, live: KubeObject | undefined, given: Context = context) {
  const item = { type: configMaps, object, facts: {} };
  return plannedItem({ item, live, decision: decide(item, live, given) }, given);
}

test('what is the same is skipped, and what differs is named exactly where it does', () => {
  fc.assert(
    fc.property(contents, contents, (archived, there) => {
      const live = configMap(there, { resourceVersion: '7', uid: 'u' });
      assert.equal(planned(configMap(archived), configMap(archived, { uid: 'u' })).action, 'skip');
      const item = planned(configMap(archived), live);
      assert.equal(item.action === 'skip', item.changes === undefined);
      assert.equal(
        item.action,
        JSON.stringify(sorted(archived)) === JSON.stringify(sorted(there)) ? 'skip' : 'update',
      );
      const left = planned(configMap(archived), live, { ...context, existing: 'none' });
      assert.deepEqual(left.changes, item.changes);
    }),
  );
});

function sorted(contents: { data: object; labels: object }): unknown {
  return [contents.data, contents.labels].map(map =>
    Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

test('a plan drifts where a decision does, not where an object was merely written to', () => {
  const archived = configMap({ data: { a: '1' }, labels: {} });
  const plan = (live?: KubeObject) => [planned(archived, live)];
  const there = (value: string, resourceVersion: string) =>
    configMap({ data: { a: value }, labels: {} }, { resourceVersion });
  assert.deepEqual(driftOf(plan(there('2', '7')), plan(there('2', '8'))), []);
  assert.equal(driftOf(plan(there('2', '7')), plan(there('3', '8'))).length, 1);
  assert.equal(driftOf(plan(), plan(there('1', '8')))[0]?.now?.reason, 'exists-same');
  assert.equal(driftOf([], plan())[0]?.planned, undefined);
  const renamed = [planned(archived, undefined, { ...context, restoreName: 'other' })];
  assert.deepEqual(driftOf(plan(), renamed), [], 'the name of the restore is not part of the decision');
});

test('what is not a plan is refused, and not quoted', () => {
  for (const text of [
    'hunter2',
    '{"kind":"RestorePlan"}',
    '[]',
    'null',
    '{"kind":"RestorePlan","version":2}',
  ]) {
    assert.throws(
      () => readPlan(text, 'plan.json'),
      thrown => isHozonError(thrown, 'restore.plan-unreadable') && !String(thrown.cause).includes('hunter2'),
    );
  }
});
