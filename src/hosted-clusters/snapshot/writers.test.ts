import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import { resumeCommandWith } from './pausing.ts';
import type { ClusterWork } from './work.ts';
import { mayWrite, scaleBackCommand } from './writers.ts';

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

test('what is to be done by hand names the remembered numbers and values', () => {
  const key = { namespace: 'clusters', name: 'west' };
  const cluster = { key, controlPlaneNamespace: 'clusters-west' } as ClusterWork['cluster'];
  assert.equal(
    scaleBackCommand({ cluster }, { 'kube-apiserver': 3, 'openshift-apiserver': 2 }),
    'oc scale deployment -n clusters-west --replicas=3 kube-apiserver && oc scale deployment -n clusters-west --replicas=2 openshift-apiserver',
  );
  assert.equal(
    resumeCommandWith({ cluster }, { cluster: null, nodePools: { one: "it's" } }),
    `oc patch -n clusters nodepools/one -p '{"spec":{"pausedUntil":"it'\\''s"}}' --type=merge && oc patch -n clusters hostedclusters/west -p '{"spec":{"pausedUntil":null}}' --type=merge`,
  );
});
