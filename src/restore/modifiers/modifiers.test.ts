import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import { applyModifiers } from './apply.ts';
import { groupResourceGlob } from './group-resource-glob.ts';
import { typedValue } from './json-patch.ts';
import { type ModifierRule, readModifiers } from './read.ts';

const claim: KubeObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data-1', namespace: 'shop', labels: { tier: 'db' } },
  spec: { storageClassName: 'slow', accessModes: ['ReadWriteOnce'] },
};

function configMap(text: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'modifiers' },
    data: { 'rules.yaml': text },
  };
}

function rulesOf(text: string): readonly ModifierRule[] {
  const read = readModifiers(configMap(text));
  if ('rules' in read) return read.rules;
  return assert.fail(read.problems.join('\n'));
}

function problemsOf(text: string): string {
  const read = readModifiers(configMap(text));
  return 'problems' in read ? read.problems.join('\n') : assert.fail('it was accepted');
}

function rule(conditions: string, change: string): string {
  return `version: v1\nresourceModifierRules:\n- conditions: ${conditions}\n  ${change}\n`;
}

const toFast = 'patches: [{operation: replace, path: /spec/storageClassName, value: fast}]';

function isChanged(conditions: string, object = claim, resource = 'persistentvolumeclaims'): boolean {
  return applyModifiers(rulesOf(rule(conditions, toFast)), object, resource).applied.length > 0;
}

test('each condition has to hold', () => {
  const cases: [string, boolean][] = [
    ['{groupResource: persistentvolumeclaims}', true],
    ['{groupResource: "persistent*"}', true],
    ['{groupResource: pods}', false],
    ['{groupResource: "*", namespaces: [shop]}', true],
    ['{groupResource: "*", namespaces: ["sh*"]}', true],
    ['{groupResource: "*", namespaces: [blog]}', false],
    ['{groupResource: "*", resourceNameRegex: "^data-[0-9]$"}', true],
    ['{groupResource: "*", resourceNameRegex: "(?i)^DATA"}', true],
    ['{groupResource: "*", resourceNameRegex: "^ata"}', false],
    ['{groupResource: "*", labelSelector: {matchLabels: {tier: db}}}', true],
    ['{groupResource: "*", labelSelector: {matchLabels: {tier: web}}}', false],
    ['{groupResource: "*", matches: [{path: /spec/storageClassName, value: slow}]}', true],
    ['{groupResource: "*", matches: [{path: /spec/storageClassName, value: fast}]}', false],
    ['{groupResource: "*", matches: [{path: /spec/nothing/here, value: slow}]}', false],
  ];
  for (const [conditions, expected] of cases) assert.equal(isChanged(conditions), expected, conditions);
});

test('a cluster-scoped object meets any condition on namespaces, as with Velero', () => {
  const volume: KubeObject = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'pv' },
    spec: { storageClassName: 'a' },
  };
  assert.ok(isChanged('{groupResource: persistentvolumes, namespaces: [shop]}', volume, 'persistentvolumes'));
});

test('conditions look at the object before the first rule, patches at the object as it is by then', () => {
  const rules = rulesOf(`
version: v1
resourceModifierRules:
- conditions: {groupResource: persistentvolumeclaims, matches: [{path: /spec/storageClassName, value: slow}]}
  patches: [{operation: replace, path: /spec/storageClassName, value: medium}]
- conditions: {groupResource: persistentvolumeclaims, matches: [{path: /spec/storageClassName, value: slow}]}
  mergePatches: [{patchData: "metadata: {labels: {moved: yes please, tier: null}}"}]
- conditions: {groupResource: persistentvolumeclaims}
  patches:
  - {operation: test, path: /spec/storageClassName, value: medium}
  - {operation: copy, from: /spec/storageClassName, path: /metadata/labels/class}
`);
  const { object, applied, problems } = applyModifiers(rules, claim, 'persistentvolumeclaims');
  assert.deepEqual([applied, problems], [[1, 2, 3], []]);
  assert.deepEqual(object.metadata.labels, { moved: 'yes please', class: 'medium' });
  assert.equal((object['spec'] as { storageClassName: string }).storageClassName, 'medium');
  assert.deepEqual(claim.metadata.labels, { tier: 'db' }, 'the original is left alone');
});

test('a rule that cannot be applied is named and changes nothing; the others are applied', () => {
  const rules = rulesOf(`
version: v1
resourceModifierRules:
- conditions: {groupResource: "*"}
  patches:
  - {operation: replace, path: /spec/storageClassName, value: lost}
  - {operation: remove, path: /spec/volumeName}
- conditions: {groupResource: "*"}
  ${toFast}
- conditions: {groupResource: "*"}
  mergePatches: [{patchData: "kind: Secret"}]
`);
  const { object, applied, problems } = applyModifiers(rules, claim, 'persistentvolumeclaims');
  assert.deepEqual(applied, [2]);
  assert.deepEqual(
    problems.map(each => each.rule),
    [1, 3],
  );
  assert.equal((object['spec'] as { storageClassName: string }).storageClassName, 'fast');
});

test('custom resources know no strategic merge', () => {
  const custom: KubeObject = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' } };
  const rules = rulesOf(rule('{groupResource: "**"}', 'strategicPatches: [{patchData: "spec: {a: 1}"}]'));
  const { problems } = applyModifiers(rules, custom, 'things.example.com');
  assert.match(problems[0]?.problem ?? '', /mergePatches/);
});

test('a document that could fail later is refused at once, with its place', () => {
  const cases: [string, RegExp][] = [
    ['version: v2\nresourceModifierRules: []', /version/],
    ['version: v1\nresourceModifierRules: []', /resourceModifierRules/],
    [rule('{}', toFast), /groupResource/],
    [rule('{groupResource: "["}', toFast), /\[0\].*groupResource/],
    [rule('{groupResource: pods, resourceNameRegex: "("}', toFast), /regular expression/i],
    [rule('{groupResource: pods, nameRegex: a}', toFast), /nameRegex|additional/],
    [rule('{groupResource: pods}', 'patches: [{operation: set, path: /a}]'), /operation/],
    [rule('{groupResource: pods}', 'patches: [{operation: add, path: a}]'), /JSON pointer/],
    [rule('{groupResource: pods}', 'patches: [{operation: move, path: /a}]'), /from/],
    [rule('{groupResource: pods}', `patches: [{operation: add, path: /a, value: '{"a'}]`), /JSON/],
    [rule('{groupResource: pods}', `mergePatches: [{patchData: "a: [1"}]`), /\[0\]/],
    [rule('{groupResource: pods}', `mergePatches: [{patchData: "5"}]`), /map/],
    [rule('{groupResource: pods}', `${toFast}\n  mergePatches: [{patchData: "a: 1"}]`), /exactly one/],
    [rule('{groupResource: pods}', 'patches: []'), /exactly one/],
    ['- not\n- a map', /object|must/],
    ['a: [', /./],
  ];
  for (const [text, expected] of cases) assert.match(problemsOf(text), expected, text);
  const two = { ...configMap(''), data: { a: '', b: '' } };
  assert.ok('problems' in readModifiers(two));
});

test('values are typed as Velero types them', () => {
  const cases: [string, unknown][] = [
    ['', ''],
    ['null', null],
    ['true', true],
    ['False', false],
    ['3', 3],
    ['1.5e3', 1500],
    ['"3"', '3'],
    ['"true"', 'true'],
    ['0x10', '0x10'],
    ['10Gi', '10Gi'],
    ['[1,"a"]', [1, 'a']],
    ['{"a":{"b":null}}', { a: { b: null } }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(typedValue(text), expected, text);
});

test('patterns of groupResource stop at dots unless they are doubled', () => {
  const cases: [string, string, boolean][] = [
    ['*', 'pods', true],
    ['*', 'deployments.apps', false],
    ['**', 'deployments.apps', true],
    ['*.apps', 'deployments.apps', true],
    ['*.apps', 'deployments.apps.openshift.io', false],
    ['{pods,services}', 'services', true],
    ['{pods,services}', 'secrets', false],
    ['pod?', 'pods', true],
    ['[!p]ods', 'pods', false],
    ['deployments.apps', 'deploymentsXapps', false],
  ];
  for (const [pattern, text, expected] of cases) {
    assert.equal(groupResourceGlob(pattern)?.test(text), expected, `${pattern} ${text}`);
  }
  for (const broken of ['[', 'a]', '{a', 'a}', '{{a}}']) assert.equal(groupResourceGlob(broken), undefined);
});

test('a patch cannot reach prototypes', () => {
  const rules = rulesOf(
    rule('{groupResource: "*"}', 'mergePatches: [{patchData: "__proto__: {polluted: true}"}]'),
  );
  applyModifiers(rules, claim, 'persistentvolumeclaims');
  const steps = rulesOf(
    rule('{groupResource: "*"}', 'patches: [{operation: add, path: /__proto__/polluted, value: "true"}]'),
  );
  applyModifiers(steps, claim, 'persistentvolumeclaims');
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
});
