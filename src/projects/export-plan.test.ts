import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Discovery } from '#kube/discovery.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import type { ProjectContents } from './collect.ts';
import { type ExportPlan, planExport } from './export-plan.ts';
import { explainFinding, type FindingCode } from './findings.ts';
import { inRange } from './inspect.ts';
import { chooseTypes } from './types.ts';

function type(name: string, kind: string, options: Partial<ResourceType> = {}): ResourceType {
  const [resource = '', ...group] = name.split('.');
  return {
    group: group.join('.'),
    version: 'v1',
    resource,
    kind,
    namespaced: true,
    singular: '',
    shortNames: [],
    verbs: ['create', 'get', 'list', 'watch'],
    ...options,
  };
}

let uids = 0;

function object(type: ResourceType, name: string, fields: object = {}, metadata: object = {}): KubeObject {
  return {
    apiVersion: type.group === '' ? 'v1' : `${type.group}/v1`,
    kind: type.kind,
    metadata: { name, namespace: 'shop', uid: `uid-${++uids}`, resourceVersion: '1', ...metadata },
    ...fields,
  };
}

const types = {
  pods: type('pods', 'Pod'),
  secrets: type('secrets', 'Secret'),
  configmaps: type('configmaps', 'ConfigMap'),
  accounts: type('serviceaccounts', 'ServiceAccount'),
  services: type('services', 'Service'),
  endpoints: type('endpoints', 'Endpoints'),
  jobs: type('jobs.batch', 'Job'),
  claims: type('persistentvolumeclaims', 'PersistentVolumeClaim'),
  replicaSets: type('replicasets.apps', 'ReplicaSet'),
  deployments: type('deployments.apps', 'Deployment'),
  configs: type('deploymentconfigs.apps.openshift.io', 'DeploymentConfig'),
  routes: type('routes.route.openshift.io', 'Route'),
  bindings: type('rolebindings.rbac.authorization.k8s.io', 'RoleBinding'),
  books: type('orderbooks.estate.example.com', 'OrderBook'),
};

function plan(
  objects: [ResourceType, KubeObject][],
  rest: Partial<ProjectContents & object> = {},
): ExportPlan {
  return planExport(contents(objects, rest));
}

function contents(
  objects: [ResourceType, KubeObject][],
  rest: Partial<ProjectContents> = {},
): ProjectContents {
  const listed = Object.values(types).map(type => ({
    type,
    objects: objects.filter(([of]) => of === type).map(([, each]) => each),
  }));
  return { name: 'shop', namespace: undefined, listed, unexported: [], grants: [], ...rest };
}

function codes(of: ExportPlan): FindingCode[] {
  return of.findings.map(({ code }) => code).filter(code => code !== 'namespace-unreadable');
}

test('what the cluster makes by itself is left out, with the reason', () => {
  const owner = (kind: string): object => ({
    ownerReferences: [{ apiVersion: 'apps/v1', kind, name: 'web', uid: 'x', controller: true }],
  });
  const token = { type: 'kubernetes.io/service-account-token' };
  const ofDefault = { annotations: { 'kubernetes.io/service-account.name': 'default' } };
  const result = plan([
    [types.pods, object(types.pods, 'web-1', {}, owner('ReplicaSet'))],
    [types.replicaSets, object(types.replicaSets, 'web', {}, owner('Deployment'))],
    [types.pods, object(types.pods, 'done', { status: { phase: 'Succeeded' } })],
    [
      types.jobs,
      object(types.jobs, 'migrate', { status: { conditions: [{ type: 'Complete', status: 'True' }] } }),
    ],
    [types.secrets, object(types.secrets, 'default-token-bcdfg', token, ofDefault)],
    [
      types.secrets,
      object(types.secrets, 'default-dockercfg-bcdfg', { type: 'kubernetes.io/dockercfg' }, ofDefault),
    ],
    [types.configmaps, object(types.configmaps, 'kube-root-ca.crt')],
    [types.accounts, object(types.accounts, 'default', { secrets: [{ name: 'default-dockercfg-bcdfg' }] })],
    [types.services, object(types.services, 'web', { spec: { selector: { app: 'web' } } })],
    [types.endpoints, object(types.endpoints, 'web')],
    [types.endpoints, object(types.endpoints, 'outside')],
  ]);
  const reasons = Object.fromEntries(result.skipped.map(each => [each.object.name, each.reason]));
  assert.deepEqual(reasons, {
    'web-1': 'controlled',
    done: 'finished-pod',
    'default-token-bcdfg': 'service-account-token',
    'default-dockercfg-bcdfg': 'dockercfg',
    'kube-root-ca.crt': 'injected-ca',
    default: 'default-service-account',
    migrate: 'finished-job',
    web: 'controlled',
  });
  const names = result.files.map(({ name, objects }) => [name, objects.map(each => each.metadata.name)]);
  assert.deepEqual(names, [
    ['project.yaml', ['web']],
    ['services.yaml', ['web']],
    ['endpoints.yaml', ['outside']],
  ]);
  assert.equal(result.skipped.length, 9);
  assert.deepEqual(codes(result), ['owner-not-exported', 'owner-not-exported']);
});

test('generated objects are kept on request, secrets of service accounts never', () => {
  const pod = object(types.pods, 'done', { status: { phase: 'Succeeded' } });
  const token = object(
    types.secrets,
    'd',
    { type: 'kubernetes.io/dockercfg' },
    {
      annotations: { 'openshift.io/token-secret.name': 't' },
    },
  );
  const result = planExport(
    contents([
      [types.pods, pod],
      [types.secrets, token],
    ]),
    { keepGenerated: true },
  );
  assert.deepEqual(
    result.files.map(({ name }) => name),
    ['project.yaml', 'pods.yaml'],
  );
  assert.deepEqual(result.files[0]?.objects, [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'done' } }]);
});

test('what an object relies on and does not bring along is said', () => {
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'shop',
      annotations: {
        'openshift.io/sa.scc.uid-range': '1000650000/10000',
        'openshift.io/sa.scc.supplemental-groups': '1000650000/10000',
        'openshift.io/sa.scc.mcs': 's0:c26,c0',
      },
    },
  };
  const template = {
    spec: {
      securityContext: { runAsUser: 1000650007, fsGroup: 42, seLinuxOptions: { level: 's0:c26,c0' } },
      priorityClassName: 'gold',
      imagePullSecrets: [{ name: 'default-dockercfg-bcdfg' }],
      containers: [{ name: 'web', image: '10.1.2.3:5000/shop/web@sha256:00' }],
    },
  };
  const owned = { ownerReferences: [{ apiVersion: 'x/v1', kind: 'App', name: 'a', uid: 'gone' }] };
  const generated = { annotations: { 'openshift.io/host.generated': 'true' } };
  const service = {
    clusterIP: '10.0.0.1',
    externalIPs: ['192.0.2.1'],
    ports: [{ port: 1, nodePort: 30001 }],
  };
  const result = plan(
    [
      [types.deployments, object(types.deployments, 'web', { spec: { template } }, owned)],
      [types.routes, object(types.routes, 'web', { spec: { host: 'web-shop.example' } }, generated)],
      [types.claims, object(types.claims, 'data', { spec: { volumeName: 'pv', storageClassName: 'fast' } })],
      [types.services, object(types.services, 'web', { spec: service })],
      [types.bindings, object(types.bindings, 'b', { roleRef: { kind: 'ClusterRole', name: 'custom' } })],
      [types.bindings, object(types.bindings, 'c', { roleRef: { kind: 'ClusterRole', name: 'admin' } })],
      [types.books, object(types.books, 'book', {}, { finalizers: ['estate.example.com/settle'] })],
    ],
    {
      namespace,
      grants: [
        {
          apiVersion: 'security.openshift.io/v1',
          kind: 'SecurityContextConstraints',
          metadata: { name: 'special' },
          users: ['system:serviceaccount:shop:web', 'system:serviceaccount:shopping:web'],
        },
      ],
    },
  );
  const said = result.findings.map(each => explainFinding(each, 'en'));
  const dependencies = result.findings.filter(({ code }) => code === 'cluster-dependency');
  assert.deepEqual(
    dependencies.map(({ params }) => `${params['kind']} ${params['name']}`),
    [
      'StorageClass fast',
      'PriorityClass gold',
      'ClusterRole custom',
      'CustomResourceDefinition orderbooks.estate.example.com',
    ],
  );
  assert.deepEqual(
    codes(result)
      .filter(code => code !== 'cluster-dependency')
      .sort(),
    [
      'cluster-grant',
      'finalizers-kept',
      'generated-secret-used',
      'id-fixed-in-range',
      'id-ranges-dropped',
      'image-digest-internal',
      'node-port-dropped',
      'owner-not-exported',
      'route-host-generated',
      'selinux-fixed',
      'service-address-dropped',
      'service-external-address',
      'volume-data-missing',
    ],
  );
  assert.ok(said.some(text => text.includes('securityContext.runAsUser is 1000650007')));
  for (const each of result.findings) assert.match(explainFinding(each, 'ja'), /[ぁ-ん]/);
});

test('with images=tags the digest is gone and so is its warning', () => {
  const from = { kind: 'ImageStreamTag', name: 'web:latest' };
  const config = object(types.configs, 'web', {
    spec: {
      triggers: [{ type: 'ImageChange', imageChangeParams: { containerNames: ['web'], from } }],
      template: { spec: { containers: [{ name: 'web', image: '10.1.2.3:5000/shop/web@sha256:00' }] } },
    },
  });
  assert.deepEqual(codes(plan([[types.configs, config]])), ['image-digest-internal']);
  const tagged = planExport(contents([[types.configs, config]]), { images: 'tags' });
  assert.deepEqual(codes(tagged), ['image-rewritten']);
  for (const { objects } of tagged.files) assert.equal(JSON.stringify(objects).includes('sha256'), false);
});

test('the same object under two groups is exported once', () => {
  const one = object(types.services, 'web');
  const twice = contents([[types.services, one]]);
  const twin = type('services.legacy.example', 'Service');
  const listed = [...twice.listed, { type: twin, objects: [one] }];
  const result = planExport({ ...twice, listed });
  assert.deepEqual(
    result.files.map(({ name }) => name),
    ['project.yaml', 'services.yaml'],
  );
  assert.deepEqual(
    result.skipped.map(({ reason }) => reason),
    ['same-object'],
  );
});

test('types: twins, views, events and the unlistable are named, not listed', () => {
  const discovery = new Discovery(
    [
      types.secrets,
      type('events', 'Event'),
      type('events.events.k8s.io', 'Event'),
      type('deployments.extensions', 'Deployment'),
      types.deployments,
      type('imagestreamtags.image.openshift.io', 'ImageStreamTag'),
      type('localsubjectaccessreviews.authorization.k8s.io', 'LocalSubjectAccessReview', {
        verbs: ['create'],
      }),
      type('pods.metrics.k8s.io', 'PodMetrics', { verbs: ['get', 'list'] }),
      type('nodes', 'Node', { namespaced: false }),
      type('../../etc', 'Evil'),
    ],
    [{ groupVersion: 'dead.example/v1', reason: 'stale' }],
  );
  const { types: chosen, unexported } = chooseTypes(discovery);
  assert.deepEqual(
    chosen.map(({ resource }) => resource),
    ['secrets', 'deployments'],
  );
  assert.deepEqual(Object.fromEntries(unexported.map(({ resource, reason }) => [resource, reason])), {
    'dead.example/v1': 'unavailable',
    events: 'event',
    'events.events.k8s.io': 'event',
    'deployments.extensions': 'twin',
    'imagestreamtags.image.openshift.io': 'not-creatable',
    'localsubjectaccessreviews.authorization.k8s.io': 'method-not-allowed',
    'pods.metrics.k8s.io': 'not-creatable',
  });
});

test('ranges are read in both of the forms that OpenShift writes', () => {
  assert.equal(inRange(1000650000, '1000650000/10000'), true);
  assert.equal(inRange(1000659999, '1000650000/10000'), true);
  assert.equal(inRange(1000660000, '1000650000/10000'), false);
  assert.equal(inRange(5, '1-3, 5-6'), true);
  assert.equal(inRange(4, '1-3,5-6'), false);
  assert.equal(inRange(4, 'nonsense'), false);
});
