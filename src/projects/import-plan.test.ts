import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { Discovery } from '#kube/discovery.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import { type ImportPlan, planImport } from './import-plan.ts';
import { additionTo, holds } from './merge.ts';

function type(name: string, kind: string, namespaced = true): ResourceType {
  const [resource = '', ...group] = name.split('.');
  const rest = { version: 'v1', verbs: [], shortNames: [], singular: '' };
  return { group: group.join('.'), resource, kind, namespaced, ...rest };
}

const discovery = new Discovery([
  type('namespaces', 'Namespace', false),
  type('persistentvolumes', 'PersistentVolume', false),
  type('configmaps', 'ConfigMap'),
  type('secrets', 'Secret'),
  type('serviceaccounts', 'ServiceAccount'),
  type('services', 'Service'),
  type('resourcequotas', 'ResourceQuota'),
  type('pods', 'Pod'),
  type('deployments.apps', 'Deployment'),
  type('limitranges', 'LimitRange'),
  type('rolebindings.rbac.authorization.k8s.io', 'RoleBinding'),
  type('networkpolicies.networking.k8s.io', 'NetworkPolicy'),
  type('deploymentconfigs.apps.openshift.io', 'DeploymentConfig'),
  type('orderbooks.estate.example.com', 'OrderBook'),
]);

function object(apiVersion: string, kind: string, fields: object = {}, metadata: object = {}): KubeObject {
  return { apiVersion, kind, metadata: { name: 'web', ...metadata }, ...fields };
}

function plan(objects: KubeObject[], as?: string, file = 'x.yaml'): ImportPlan {
  const files = { directory: '/d', source: 'shop', objects: objects.map(each => ({ file, object: each })) };
  return planImport(files, discovery, { as });
}

test('limits come first, what finds pods before what makes them, quotas last', () => {
  const kinds: [string, string][] = [
    ['v1', 'ResourceQuota'],
    ['apps/v1', 'Deployment'],
    ['v1', 'Service'],
    ['estate.example.com/v1', 'OrderBook'],
    ['v1', 'Pod'],
    ['v1', 'Secret'],
    ['v1', 'LimitRange'],
  ];
  const order = plan(kinds.map(([apiVersion, kind]) => object(apiVersion, kind))).steps.map(
    step => step.object.kind,
  );
  const wanted = ['LimitRange', 'Secret', 'Service', 'OrderBook', 'Pod', 'Deployment', 'ResourceQuota'];
  assert.deepEqual(order, wanted);
});

test('a token secret comes after its account: the token controller deletes those without one', () => {
  const type = 'kubernetes.io/service-account-token';
  const steps = plan([
    object('v1', 'Secret', { type }, { name: 'ci' }),
    object('v1', 'Pod'),
    object('v1', 'ServiceAccount'),
    object('v1', 'Secret', { type: 'Opaque' }),
  ]).steps;
  assert.deepEqual(
    steps.map(({ object }) => [object.kind, object.metadata.name]),
    [
      ['Secret', 'web'],
      ['ServiceAccount', 'web'],
      ['Secret', 'ci'],
      ['Pod', 'web'],
    ],
  );
});

test('what cannot be imported is said, and the rest goes on', () => {
  const result = plan([
    object('v1', 'PersistentVolume'),
    object('nowhere.example/v1', 'Thing'),
    object('v1', 'ConfigMap', {}, { namespace: 'kube-system' }),
    object('v1', 'ConfigMap', {}, { name: 'kube-root-ca.crt' }),
    object('v1', 'Secret', {}, { uid: 'u', resourceVersion: '5', ownerReferences: [] }),
  ]);
  const codes = result.findings.map(({ code, severity }) => `${code}/${severity}`);
  assert.deepEqual(codes, [
    'cluster-scoped/error',
    'type-not-served/error',
    'other-namespace/error',
    'generated-not-imported/note',
  ]);
  assert.deepEqual(
    result.steps.map(step => step.object),
    [object('v1', 'Secret', {}, { namespace: 'shop' })],
  );
});

test('under another name, what names the project follows; what may not be touched is pointed at', () => {
  const image = '10.1.2.3:5000/shop/web@sha256:00';
  const from = { kind: 'ImageStreamTag', namespace: 'shop', name: 'web:latest' };
  const containers = [{ name: 'web', image, env: [{ name: 'DB', value: 'db.shop.svc:5432' }] }];
  const selector = { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } };
  const result = plan(
    [
      object('v1', 'DeploymentConfig', {
        spec: {
          triggers: [{ type: 'ImageChange', imageChangeParams: { from, containerNames: ['web'] } }],
          template: { spec: { containers } },
        },
      }),
      object('rbac.authorization.k8s.io/v1', 'RoleBinding', {
        subjects: [
          { kind: 'ServiceAccount', name: 'a', namespace: 'shop' },
          { kind: 'ServiceAccount', name: 'a', namespace: 'other' },
        ],
      }),
      object('networking.k8s.io/v1', 'NetworkPolicy', {
        spec: {
          ingress: [
            {
              from: [
                { namespaceSelector: selector },
                {
                  namespaceSelector: {
                    matchExpressions: [
                      { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['shop', 'x'] },
                    ],
                  },
                },
              ],
            },
          ],
        },
      }),
      object('v1', 'ConfigMap', { data: { namespace: 'shop', url: 'http://web.shop.svc/' } }),
    ],
    'shop2',
  );
  assert.equal(result.project.metadata.name, 'shop2');
  const text = (kind: string): string =>
    JSON.stringify(result.steps.find(step => step.object.kind === kind)?.object);
  assert.match(text('DeploymentConfig'), /"apiVersion":"apps.openshift.io\/v1"/);
  assert.match(text('DeploymentConfig'), /10\.1\.2\.3:5000\/shop2\/web@sha256:00/);
  assert.match(text('DeploymentConfig'), /"from":\{"kind":"ImageStreamTag","namespace":"shop2"/);
  assert.match(
    text('RoleBinding'),
    /"namespace":"shop2"\},\{"kind":"ServiceAccount","name":"a","namespace":"other"/,
  );
  assert.match(text('NetworkPolicy'), /"kubernetes.io\/metadata.name":"shop2"/);
  assert.match(text('NetworkPolicy'), /"values":\["shop2","x"\]/);
  assert.match(text('ConfigMap'), /"namespace":"shop","url":"http:\/\/web\.shop\.svc\/"/);
  assert.deepEqual(
    result.findings.map(({ code, object, params }) => [code, object?.kind, params['field']]),
    [
      ['mentions-source', 'DeploymentConfig', 'spec.template.spec.containers[0].env[0].value'],
      ['mentions-source', 'ConfigMap', 'data.url'],
    ],
  );
});

test('an object in project.yaml and in its own file is created once, from its own file', () => {
  const own = object('v1', 'Service', { spec: { selector: { app: 'edited' } } });
  const overview = object('v1', 'Service', { spec: { selector: { app: 'web' } } });
  const files = {
    directory: '/d',
    source: 'shop',
    objects: [
      { file: 'project.yaml', object: overview },
      { file: 'services.yaml', object: own },
    ],
  };
  const result = planImport(files, discovery);
  assert.deepEqual(
    result.steps.map(({ file }) => file),
    ['services.yaml'],
  );
  assert.deepEqual(result.findings[0]?.params, { kept: 'services.yaml', other: 'project.yaml' });
});

test('a directory of another tool names its project by its Namespace, Project or objects', () => {
  const of = (objects: KubeObject[]): string =>
    planImport(
      { directory: '/d', source: undefined, objects: objects.map(each => ({ file: 'f', object: each })) },
      discovery,
    ).namespace;
  const project = object('project.openshift.io/v1', 'Project', {}, { name: 'theirs' });
  assert.equal(of([project, object('v1', 'Secret')]), 'theirs');
  assert.equal(of([object('v1', 'Secret', {}, { namespace: 'only' })]), 'only');
  const nameless = (thrown: unknown): boolean => isHozonError(thrown, 'projects.name-needed');
  assert.throws(() => of([object('v1', 'Secret')]), nameless);
  assert.throws(
    () => plan([object('v1', 'Secret')], 'Not_A_Name'),
    thrown => isHozonError(thrown, 'projects.bad-name'),
  );
});

test('an existing object holds the wanted one when only defaults were added', () => {
  assert.equal(holds({ a: 1, b: { c: [1, { d: 2, e: 3 }] } }, { b: { c: [1, { d: 2 }] } }), true);
  assert.equal(holds({ a: [1, 2] }, { a: [1] }), false);
  assert.equal(holds({ a: 1 }, { a: 1, b: null }), false);
});

test('accounts and bindings gain what they lack and lose nothing', () => {
  const there = object(
    'v1',
    'ServiceAccount',
    { imagePullSecrets: [{ name: 'generated' }] },
    { labels: { a: '1' } },
  );
  const wanted = object(
    'v1',
    'ServiceAccount',
    { imagePullSecrets: [{ name: 'quay' }] },
    { labels: { a: '2', b: '3' } },
  );
  assert.deepEqual(additionTo(there, wanted), {
    patch: {
      imagePullSecrets: [{ name: 'generated' }, { name: 'quay' }],
      metadata: { labels: { b: '3' } },
    },
    fields: 'imagePullSecrets, labels',
  });
  assert.equal(additionTo(there, there)?.fields, '');
  const binding = (role: string): KubeObject => object('x/v1', 'RoleBinding', { roleRef: { name: role } });
  assert.equal(additionTo(binding('a'), binding('b')), undefined);
  assert.equal(additionTo(object('v1', 'Secret'), object('v1', 'Secret')), undefined);
});
