import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAt, valueAt } from '#kube/fields.ts';
import { type KubeObject, parseApiVersion, type ResourceType } from '#kube/objects.ts';
import { noChanges } from '../changes/changes.ts';
import { decide } from '../decide/decide.ts';
import type { Context, Facts, Item } from '../item.ts';
import { readModifiers } from '../modifiers/read.ts';
import { noteText } from '../notes.ts';
import { readHooks } from '../request/hooks.ts';
import { prepared } from './prepared.ts';

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

function item(object: KubeObject, resource: string, facts: Facts = {}): Item {
  const type: ResourceType = {
    ...parseApiVersion(object.apiVersion),
    resource,
    kind: object.kind,
    namespaced: object.metadata.namespace !== undefined,
    verbs: [],
    shortNames: [],
    singular: '',
  };
  return { type, object, facts };
}

function withRules(...rules: object[]): Context {
  const data = { rules: JSON.stringify({ version: 'v1', resourceModifierRules: rules }) };
  const read = readModifiers({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data });
  assert.ok('rules' in read, JSON.stringify(read));
  return { ...context, changes: { ...noChanges, modifiers: read.rules } };
}

const binding: KubeObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'b', namespace: 'old', labels: { a: 'b' } },
  subjects: [{ kind: 'ServiceAccount', name: 'x', namespace: 'old' }],
};

test('rules see an object after what Velero’s own actions do, in its old namespace, and have the last word', () => {
  const conditions = { groupResource: 'rolebindings.rbac.authorization.k8s.io', namespaces: ['old'] };
  const test = { operation: 'test', path: '/subjects/0/namespace', value: 'new' };
  const subject = { operation: 'replace', path: '/subjects/0/namespace', value: 'old' };
  const elsewhere = { operation: 'replace', path: '/metadata/namespace', value: 'elsewhere' };
  const labels = { operation: 'remove', path: '/metadata/labels' };
  const rules = withRules({ conditions, patches: [test, subject, elsewhere, labels] });
  const { object, modifiers, notes } = prepared(item(binding, 'rolebindings'), rules);
  assert.deepEqual([modifiers, notes], [[1], []]);
  assert.deepEqual(object.metadata, {
    name: 'b',
    namespace: 'new',
    labels: { 'velero.io/backup-name': 'nightly', 'velero.io/restore-name': 'again' },
  });
  assert.equal(valueAt(listAt(object, 'subjects')[0], 'namespace'), 'old');
  const unmoved = prepared(item(binding, 'rolebindings'), context).object;
  assert.equal(valueAt(listAt(unmoved, 'subjects')[0], 'namespace'), 'new');
});

test('a rule that cannot be applied is told of the object, which is restored by the others', () => {
  const conditions = { groupResource: '**' };
  const rules = withRules(
    { conditions, patches: [{ operation: 'remove', path: '/nothing' }] },
    { conditions, mergePatches: [{ patchData: 'metadata: {labels: {c: d}}' }] },
  );
  const decision = decide(item(binding, 'rolebindings'), undefined, rules);
  assert.equal(decision.action, 'create');
  assert.deepEqual(decision.modifiers, [2]);
  assert.deepEqual(
    decision.notes.map(each => [each.severity, noteText(each).en()]),
    [['error', 'rule 1 of the resource modifier could not be applied to it: /nothing is not there']],
  );
});

test('what would get a storage class that is not there is refused', () => {
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', namespace: 'a' } };
  const decision = decide(
    item(claim, 'persistentvolumeclaims', { missingClass: 'fast' }),
    undefined,
    context,
  );
  assert.deepEqual(
    [decision.action, decision.notes.map(each => each.code)],
    ['refuse', ['storage-class-missing']],
  );
});

test('hooks of a pod that is made anew are not run, which is said where there are any', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'old' } };
  const maker = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'nightly', namespace: 'old' } };
  const notes = (includedNamespaces: string[]) => {
    const { rules } = readHooks([
      { name: 'h', includedNamespaces, postHooks: [{ exec: { command: ['true'] } }] },
    ]);
    return decide(item(pod, 'pods', { maker }), undefined, { ...context, hooks: rules }).notes;
  };
  assert.deepEqual(notes(['new']), [
    { code: 'hooks-not-run', severity: 'warning', params: { by: 'Job nightly' } },
  ]);
  assert.deepEqual(notes(['old']), []);
});

test('definitions that let unknown fields through do so in their schemas', () => {
  const schema = { openAPIV3Schema: { type: 'object' } };
  const definition = (spec: object): KubeObject => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: { versions: [{ name: 'v1', schema }, { name: 'v2' }], ...spec },
  });
  const specOf = (spec: object) =>
    prepared(item(definition(spec), 'customresourcedefinitions'), context).object['spec'];
  assert.deepEqual(specOf({ preserveUnknownFields: true }), {
    versions: [
      {
        name: 'v1',
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
      { name: 'v2' },
    ],
  });
  const plain = { preserveUnknownFields: false };
  assert.deepEqual(specOf(plain), definition(plain)['spec']);
});

test('webhooks say side effects that the server takes, also where they say none', () => {
  const effects = ['None', 'NoneOnDryRun', 'Some', 'Unknown', undefined];
  const configuration: KubeObject = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'w' },
    webhooks: effects.map(sideEffects => ({ name: 'x', ...(sideEffects && { sideEffects }) })),
  };
  const { object } = prepared(item(configuration, 'validatingwebhookconfigurations'), context);
  assert.deepEqual(
    listAt(object, 'webhooks').map(each => valueAt(each, 'sideEffects')),
    ['None', 'NoneOnDryRun', 'None', 'None', 'None'],
  );
});
