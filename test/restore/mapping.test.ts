import assert from 'node:assert/strict';
import { test } from 'node:test';
import { valueAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { installOpenShiftKinds } from '#testbed/openshift/kinds.ts';
import { uniqueName } from '#testbed/shared.ts';
import { configMap, namespaceObject, pod, service, volume } from './objects.ts';
import { restored, restoreOf, scene, storeBackup } from './scene.ts';

const current = scene(({ client }) => installOpenShiftKinds(client));

const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };

function binding(namespace: string | undefined, name: string, subjects: readonly object[]): KubeObject {
  const kind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata, roleRef: role, subjects };
}

function policy(old: string, other: string): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'from-self', namespace: other },
    spec: {
      podSelector: {},
      ingress: [
        { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': old } } }] },
        {
          from: [
            {
              namespaceSelector: {
                matchExpressions: [
                  { key: 'kubernetes.io/metadata.name', operator: 'In', values: [old, other] },
                ],
              },
            },
          ],
        },
      ],
      policyTypes: ['Ingress'],
    },
  };
}

function triggeredConfig(old: string): KubeObject {
  return {
    apiVersion: 'apps.openshift.io/v1',
    kind: 'DeploymentConfig',
    metadata: { name: 'web', namespace: old },
    spec: {
      replicas: 0,
      selector: { app: 'web' },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'web' }] },
      },
      triggers: [
        {
          type: 'ImageChange',
          imageChangeParams: {
            containerNames: ['web'],
            from: { kind: 'ImageStreamTag', name: 'web:latest', namespace: old },
            lastTriggeredImage: 'registry/old@sha256:1',
          },
        },
      ],
    },
  };
}

function constraints(name: string, old: string): KubeObject {
  return {
    apiVersion: 'security.openshift.io/v1',
    kind: 'SecurityContextConstraints',
    metadata: { name },
    users: [`system:serviceaccount:${old}:app`, 'alice'],
    groups: [`system:serviceaccounts:${old}`],
    runAsUser: { type: 'RunAsAny' },
    seLinuxContext: { type: 'RunAsAny' },
    fsGroup: { type: 'RunAsAny' },
    supplementalGroups: { type: 'RunAsAny' },
    allowHostDirVolumePlugin: false,
    allowHostIPC: false,
    allowHostNetwork: false,
    allowHostPID: false,
    allowHostPorts: false,
    allowPrivilegedContainer: false,
    priority: null,
    readOnlyRootFilesystem: false,
    volumes: [],
  };
}

test('everything of a namespace comes back under its new name, and nothing names the old one', async () => {
  const { store, namespace, get, cleanLater } = current();
  const [old, copy, other] = [namespace('old'), namespace('copy'), namespace('stays')];
  const [volumeName, clusterName] = [uniqueName('vol'), uniqueName('grant')];
  const subjects = [
    { kind: 'ServiceAccount', name: 'app', namespace: old },
    { kind: 'ServiceAccount', name: 'app', namespace: other },
    { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: `system:serviceaccounts:${old}` },
    { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: `system:serviceaccount:${old}:app` },
    { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: old },
  ];
  const text = `namespace: ${old}`;
  const backup = await storeBackup(store, [
    namespaceObject(old, { team: 'web' }),
    configMap(old, 'text', { namespace: old, text }),
    binding(old, 'grants', subjects),
    binding(undefined, clusterName, subjects),
    policy(old, other),
    triggeredConfig(old),
    constraints(clusterName, old),
    volume(volumeName, 'Retain', { namespace: old, name: 'data' }),
  ]);
  cleanLater('clusterrolebindings.rbac.authorization.k8s.io', clusterName);
  cleanLater('securitycontextconstraints.security.openshift.io', clusterName);
  cleanLater('persistentvolumes', volumeName);
  const { said, resources } = await restored(
    current(),
    restoreOf(backup, { namespaceMapping: { [old]: copy } }),
  );
  assert.deepEqual(said, []);
  assert.equal(await get('namespaces', { name: old }), undefined);
  assert.equal((await get('namespaces', { name: copy }))?.metadata.labels?.['team'], 'web');
  assert.deepEqual(resources['rbac.authorization.k8s.io/v1/RoleBinding'], [`${copy}/grants(created)`]);
  const mapped = subjects.map(subject => JSON.parse(JSON.stringify(subject).replaceAll(old, copy)) as object);
  mapped.splice(4, 1, subjects[4] as object); // a user who happens to be called like the namespace
  const rbac = 'rolebindings.rbac.authorization.k8s.io';
  assert.deepEqual((await get(rbac, { namespace: copy, name: 'grants' }))?.['subjects'], mapped);
  assert.deepEqual((await get(`cluster${rbac}`, { name: clusterName }))?.['subjects'], mapped);
  const spec = (await get('networkpolicies.networking.k8s.io', { namespace: other, name: 'from-self' }))?.[
    'spec'
  ];
  assert.equal(JSON.stringify(spec).includes(old), false, JSON.stringify(spec));
  assert.equal(JSON.stringify(spec).split(copy).length, 3);
  const [trigger] = valueAt(
    await get('deploymentconfigs.apps.openshift.io', { namespace: copy, name: 'web' }),
    'spec',
    'triggers',
  ) as object[];
  const from = { kind: 'ImageStreamTag', name: 'web:latest', namespace: copy };
  assert.deepEqual(valueAt(trigger, 'imageChangeParams', 'from'), from);
  const scc = await get('securitycontextconstraints.security.openshift.io', { name: clusterName });
  assert.deepEqual(scc?.['users'], [`system:serviceaccount:${copy}:app`, 'alice']);
  assert.deepEqual(scc?.['groups'], [`system:serviceaccounts:${copy}`]);
  const claimRef = valueAt(await get('persistentvolumes', { name: volumeName }), 'spec', 'claimRef');
  assert.deepEqual(claimRef, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    name: 'data',
    namespace: copy,
  });
  const kept = await get('configmaps', { namespace: copy, name: 'text' });
  assert.deepEqual(kept?.['data'], { namespace: old, text });
});

test('two namespaces change places', async () => {
  const { store, namespace, get } = current();
  const [a, b] = [namespace('swap-a'), namespace('swap-b')];
  const account = (ns: string) => ({ kind: 'ServiceAccount', name: 'app', namespace: ns });
  const backup = await storeBackup(store, [
    configMap(a, 'from-a'),
    binding(a, 'grants', [account(a), account(b)]),
    configMap(b, 'from-b'),
  ]);
  const { said } = await restored(current(), restoreOf(backup, { namespaceMapping: { [a]: b, [b]: a } }));
  assert.deepEqual(said, []);
  assert.ok(await get('configmaps', { namespace: b, name: 'from-a' }));
  assert.ok(await get('configmaps', { namespace: a, name: 'from-b' }));
  const grants = await get('rolebindings.rbac.authorization.k8s.io', { namespace: b, name: 'grants' });
  assert.deepEqual(grants?.['subjects'], [account(b), account(a)]);
});

test('of OpenShift, what its controllers make is left to them', async () => {
  const { store, namespace, get } = current();
  const ns = namespace('ocp');
  const owner = (kind: string, apiVersion: string, name: string) => [
    { apiVersion, kind, name, uid: '1', controller: true },
  ];
  const route = (name: string, host: string, generated: boolean): KubeObject => ({
    apiVersion: 'route.openshift.io/v1',
    kind: 'Route',
    metadata: {
      name,
      namespace: ns,
      annotations: generated ? { 'openshift.io/host.generated': 'true' } : {},
    },
    spec: { host, to: { kind: 'Service', name: 'web', weight: 100 }, wildcardPolicy: 'None' },
  });
  const config: KubeObject = {
    apiVersion: 'apps.openshift.io/v1',
    kind: 'DeploymentConfig',
    metadata: { name: 'web', namespace: ns },
    spec: {
      replicas: 0,
      selector: { app: 'web' },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image: 'web' }] },
      },
    },
  };
  const ofConfig = { 'openshift.io/deployment-config.name': 'web' };
  const controller: KubeObject = {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: {
      name: 'web-3',
      namespace: ns,
      annotations: ofConfig,
      ownerReferences: owner('DeploymentConfig', 'apps.openshift.io/v1', 'web'),
    },
    spec: { replicas: 1, selector: { app: 'web' } },
  };
  const backup = await storeBackup(store, [
    route('made', 'made.apps.old', true),
    route('chosen', 'www.shop', false),
    config,
    controller,
    pod(ns, 'web-3-abcde', {
      annotations: ofConfig,
      ownerReferences: owner('ReplicationController', 'v1', 'web-3'),
    }),
    pod(ns, 'web-3-deploy', { labels: { 'openshift.io/deployer-pod-for.name': 'web-3' } }),
    pod(ns, 'web-1-build', { labels: { 'openshift.io/build.name': 'web-1' } }),
    configMap(ns, 'web-1-ca', {}, { ownerReferences: owner('Pod', 'v1', 'web-1-build') }),
    {
      apiVersion: 'build.openshift.io/v1',
      kind: 'Build',
      metadata: { name: 'web-1', namespace: ns },
      spec: {},
    },
    binding(ns, 'system:deployers', []),
    binding(ns, 'own', []),
    service(ns, 'outside', { type: 'LoadBalancer', externalIPs: ['192.0.2.9'] }),
  ]);
  const { said, resources } = await restored(current(), restoreOf(backup));
  assert.deepEqual(said, []);
  const created = Object.values(resources)
    .flat()
    .filter(entry => entry.endsWith('(created)'));
  assert.deepEqual(
    created.sort(),
    [ns, ...['chosen', 'made', 'web', 'own', 'outside'].map(name => `${ns}/${name}`)]
      .map(name => `${name}(created)`)
      .sort(),
  );
  const host = async (name: string) =>
    valueAt(await get('routes.route.openshift.io', { namespace: ns, name }), 'spec', 'host');
  assert.equal(await host('chosen'), 'www.shop');
  assert.equal(await host('made'), undefined);
  const outside = await get('services', { namespace: ns, name: 'outside' });
  assert.equal(valueAt(outside, 'spec', 'externalIPs'), undefined);
});
