import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAt, textAt, valueAt } from '#kube/fields.ts';
import { type KubeObject, parseApiVersion, type ResourceType } from '#kube/objects.ts';
import { noChanges } from '../changes/changes.ts';
import type { Context, Facts, Item } from '../item.ts';
import { decide } from './decide.ts';

const context: Context = {
  restoreName: 'again',
  backupName: 'nightly',
  existing: 'none',
  preserveNodePorts: false,
  mapNamespace: namespace => (namespace === 'old' ? 'new' : namespace),
  openshift: true,
  registry: { from: new Set(['10.1.2.3:5000']), here: { host: 'registry.here:5000', shared: new Set() } },
  changes: noChanges,
  hooks: [],
  restoresStatus: () => false,
};

interface Given {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string | undefined;
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly rest?: Record<string, unknown>;
}

function item(given: Given, facts: Facts = {}): Item {
  const { apiVersion, kind, name = 'app', annotations = {}, labels = {}, owner, rest = {} } = given;
  const namespace = Object.hasOwn(given, 'namespace') ? given.namespace : 'old';
  const ownerReferences = owner && [{ apiVersion: 'v1', controller: true, uid: 'gone', ...owner }];
  const metadata = {
    name,
    annotations,
    labels,
    ...(namespace === undefined ? {} : { namespace }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
  };
  const object: KubeObject = { apiVersion, kind, metadata, ...rest };
  const type: ResourceType = {
    ...parseApiVersion(apiVersion),
    resource: kind === 'SecurityContextConstraints' ? kind.toLowerCase() : `${kind.toLowerCase()}s`,
    kind,
    namespaced: namespace !== undefined,
    verbs: ['create', 'get', 'list'],
    shortNames: [],
    singular: '',
  };
  return { type, object, facts };
}

/** Why an object is skipped. */
function skipped(given: Given, facts?: Facts): string {
  const decision = decide(item(given, facts), undefined, context);
  return decision.action === 'skip' ? decision.reason : decision.action;
}

/** An object as it is created. */
function created(given: Given, facts?: Facts): KubeObject {
  const decision = decide(item(given, facts), undefined, context);
  assert.ok(decision.action === 'create', `${decision.action} ${decision.reason}`);
  return decision.object;
}

const core = 'v1';
const image = `10.1.2.3:5000/old/app@sha256:${'a'.repeat(64)}`;
const moved = `registry.here:5000/new/app@sha256:${'a'.repeat(64)}`;

test('builds, their pods and what those were given are left out', () => {
  assert.equal(skipped({ apiVersion: 'build.openshift.io/v1', kind: 'Build' }), 'build');
  const annotations = { 'openshift.io/build.name': 'app-1' };
  assert.equal(skipped({ apiVersion: core, kind: 'Pod', name: 'app-1-build', annotations }), 'build');
  const owner = { kind: 'Pod', name: 'app-1-build' };
  for (const name of ['app-1-ca', 'app-1-global-ca', 'app-1-sys-config']) {
    assert.equal(skipped({ apiVersion: core, kind: 'ConfigMap', name, owner }), 'build');
  }
  const marked = { 'oadp.openshift.io/skip-buildconfig-configmap-restore': 'true' };
  assert.equal(skipped({ apiVersion: core, kind: 'ConfigMap', annotations: marked }), 'build');
  assert.equal(skipped({ apiVersion: core, kind: 'ConfigMap', name: 'my-ca' }), 'create');
  assert.equal(
    skipped({ apiVersion: core, kind: 'ConfigMap', name: 'app-settings', owner }),
    'create',
    'an owner alone does not make it a build’s',
  );
});

test('deployer pods, and what an unpaused DeploymentConfig rolls out again, are left out', () => {
  const annotations = { 'openshift.io/deployer-pod-for.name': 'app-1' };
  assert.equal(skipped({ apiVersion: core, kind: 'Pod', name: 'app-1-deploy', annotations }), 'made-again');
  const maker = item({ apiVersion: 'apps.openshift.io/v1', kind: 'DeploymentConfig' }).object;
  const ofConfig = { 'openshift.io/deployment-config.name': 'app' };
  const rc: Given = { apiVersion: core, kind: 'ReplicationController', name: 'app-1', annotations: ofConfig };
  assert.equal(skipped(rc, { maker }), 'made-again');
  assert.equal(skipped(rc), 'create');
  const pod: Given = { apiVersion: core, kind: 'Pod', name: 'app-1-x', annotations: ofConfig };
  assert.equal(skipped(pod, { maker }), 'made-again');
});

test('a DeploymentConfig keeps its replicas and triggers, with images and projects as they are here', () => {
  const params = { automatic: true, from: { kind: 'ImageStreamTag', name: 'app:1', namespace: 'old' } };
  const object = created({
    apiVersion: 'apps.openshift.io/v1',
    kind: 'DeploymentConfig',
    rest: {
      spec: {
        replicas: 3,
        triggers: [{ type: 'ImageChange', imageChangeParams: { ...params, lastTriggeredImage: image } }],
        template: { spec: { containers: [{ name: 'main', image }] } },
      },
    },
  });
  assert.equal(valueAt(object, 'spec', 'replicas'), 3);
  const [trigger] = listAt(object, 'spec', 'triggers');
  assert.equal(textAt(trigger, 'imageChangeParams', 'from', 'namespace'), 'new');
  assert.equal(textAt(trigger, 'imageChangeParams', 'lastTriggeredImage'), moved);
  assert.equal(textAt(listAt(object, 'spec', 'template', 'spec', 'containers')[0], 'image'), moved);
});

test('what runs pods names images where they are here', () => {
  const template = { spec: { containers: [{ name: 'main', image }] } };
  const kinds: [string, string][] = [
    ['apps/v1', 'Deployment'],
    ['apps/v1', 'StatefulSet'],
    ['apps/v1', 'DaemonSet'],
    ['apps/v1', 'ReplicaSet'],
    ['batch/v1', 'Job'],
  ];
  for (const [apiVersion, kind] of kinds) {
    const object = created({ apiVersion, kind, rest: { spec: { template } } });
    assert.equal(textAt(listAt(object, 'spec', 'template', 'spec', 'containers')[0], 'image'), moved, kind);
  }
  const cron = created({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    rest: { spec: { jobTemplate: { spec: { template } } } },
  });
  const path = ['spec', 'jobTemplate', 'spec', 'template', 'spec', 'containers'];
  assert.equal(textAt(listAt(cron, ...path)[0], 'image'), moved);
});

test('a pod is free of its node and of the pull secrets that its old cluster made', () => {
  const object = created({
    apiVersion: core,
    kind: 'Pod',
    rest: {
      spec: {
        nodeName: 'node-1',
        nodeSelector: { disk: 'ssd' },
        imagePullSecrets: [{ name: 'default-dockercfg-b7x4k' }, { name: 'quay' }],
        containers: [{ name: 'main', image }],
      },
    },
  });
  assert.deepEqual(object['spec'], {
    nodeSelector: { disk: 'ssd' },
    imagePullSecrets: [{ name: 'quay' }],
    containers: [{ name: 'main', image: moved }],
  });
});

test('a service account keeps its own secrets, not those that its old cluster made', () => {
  const references = [{ name: 'app-dockercfg-b7x4k' }, { name: 'quay' }];
  const rest = { secrets: references, imagePullSecrets: references };
  const object = created({ apiVersion: core, kind: 'ServiceAccount', rest });
  assert.deepEqual(object['secrets'], [{ name: 'quay' }]);
  assert.deepEqual(object['imagePullSecrets'], [{ name: 'quay' }]);
});

test('secrets that OpenShift makes are left out', () => {
  for (const version of ['alpha', 'beta']) {
    const annotations = { [`service.${version}.openshift.io/originating-service-name`]: 'app' };
    assert.equal(
      skipped({ apiVersion: core, kind: 'Secret', name: 'app-tls', annotations }),
      'generated-secret',
    );
  }
  const annotations = { 'openshift.io/internal-registry-auth-token.service-account': 'app' };
  const rest = { type: 'kubernetes.io/dockercfg' };
  const dockercfg: Given = {
    apiVersion: core,
    kind: 'Secret',
    name: 'app-dockercfg-b7x4k',
    annotations,
    rest,
  };
  assert.equal(skipped(dockercfg), 'generated-secret');
});

test('a route whose host was generated is given a new one; a host that somebody chose stays', () => {
  const rest = { spec: { host: 'app-old.apps.example.com', to: { kind: 'Service', name: 'app' } } };
  const route: Given = { apiVersion: 'route.openshift.io/v1', kind: 'Route', rest };
  const generated = created({ ...route, annotations: { 'openshift.io/host.generated': 'true' } });
  assert.equal(valueAt(generated, 'spec', 'host'), undefined);
  assert.equal(textAt(created(route), 'spec', 'host'), 'app-old.apps.example.com');
});

test('a load balancer’s external addresses go; another service’s stay', () => {
  const service = (type: string): Given => ({
    apiVersion: core,
    kind: 'Service',
    rest: { spec: { type, externalIPs: ['192.0.2.1'], ports: [] } },
  });
  assert.equal(valueAt(created(service('LoadBalancer')), 'spec', 'externalIPs'), undefined);
  assert.deepEqual(valueAt(created(service('ClusterIP')), 'spec', 'externalIPs'), ['192.0.2.1']);
});

test('an autoscaler names DeploymentConfigs by their group', () => {
  const target = { kind: 'DeploymentConfig', name: 'app', apiVersion: 'v1' };
  const object = created({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    rest: { spec: { scaleTargetRef: target } },
  });
  assert.equal(textAt(object, 'spec', 'scaleTargetRef', 'apiVersion'), 'apps.openshift.io/v1');
});

test('constraints and bindings name accounts by the projects’ new names', () => {
  const scc = created({
    apiVersion: 'security.openshift.io/v1',
    kind: 'SecurityContextConstraints',
    namespace: undefined,
    rest: {
      users: ['system:serviceaccount:old:app', 'system:serviceaccount:other:app', 'kubeadmin'],
      groups: ['system:serviceaccounts:old', 'system:authenticated'],
    },
  });
  assert.deepEqual(scc['users'], [
    'system:serviceaccount:new:app',
    'system:serviceaccount:other:app',
    'kubeadmin',
  ]);
  assert.deepEqual(scc['groups'], ['system:serviceaccounts:new', 'system:authenticated']);
  const rest = {
    roleRef: { name: 'edit', namespace: 'old' },
    subjects: [{ kind: 'ServiceAccount', name: 'app', namespace: 'old' }],
    userNames: ['system:serviceaccount:old:app'],
    groupNames: ['system:serviceaccounts:old'],
  };
  for (const [kind, namespace] of [
    ['RoleBinding', 'old'],
    ['ClusterRoleBinding', undefined],
  ] as const) {
    const binding = created({ apiVersion: 'authorization.openshift.io/v1', kind, namespace, rest });
    assert.deepEqual(
      [binding['roleRef'], binding['subjects'], binding['userNames'], binding['groupNames']],
      [
        { name: 'edit', namespace: 'new' },
        [{ kind: 'ServiceAccount', name: 'app', namespace: 'new' }],
        ['system:serviceaccount:new:app'],
        ['system:serviceaccounts:new'],
      ],
    );
  }
});

test('the bindings that every project is given are left out, in both groups', () => {
  for (const group of ['rbac.authorization.k8s.io', 'authorization.openshift.io']) {
    for (const name of ['system:image-pullers', 'system:image-builders', 'system:deployers']) {
      assert.equal(skipped({ apiVersion: `${group}/v1`, kind: 'RoleBinding', name }), 'default-role-binding');
    }
  }
});

test('an image stream comes back with its tags, each where its image is here; views of it do not', () => {
  const from = { kind: 'DockerImage', name: '10.1.2.3:5000/old/base:1' };
  const tag = { name: '1', generation: 4, from, importPolicy: {} };
  const stream = created({
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    rest: { spec: { tags: [tag] }, status: { dockerImageRepository: '10.1.2.3:5000/old/app' } },
  });
  assert.deepEqual(listAt(stream, 'spec', 'tags'), [
    { name: '1', from: { kind: 'DockerImage', name: 'registry.here:5000/new/base:1' }, importPolicy: {} },
  ]);
  assert.equal(stream['status'], undefined);
  for (const kind of ['ImageStreamTag', 'ImageTag']) {
    assert.equal(skipped({ apiVersion: 'image.openshift.io/v1', kind }), 'view');
  }
  const project: Given = { apiVersion: 'project.openshift.io/v1', kind: 'Project', namespace: undefined };
  assert.equal(skipped(project), 'view');
});

test('a build configuration builds where images and secrets are here', () => {
  const docker = { kind: 'DockerImage', name: '10.1.2.3:5000/old/base:1' };
  const here = { kind: 'DockerImage', name: 'registry.here:5000/new/base:1' };
  const object = created({
    apiVersion: 'build.openshift.io/v1',
    kind: 'BuildConfig',
    rest: {
      spec: {
        output: { to: docker, pushSecret: { name: 'builder-dockercfg-b7x4k' } },
        strategy: { dockerStrategy: { from: docker, pullSecret: { name: 'quay' } } },
        source: { images: [{ from: docker, pullSecret: { name: 'builder-dockercfg-b7x4k' } }] },
      },
    },
  });
  assert.deepEqual(object['spec'], {
    output: { to: here },
    strategy: { dockerStrategy: { from: here, pullSecret: { name: 'quay' } } },
    source: { images: [{ from: here }] },
  });
});

test('requests to OADP are not made again', () => {
  for (const kind of ['NonAdminBackup', 'NonAdminRestore', 'NonAdminBackupStorageLocation']) {
    assert.equal(skipped({ apiVersion: 'oadp.openshift.io/v1alpha1', kind }), 'self-service');
  }
});
