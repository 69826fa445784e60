import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { listAt, textAt, valueAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { findingText } from '#restore/plan/findings.ts';
import { planRestore } from '#restore/plan/make.ts';
import { backupsIn } from '#restore/source.ts';
import { configMap, namespaceObject, pod, service } from './objects.ts';
import { restored, restoreOf, scene, storeBackup } from './scene.ts';

const current = scene();

const owned = (kind: string, name: string, apiVersion = 'apps/v1') => ({
  ownerReferences: [{ apiVersion, kind, name, uid: 'gone', controller: true, blockOwnerDeletion: true }],
});

/** Of those that the cluster gives to nobody who does not ask (the first 86 of its range). */
async function freeNodePorts(): Promise<[number, number, number]> {
  const { client, type } = current();
  const taken = new Set<unknown>();
  for await (const object of client.list(await type('services')))
    for (const port of listAt(object, 'spec', 'ports')) taken.add(valueAt(port, 'nodePort'));
  const free = Array.from({ length: 86 }, (_, index) => 30_000 + index).filter(port => !taken.has(port));
  const from = randomInt(free.length - 2);
  const [first = 0, second = 0, third = 0] = free.slice(from, from + 3);
  return [first, second, third];
}

test('services come back without what their cluster gave them, and with what was asked for', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('svc');
  const ports = (nodePort: number) => [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 80, nodePort }];
  const [own, given, preserved] = await freeNodePorts();
  const applied = { spec: { ports: [{ name: 'http', port: 80, nodePort: own }] } };
  const asked = service(ns, 'asked', { type: 'NodePort', ports: ports(own) });
  asked.metadata.annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied),
  };
  const headless = { clusterIP: 'None', clusterIPs: ['None'] };
  const backup = await storeBackup(store, [
    service(ns, 'plain'),
    service(ns, 'headless', headless),
    service(ns, 'given', { type: 'NodePort', ports: ports(given) }),
    asked,
  ]);
  const { said } = await restored(current(), restoreOf(backup));
  assert.deepEqual(said, []);
  const there = (name: string) => get('services', { namespace: ns, name });
  const portOf = async (name: string) => valueAt(listAt(await there(name), 'spec', 'ports')[0], 'nodePort');
  assert.notEqual(textAt(await there('plain'), 'spec', 'clusterIP'), '10.254.254.254');
  assert.equal(textAt(await there('headless'), 'spec', 'clusterIP'), 'None');
  assert.equal(await portOf('asked'), own);
  assert.notEqual(await portOf('given'), given);
  const copy = namespace('svc-copy');
  const kept = await storeBackup(store, [service(ns, 'kept', { type: 'NodePort', ports: ports(preserved) })]);
  await restored(current(), restoreOf(kept, { preserveNodePorts: true, namespaceMapping: { [ns]: copy } }));
  const port = listAt(await get('services', { namespace: copy, name: 'kept' }), 'spec', 'ports')[0];
  assert.equal(valueAt(port, 'nodePort'), preserved);
});

test('pods come back free of their node and owners; those that have ended or are made again do not', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('pods');
  const job = (name: string, status: object, metadata: object = {}): KubeObject => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...metadata, name, namespace: ns, labels: { 'controller-uid': 'gone', own: 'yes' } },
    spec: {
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'gone' } },
      template: {
        metadata: { labels: { 'batch.kubernetes.io/controller-uid': 'gone', own: 'yes' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'x' }] },
      },
    },
    status,
  });
  const annotations = { 'post.hook.restore.velero.io/command': 'ls' };
  const hooked = pod(ns, 'of-job-hooked', { ...owned('Job', 'running', 'batch/v1'), annotations });
  const backup = await storeBackup(store, [
    pod(ns, 'alone', { uid: 'old' }),
    pod(ns, 'of-set', owned('ReplicaSet', 'web-1')),
    pod(ns, 'of-job', owned('Job', 'running', 'batch/v1')),
    pod(ns, 'of-absent-job', owned('Job', 'absent', 'batch/v1')),
    pod(ns, 'mirror', { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
    pod(ns, 'failed', {}, { phase: 'Failed' }),
    pod(ns, 'succeeded', {}, { phase: 'Succeeded' }),
    hooked,
    job('running', { active: 1 }),
    job('complete', { completionTime: '2026-01-01T00:00:00Z' }),
    job('gave-up', { conditions: [{ type: 'Failed', status: 'True' }] }),
  ]);
  const { said, resources } = await restored(current(), restoreOf(backup));
  assert.deepEqual(said, [
    'warning pods/of-job-hooked: its restore hooks are not run: Job running makes the pod anew under another name; run them by hand where they are needed',
  ]);
  assert.deepEqual(resources['v1/Pod'], [
    `${ns}/alone(created)`,
    `${ns}/failed(skipped)`,
    `${ns}/mirror(skipped)`,
    `${ns}/of-absent-job(created)`,
    `${ns}/of-job(skipped)`,
    `${ns}/of-job-hooked(skipped)`,
    `${ns}/of-set(created)`,
    `${ns}/succeeded(skipped)`,
  ]);
  assert.deepEqual(resources['batch/v1/Job'], [
    `${ns}/complete(skipped)`,
    `${ns}/gave-up(skipped)`,
    `${ns}/running(created)`,
  ]);
  const there = await get('pods', { namespace: ns, name: 'of-set' });
  assert.equal(there?.metadata.ownerReferences, undefined);
  assert.notEqual(textAt(there, 'spec', 'nodeName'), 'old-node');
  const running = await get('jobs.batch', { namespace: ns, name: 'running' });
  assert.equal(
    textAt(running, 'spec', 'selector', 'matchLabels', 'batch.kubernetes.io/controller-uid'),
    running?.metadata.uid,
  );
  assert.equal(textAt(running, 'spec', 'template', 'metadata', 'labels', 'own'), 'yes');
});

test('secrets, endpoints and bundles that the cluster makes are left to it; handmade ones come back', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('made');
  const secret = (name: string, type: string, annotations: Record<string, string> = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: ns, annotations },
    type,
    data: { token: 'b2xk' },
  });
  const account = { 'kubernetes.io/service-account.name': 'app', 'kubernetes.io/service-account.uid': 'old' };
  const endpoints = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace: ns },
    subsets: [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ port: 80, protocol: 'TCP' }] }],
  });
  const backup = await storeBackup(store, [
    namespaceObject(ns),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app', namespace: ns } },
    secret('app-token-bcdfg', 'kubernetes.io/service-account-token', account),
    secret('handmade', 'kubernetes.io/service-account-token', account),
    secret('plain', 'Opaque'),
    service(ns, 'web', { selector: { app: 'web' } }),
    service(ns, 'outside'),
    endpoints('web'),
    endpoints('outside'),
    configMap(ns, 'kube-root-ca.crt', { 'ca.crt': 'old' }),
  ]);
  const { said, resources } = await restored(current(), restoreOf(backup));
  assert.deepEqual(said, []);
  assert.deepEqual(resources['v1/Secret'], [
    `${ns}/app-token-bcdfg(skipped)`,
    `${ns}/handmade(created)`,
    `${ns}/plain(created)`,
  ]);
  assert.deepEqual(resources['v1/Endpoints'], [`${ns}/outside(created)`, `${ns}/web(skipped)`]);
  assert.deepEqual(resources['v1/ConfigMap'], [`${ns}/kube-root-ca.crt(skipped)`]);
  const handmade = await get('secrets', { namespace: ns, name: 'handmade' });
  assert.notEqual(textAt(handmade, 'data', 'token'), 'b2xk');
  const outside = await get('endpoints', { namespace: ns, name: 'outside' });
  assert.equal(valueAt(listAt(outside, 'subsets')[0], 'addresses') !== undefined, true);
});

test('finalizers stay, identity and owners go, a generated name stays what it became', async () => {
  const { store, namespace, get, client, type } = current();
  const ns = namespace('meta');
  const metadata = {
    ...owned('Widget', 'parent', 'example.com/v1'),
    uid: 'old',
    resourceVersion: '77',
    generation: 9,
    creationTimestamp: '2020-01-01T00:00:00Z',
    generateName: 'made-',
    finalizers: ['hozon.dev/hold'],
    labels: { a: 'b' },
    managedFields: [{ manager: 'old', operation: 'Update', apiVersion: 'v1' }],
  };
  const backup = await storeBackup(store, [configMap(ns, 'made-abcde', {}, metadata)]);
  const { said } = await restored(current(), restoreOf(backup));
  assert.deepEqual(said, []);
  const there = await get('configmaps', { namespace: ns, name: 'made-abcde' });
  assert.deepEqual(there?.metadata.finalizers, ['hozon.dev/hold']);
  assert.equal(there?.metadata.ownerReferences, undefined);
  assert.equal(there?.metadata.generateName, undefined);
  assert.notEqual(there?.metadata.uid, 'old');
  assert.notEqual(there?.metadata.creationTimestamp, '2020-01-01T00:00:00Z');
  assert.equal(there?.metadata.labels?.['a'], 'b');
  const key = { namespace: ns, name: 'made-abcde' };
  await client.patch(await type('configmaps'), key, {
    type: 'merge',
    body: { metadata: { finalizers: null } },
  });
});

test('objects of one type come back in the versions that they were stored in, with all of their fields', async () => {
  const { store, namespace, get, client } = current();
  const ns = namespace('versions');
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const scaler = (version: string, name: string, spec: object): KubeObject => ({
    apiVersion: `autoscaling/${version}`,
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: ns },
    spec: { minReplicas: 1, maxReplicas: 3, scaleTargetRef: target, ...spec },
  });
  const utilization = { type: 'Utilization', averageUtilization: 70 };
  const metrics = [{ type: 'Resource', resource: { name: 'memory', target: utilization } }];
  const behavior = { scaleDown: { stabilizationWindowSeconds: 17 } };
  const backup = await storeBackup(store, [
    scaler('v1', 'stale', { targetCPUUtilizationPercentage: 60 }),
    scaler('v2', 'fresh', { metrics, behavior }),
    scaler('v2beta2', 'gone', { metrics }),
  ]);
  const other = /autoscaling\/v2beta2, which the cluster does not serve; autoscaling\/v2 is used/;
  const options = { api: client, source: backupsIn(store), veleroNamespace: 'velero' };
  const plan = await planRestore(restoreOf(backup), options);
  assert.deepEqual(
    plan.items.filter(({ kind }) => kind !== 'Namespace').map(({ name, apiVersion }) => [name, apiVersion]),
    [
      ['stale', 'autoscaling/v1'],
      ['fresh', 'autoscaling/v2'],
      ['gone', 'autoscaling/v2'],
    ],
  );
  const [found, ...others] = plan.findings;
  assert.ok(found !== undefined && others.length === 0);
  assert.match(findingText(found).en(), other);
  const { said, restore } = await restored(current(), restoreOf(backup));
  assert.match(said.join('\n'), other);
  assert.equal(said.length, 1);
  assert.equal(restore.status?.phase, 'Completed');
  const there = async (name: string) => get('horizontalpodautoscalers.autoscaling', { namespace: ns, name });
  const fresh = await there('fresh');
  assert.equal(valueAt(fresh, 'spec', 'behavior', 'scaleDown', 'stabilizationWindowSeconds'), 17);
  assert.deepEqual(valueAt(fresh, 'spec', 'metrics'), metrics);
  assert.deepEqual(valueAt(await there('gone'), 'spec', 'metrics'), metrics);
  assert.equal(textAt(listAt(await there('stale'), 'spec', 'metrics')[0], 'resource', 'name'), 'cpu');
  const again = await planRestore(restoreOf(backup), options);
  const compared = again.items.find(({ name }) => name === 'stale');
  assert.equal(compared?.action, 'skip', 'it is compared in its own version');
});
