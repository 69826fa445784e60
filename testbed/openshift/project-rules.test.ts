import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import {
  admitRoute,
  defaultRoleBindings,
  dockercfgSecret,
  projectAnnotations,
  rememberRange,
} from './project-rules.ts';

function namespace(name: string, annotations?: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...(annotations && { annotations }) } };
}

const uidRange = 'openshift.io/sa.scc.uid-range';

test('every project gets a UID range of its own, and one that it brings along is kept', () => {
  const ranges = new Map<string, string>();
  rememberRange(namespace('restored', { [uidRange]: '1000650000/10000' }), ranges);
  assert.equal(
    projectAnnotations(namespace('restored', { [uidRange]: '1000650000/10000' }), ranges),
    undefined,
  );
  const first = projectAnnotations(namespace('a'), ranges);
  const second = projectAnnotations(namespace('b'), ranges);
  assert.deepEqual([first?.[uidRange], second?.[uidRange]], ['1000660000/10000', '1000670000/10000']);
  assert.match(first?.['openshift.io/sa.scc.mcs'] ?? '', /^s0:c\d+,c\d+$/);
  assert.notEqual(first?.['openshift.io/sa.scc.mcs'], second?.['openshift.io/sa.scc.mcs']);
});

test('a project can pull, build and deploy', () => {
  const bindings = defaultRoleBindings('shop');
  const named = bindings.map(binding => [binding.metadata.name, textAt(binding, 'roleRef', 'name')]);
  assert.deepEqual(named, [
    ['system:image-pullers', 'system:image-puller'],
    ['system:image-builders', 'system:image-builder'],
    ['system:deployers', 'system:deployer'],
  ]);
  assert.match(JSON.stringify(bindings[0]), /"system:serviceaccounts:shop"/);
});

test('a dockercfg secret belongs to its service account and names the internal registry', () => {
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'web', namespace: 'shop', uid: 'u' },
  };
  const secret = dockercfgSecret(account, 'x7k2p');
  assert.equal(secret.metadata.name, 'web-dockercfg-x7k2p');
  assert.equal(secret['type'], 'kubernetes.io/dockercfg');
  assert.equal(secret.metadata.ownerReferences?.[0]?.uid, 'u');
  const { '.dockercfg': encoded } = secret['data'] as { '.dockercfg': string };
  assert.deepEqual(Object.keys(JSON.parse(Buffer.from(encoded, 'base64').toString()) as object), [
    '10.111.255.221:5000',
  ]);
});

function route(spec: Record<string, unknown>, status?: unknown): KubeObject {
  return {
    apiVersion: 'route.openshift.io/v1',
    kind: 'Route',
    metadata: { name: 'web', namespace: 'shop' },
    spec,
    status,
  };
}

test('a route without a host gets one, marked as generated', () => {
  const { change, status } = admitRoute(route({}), 'apps.test');
  assert.deepEqual(change, {
    metadata: { annotations: { 'openshift.io/host.generated': 'true' } },
    spec: { host: 'web-shop.apps.test' },
  });
  assert.equal((status?.['ingress'] as { host: string }[] | undefined)?.[0]?.host, 'web-shop.apps.test');
});

test('a host that is given stays, and an admitted route is left alone', () => {
  const { change, status } = admitRoute(route({ host: 'web.test' }), 'apps.test');
  assert.equal(change, undefined);
  assert.deepEqual(admitRoute(route({ host: 'web.test' }, status), 'apps.test'), {});
});
