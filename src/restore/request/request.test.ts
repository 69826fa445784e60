import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Restore, RestoreSpec } from '#api/velero/restore.ts';
import { isHozonError } from '#foundation/errors.ts';
import { checkTargets, readRequest, targetNamespace } from './request.ts';

function restoreOf(spec: object, name = 'again'): Restore {
  const asked = { backupName: 'nightly', ...spec } as RestoreSpec;
  return { apiVersion: 'velero.io/v1', kind: 'Restore', metadata: { name }, spec: asked };
}

/** The problems that a Restore has, in English. */
function problemsOf(spec: object, name?: string): string[] {
  try {
    readRequest(restoreOf(spec, name));
    return [];
  } catch (thrown) {
    assert.ok(isHozonError(thrown, 'restore.invalid'), String(thrown));
    assert.match(thrown.explain('ja'), /実行できません/);
    return thrown.message.slice(thrown.message.indexOf(': ') + 2).split('; ');
  }
}

test('a Restore that says little has defaults', () => {
  assert.deepEqual(readRequest(restoreOf({ labelSelector: null, namespaceMapping: null })), {
    name: 'again',
    backupName: 'nightly',
    namespaces: { included: [], excluded: [] },
    resources: { included: [], excluded: [] },
    selectors: [],
    clusterScoped: 'all',
    namespaceMapping: new Map(),
    existing: 'none',
    preserveNodePorts: false,
    scheduleName: undefined,
    statuses: undefined,
    modifiers: undefined,
    hooks: [],
  });
});

test('cluster-scoped objects come along by what is asked for', () => {
  const scopeOf = (spec: object) => readRequest(restoreOf(spec)).clusterScoped;
  assert.equal(scopeOf({ includedNamespaces: ['*'] }), 'all');
  assert.equal(scopeOf({ includedNamespaces: ['shop'] }), 'needed');
  assert.equal(scopeOf({ excludedNamespaces: ['shop'] }), 'needed');
  assert.equal(scopeOf({ includedNamespaces: ['shop'], includeClusterResources: true }), 'all');
  assert.equal(scopeOf({ includeClusterResources: false }), 'none');
});

test('everything that is wrong is said at once', () => {
  const found = problemsOf(
    {
      backupName: '',
      includedNamespaces: ['*', 'shop', 'bad|one'],
      excludedNamespaces: ['shop', ''],
      includedResources: ['no', 'events.events.k8s.io', 'pods'],
      excludedResources: ['*'],
      labelSelector: { matchLabels: { 'not a key': 'x' } },
      orLabelSelectors: [{ matchExpressions: [{ key: 'a', operator: 'In', values: null }] }],
      existingResourcePolicy: 'replace',
      namespaceMapping: { a: 'x', b: 'x', c: 'Not A Name' },
      hooks: {
        resources: [
          {
            name: 'h',
            includedNamespaces: ['bad|too'],
            includedResources: ['deployments'],
            labelSelector: { matchLabels: { 'no key': 'x' } },
            postHooks: [
              { exec: { command: ['x'], execTimeout: '-1s', waitTimeout: '-2s' } },
              { init: { initContainers: [{ name: 'a', image: 'b' }] } },
            ],
          },
        ],
      },
      resourceModifier: { kind: 'Secret', name: 'm' },
      resourcePolicy: { kind: 'configmap', name: 'm' },
      restoreStatus: { includedResources: ['*', 'pods'] },
    },
    'Not A Name',
  );
  const expected = [
    /^metadata.name: "Not A Name"/,
    /^spec.backupName: it must be given/,
    /^spec.includedNamespaces: "\*" must stand alone/,
    /^spec.includedNamespaces, spec.excludedNamespaces: shop is both/,
    /^spec.includedNamespaces: "bad\|one"/,
    /^spec.excludedNamespaces: an entry is empty/,
    /^spec.excludedResources: "\*"/,
    /^spec.includedResources: nodes are never restored/,
    /^spec.includedResources: events.events.k8s.io are never restored/,
    /^spec.labelSelector and spec.orLabelSelectors/,
    /^spec.labelSelector: .*not a key/,
    /^spec.orLabelSelectors\[0\]: .*In needs values/,
    /^spec.existingResourcePolicy: "replace"/,
    /^spec.namespaceMapping: "Not A Name"/,
    /^spec.namespaceMapping: a and b would both be restored into x/,
    /^spec.hooks.resources\[0\].includedNamespaces: "bad\|too"/,
    /^spec.hooks.resources\[0\]: it leaves out pods/,
    /^spec.hooks.resources\[0\].labelSelector: .*no key/,
    /^spec.hooks.resources\[0\].postHooks\[0\].exec.execTimeout: "-1s"/,
    /^spec.hooks.resources\[0\].postHooks\[0\].exec.waitTimeout: "-2s"/,
    /^spec.hooks.resources\[0\].postHooks\[1\].init.initContainers\[0\]: .* needs a name/,
    /^spec.resourceModifier: it must name a ConfigMap, not a "Secret"/,
    /^spec.resourcePolicy: not supported/,
    /^spec.restoreStatus.includedResources: "\*" must stand alone/,
  ];
  for (const each of expected)
    assert.ok(
      found.some(problem => each.test(problem)),
      `${each}\n${found.join('\n')}`,
    );
});

test('a schedule stands in the place of a backup, and not beside one', () => {
  const { backupName, scheduleName } = readRequest(restoreOf({ backupName: '', scheduleName: 'nightly' }));
  assert.deepEqual([backupName, scheduleName], ['', 'nightly']);
  assert.deepEqual(problemsOf({ scheduleName: 'nightly' }), [
    'spec.backupName and spec.scheduleName: only one of them can be given',
  ]);
});

test('two namespaces of the backup must not land in one', () => {
  const request = readRequest(restoreOf({ namespaceMapping: { old: 'new' } }));
  assert.equal(targetNamespace(request, 'old'), 'new');
  assert.equal(targetNamespace(request, 'other'), 'other');
  assert.doesNotThrow(() => checkTargets(request, ['old', 'other']));
  assert.throws(
    () => checkTargets(request, ['old', 'new']),
    thrown => isHozonError(thrown, 'restore.invalid'),
  );
  const swapped = readRequest(restoreOf({ namespaceMapping: { a: 'b', b: 'a' } }));
  assert.doesNotThrow(() => checkTargets(swapped, ['a', 'b']));
});
