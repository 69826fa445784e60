import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import { countsInQuota, scopeFacts } from './quota-scopes.ts';

const typeOf = (resource: string, kind: string): ResourceType => ({
  group: '',
  version: 'v1',
  resource,
  kind,
  namespaced: true,
  verbs: [],
  shortNames: [],
  singular: '',
});

const factsOf = (spec: Record<string, unknown>) =>
  scopeFacts(typeOf('pods', 'Pod'), { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec });

const quota = (spec: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'q' },
  spec,
});

const scoped = (...scopes: string[]) => quota({ scopes });
const selected = (operator: string, ...values: string[]) =>
  quota({ scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] } });

const plain = { containers: [{ name: 'main' }] };
const asking = { containers: [{ name: 'main', resources: { requests: { cpu: '1' } } }] };

test('a quota without scopes counts everything, one with scopes only pods', () => {
  const claim = scopeFacts(typeOf('persistentvolumeclaims', 'PersistentVolumeClaim'), quota({}));
  assert.equal(countsInQuota(quota({}), claim), true);
  assert.equal(countsInQuota(scoped('NotTerminating'), claim), false);
  assert.equal(countsInQuota(quota({}), factsOf(plain)), true);
});

test('pods are counted by how they end and by what they ask for', () => {
  const job = factsOf({ ...asking, activeDeadlineSeconds: 60 });
  assert.deepEqual(
    ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort'].map(scope => [
      countsInQuota(scoped(scope), job),
      countsInQuota(scoped(scope), factsOf(plain)),
    ]),
    [
      [true, false],
      [false, true],
      [false, true],
      [true, false],
    ],
  );
  assert.equal(countsInQuota(scoped('Terminating', 'BestEffort'), job), false);
});

test('pods are counted by their priority classes', () => {
  const high = factsOf({ ...plain, priorityClassName: 'high' });
  const none = factsOf(plain);
  const answers = [
    selected('In', 'high', 'higher'),
    selected('NotIn', 'high'),
    selected('Exists'),
    selected('DoesNotExist'),
    scoped('PriorityClass'),
  ].map(each => [countsInQuota(each, high), countsInQuota(each, none)]);
  assert.deepEqual(answers, [
    [true, false],
    [false, true],
    [true, false],
    [false, true],
    [true, false],
  ]);
});

test('pods are counted by whether they look at other namespaces', () => {
  const term = { topologyKey: 'zone', namespaces: ['other'] };
  const near = {
    podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ podAffinityTerm: term }] },
  };
  const scope = scoped('CrossNamespacePodAffinity');
  assert.equal(countsInQuota(scope, factsOf({ ...plain, affinity: near })), true);
  assert.equal(countsInQuota(scope, factsOf(plain)), false);
});

test('of a scope that is not known nothing is told', () => {
  assert.equal(countsInQuota(scoped('Sometimes'), factsOf(plain)), undefined);
  assert.equal(countsInQuota(selected('Near', 'high'), factsOf(plain)), undefined);
});
