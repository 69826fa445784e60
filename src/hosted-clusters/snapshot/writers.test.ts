import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import { mayWrite } from './writers.ts';

const deployment = (matchLabels: Record<string, string>): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'kube-apiserver' },
  spec: { selector: { matchLabels } },
});
const pod = (name: string, phase: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  status: { phase },
});

test('a pod that has come to its end does not write any more', () => {
  const of = deployment({ app: 'kube-apiserver' });
  const phases = ['Pending', 'Running', 'Unknown', 'Failed', 'Succeeded'];
  assert.deepEqual(
    phases.filter(phase => mayWrite(pod('kube-apiserver-1', phase), of)),
    ['Pending', 'Running', 'Unknown'],
  );
});

test('a Deployment whose selector has no labels does not wait for the pods of others', () => {
  assert.equal(mayWrite(pod('etcd-0', 'Running'), deployment({})), false);
  assert.equal(mayWrite(pod('kube-apiserver-1', 'Running'), deployment({})), true);
});
