import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { rounds } from '#testbed/soak.ts';
import type { KubeObject } from '../objects.ts';
import { kindCleaners, recreatable, withoutServerMetadata, withoutStatus } from './cleaning.ts';
import {
  cleanNamespace,
  cleanPersistentVolume,
  cleanPersistentVolumeClaim,
  cleanRoute,
  cleanSecret,
  cleanService,
  cleanServiceAccount,
} from './cleaning-resources.ts';
import {
  cleanDeploymentConfig,
  cleanHorizontalPodAutoscaler,
  cleanJob,
  cleanPod,
} from './cleaning-workloads.ts';
import { generatedSecret } from './generated-names.ts';
import { withMappedSubjects } from './subjects.ts';

function object(kind: string, fields: Record<string, unknown>, metadata: object = {}): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'web', namespace: 'shop', ...metadata }, ...fields };
}

test('server-set metadata goes, what people wrote stays', () => {
  const before = object(
    'ConfigMap',
    { data: { a: '1' } },
    {
      uid: 'u',
      resourceVersion: '7',
      generation: 3,
      creationTimestamp: '2024-01-01T00:00:00Z',
      deletionTimestamp: '2024-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 30,
      selfLink: '/x',
      generateName: 'we',
      managedFields: [{}],
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }],
      finalizers: ['example.org/keep'],
      labels: { app: 'web' },
      annotations: { note: 'n' },
    },
  );
  const kept = { finalizers: ['example.org/keep'], labels: { app: 'web' }, annotations: { note: 'n' } };
  assert.deepEqual(withoutServerMetadata(before), object('ConfigMap', { data: { a: '1' } }, kept));
  assert.equal(
    withoutServerMetadata(before, { keepOwnerReferences: true }).metadata.ownerReferences?.[0]?.name,
    'p',
  );
  assert.deepEqual(withoutStatus(object('Pod', { status: {}, spec: {} })), object('Pod', { spec: {} }));
});

test('a service loses its addresses and the node ports nobody asked for', () => {
  const applied = JSON.stringify({
    spec: {
      ports: [
        { name: 'http', port: 80, nodePort: 30080 },
        { port: 9, nodePort: 30009 },
      ],
    },
  });
  const service = object(
    'Service',
    {
      spec: {
        type: 'NodePort',
        clusterIP: '10.0.0.1',
        clusterIPs: ['10.0.0.1'],
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        healthCheckNodePort: 31000,
        ports: [
          { name: 'http', port: 80, nodePort: 30080 },
          { name: 'https', port: 443, nodePort: 30443 },
          { name: 'dns', port: 53, protocol: 'UDP', nodePort: 30053 },
          { port: 9, nodePort: 30009 },
        ],
      },
    },
    {
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': applied },
      managedFields: [
        {
          fieldsV1: { 'f:spec': { 'f:ports': { 'k:{"port":53,"protocol":"UDP"}': { 'f:nodePort': {} } } } },
        },
      ],
    },
  );
  const spec = (cleaned: KubeObject): Record<string, unknown> => cleaned['spec'] as Record<string, unknown>;
  const ports = (cleaned: KubeObject): unknown[] =>
    (spec(cleaned)['ports'] as { nodePort?: number }[]).map(port => port.nodePort);

  const velero = cleanService(service);
  assert.deepEqual(Object.keys(spec(velero)), ['type', 'ipFamilies', 'ipFamilyPolicy', 'ports']);
  assert.deepEqual(ports(velero), [30080, undefined, 30053, 30009]);
  const kept = cleanService(service, { nodePorts: 'keep' });
  assert.deepEqual(ports(kept), [30080, 30443, 30053, 30009]);
  assert.equal(spec(kept)['healthCheckNodePort'], 31000);
  const dropped = cleanService(service, { nodePorts: 'drop', dropIpFamilies: true });
  assert.deepEqual(ports(dropped), [undefined, undefined, undefined, undefined]);
  assert.deepEqual(Object.keys(spec(dropped)), ['type', 'ports']);
});

test('a headless service stays headless', () => {
  const headless = object('Service', { spec: { clusterIP: 'None', clusterIPs: ['None'] } });
  assert.equal(cleanService(headless), headless);
});

test('broken last-applied text is not an error', () => {
  const service = object(
    'Service',
    { spec: { ports: [{ port: 80, nodePort: 30080 }] } },
    { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{' } },
  );
  assert.deepEqual(cleanService(service)['spec'], { ports: [{ port: 80 }] });
});

test('a claim is unbound; a volume waits for its claim', () => {
  const claim = object(
    'PersistentVolumeClaim',
    { spec: { volumeName: 'pv1', dataSource: { kind: 'VolumeSnapshot', name: 's' } } },
    {
      annotations: {
        'pv.kubernetes.io/bind-completed': 'yes',
        'pv.kubernetes.io/bound-by-controller': 'yes',
        'volume.kubernetes.io/storage-provisioner': 'csi.example',
        'volume.kubernetes.io/selected-node': 'n1',
        note: 'kept',
      },
    },
  );
  const clean = cleanPersistentVolumeClaim(claim);
  assert.deepEqual(clean['spec'], { dataSource: { kind: 'VolumeSnapshot', name: 's' } });
  assert.deepEqual(clean.metadata.annotations, { note: 'kept' });
  assert.deepEqual(
    cleanPersistentVolumeClaim(claim, { keepVolumeName: true, dropDataSource: true })['spec'],
    {
      volumeName: 'pv1',
    },
  );

  const claimRef = {
    kind: 'PersistentVolumeClaim',
    name: 'c',
    namespace: 'n',
    uid: 'u',
    resourceVersion: '1',
  };
  const volume = object('PersistentVolume', { spec: { claimRef } });
  assert.deepEqual(cleanPersistentVolume(volume)['spec'], {
    claimRef: { kind: 'PersistentVolumeClaim', name: 'c', namespace: 'n' },
  });
  assert.deepEqual(cleanPersistentVolume(volume, { dropClaim: true })['spec'], {});
});

test('a pod is unscheduled and loses only the token volume of admission', () => {
  const pod = object('Pod', {
    spec: {
      serviceAccountName: 'app',
      nodeName: 'n1',
      priority: 0,
      ephemeralContainers: [{ name: 'debugger' }],
      imagePullSecrets: [{ name: 'app-dockercfg-x2x2x' }, { name: 'mine' }],
      volumes: [{ name: 'kube-api-access-bcdfg' }, { name: 'app-token-bcdfg' }, { name: 'app-token-mine' }],
      containers: [
        { name: 'a', volumeMounts: [{ name: 'kube-api-access-bcdfg' }] },
        { name: 'b', volumeMounts: [{ name: 'app-token-bcdfg' }, { name: 'app-token-mine' }] },
      ],
    },
  });
  assert.deepEqual(cleanPod(pod, { dropGeneratedPullSecrets: true })['spec'], {
    serviceAccountName: 'app',
    imagePullSecrets: [{ name: 'mine' }],
    volumes: [{ name: 'app-token-mine' }],
    containers: [{ name: 'a' }, { name: 'b', volumeMounts: [{ name: 'app-token-mine' }] }],
  });
  assert.equal((cleanPod(pod)['spec'] as { imagePullSecrets: unknown[] }).imagePullSecrets.length, 2);
});

test('a job is given a new selector, unless it manages its own', () => {
  const labels = {
    'controller-uid': 'u',
    'batch.kubernetes.io/controller-uid': 'u',
    'job-name': 'web',
    'batch.kubernetes.io/job-name': 'web',
  };
  const job = object('Job', {
    spec: {
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
      template: { metadata: { creationTimestamp: null, labels: { ...labels, app: 'x' } } },
    },
  });
  assert.deepEqual(cleanJob(job)['spec'], { template: { metadata: { labels: { app: 'x' } } } });
  const manual = object('Job', { spec: { manualSelector: true, selector: { matchLabels: labels } } });
  assert.deepEqual(cleanJob(manual), manual);
});

test('a service account loses the secrets of its controllers and keeps the others', () => {
  const account = object(
    'ServiceAccount',
    {
      secrets: [{ name: 'web-token-bcdfg' }, { name: 'web-dockercfg-24567' }, { name: 'web-token-manual' }],
      imagePullSecrets: [{ name: 'web-dockercfg-24567' }],
    },
    { annotations: { 'openshift.io/internal-registry-pull-secret-ref': 'web-dockercfg-24567' } },
  );
  assert.deepEqual(
    cleanServiceAccount(account),
    object('ServiceAccount', { secrets: [{ name: 'web-token-manual' }] }),
  );
});

test('generated secrets are told from the ones that somebody made', () => {
  const secret = (name: string, type: string, annotations: Record<string, string>): KubeObject =>
    object('Secret', { type, data: { token: 'x', mine: 'y' } }, { name, annotations });
  const ofAccount = { 'kubernetes.io/service-account.name': 'web', 'kubernetes.io/service-account.uid': 'u' };
  const token = 'kubernetes.io/service-account-token';
  assert.equal(generatedSecret(secret('web-token-bcdfg', token, ofAccount)), 'service-account-token');
  assert.equal(generatedSecret(secret('ci', token, ofAccount)), undefined);
  assert.equal(
    generatedSecret(secret('web-dockercfg-bcdfg', 'kubernetes.io/dockercfg', ofAccount)),
    'dockercfg',
  );
  assert.equal(
    generatedSecret(
      secret('x', 'kubernetes.io/dockercfg', {
        'openshift.io/internal-registry-auth-token.binding': 'bound',
      }),
    ),
    'dockercfg',
  );
  assert.equal(generatedSecret(secret('quay', 'kubernetes.io/dockercfg', {})), undefined);
  const cleaned = cleanSecret(secret('ci', token, ofAccount));
  assert.deepEqual(cleaned['data'], { mine: 'y' });
  assert.deepEqual(cleaned.metadata.annotations, { 'kubernetes.io/service-account.name': 'web' });
});

test('what OpenShift wrote goes', () => {
  const config = object('DeploymentConfig', {
    spec: {
      triggers: [
        { type: 'ConfigChange' },
        { type: 'ImageChange', imageChangeParams: { from: { name: 'a:latest' }, lastTriggeredImage: 'x@y' } },
      ],
    },
  });
  assert.deepEqual(cleanDeploymentConfig(config)['spec'], {
    triggers: [
      { type: 'ConfigChange' },
      { type: 'ImageChange', imageChangeParams: { from: { name: 'a:latest' } } },
    ],
  });
  assert.deepEqual(cleanDeploymentConfig(config, { keepLastImage: true }), config);
  const kept = recreatable(config, { triggers: { keepLastImage: true } });
  assert.deepEqual(kept['spec'], config['spec']);
  const generated = { annotations: { 'openshift.io/host.generated': 'true' } };
  assert.deepEqual(cleanRoute(object('Route', { spec: { host: 'h', path: '/' } }, generated)), {
    ...object('Route', { spec: { path: '/' } }),
  });
  const chosen = object('Route', { spec: { host: 'h' } });
  assert.equal(cleanRoute(chosen), chosen);
  const ranges = { 'openshift.io/sa.scc.uid-range': '1000/10000', 'openshift.io/requester': 'dev' };
  const namespace = object('Namespace', { spec: { finalizers: ['kubernetes'] } }, { annotations: ranges });
  assert.deepEqual(cleanNamespace(namespace), object('Namespace', {}, { annotations: ranges }));
  assert.deepEqual(cleanNamespace(namespace, { dropIdRanges: true }).metadata.annotations, {
    'openshift.io/requester': 'dev',
  });
  const autoscaler = object('HorizontalPodAutoscaler', {
    spec: { scaleTargetRef: { apiVersion: 'v1', kind: 'DeploymentConfig', name: 'web' } },
  });
  assert.deepEqual(cleanHorizontalPodAutoscaler(autoscaler)['spec'], {
    scaleTargetRef: { apiVersion: 'apps.openshift.io/v1', kind: 'DeploymentConfig', name: 'web' },
  });
});

test("a binding's subjects follow their namespace, in both APIs' forms", () => {
  const binding = object('RoleBinding', {
    subjects: [
      { kind: 'ServiceAccount', name: 'default', namespace: 'shop' },
      { kind: 'ServiceAccount', name: 'ci', namespace: 'other' },
      { kind: 'Group', name: 'system:serviceaccounts:shop' },
      { kind: 'User', name: 'shop' },
    ],
    userNames: ['system:serviceaccount:shop:default', 'dev'],
    groupNames: ['system:serviceaccounts:shop', 'system:authenticated'],
  });
  const mapped = withMappedSubjects(binding, name => (name === 'shop' ? 'shop2' : name));
  assert.deepEqual(mapped['subjects'], [
    { kind: 'ServiceAccount', name: 'default', namespace: 'shop2' },
    { kind: 'ServiceAccount', name: 'ci', namespace: 'other' },
    { kind: 'Group', name: 'system:serviceaccounts:shop2' },
    { kind: 'User', name: 'shop' },
  ]);
  assert.deepEqual(mapped['userNames'], ['system:serviceaccount:shop2:default', 'dev']);
  assert.deepEqual(mapped['groupNames'], ['system:serviceaccounts:shop2', 'system:authenticated']);
});

test('no cleaner changes its input, breaks on odd shapes, or does more the second time', () => {
  const kinds = [...kindCleaners.keys()].map(name => {
    const [kind = '', ...group] = name.split('.');
    return { kind, apiVersion: group.length === 0 ? 'v1' : `${group.join('.')}/v1` };
  });
  const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant({ selector: { matchLabels: {} } }));
  const fieldNames =
    'clusterIP clusterIPs ports template volumes containers imagePullSecrets selector triggers claimRef finalizers ' +
    'volumeClaimTemplates scaleTargetRef tags';
  const field = fc.constantFrom(...fieldNames.split(' '));
  const body = fc.dictionary(field, odd);
  const anyObject = fc.record({
    type: fc.constantFrom(...kinds),
    spec: fc.oneof(body, odd),
    rest: fc.dictionary(fc.constantFrom('data', 'subsets', 'secrets', 'template', 'status', 'type'), odd),
    annotations: fc.oneof(fc.dictionary(fc.string(), fc.string()), odd),
  });
  fc.assert(
    fc.property(anyObject, ({ type, spec, rest, annotations }) => {
      const metadata = { name: 'n', uid: 'u', annotations, ownerReferences: [] };
      const before = JSON.parse(JSON.stringify({ ...rest, ...type, spec, metadata })) as KubeObject;
      const copy = structuredClone(before);
      const options = { service: { nodePorts: 'drop' as const, dropIpFamilies: true } };
      const once = recreatable(before, options);
      assert.deepEqual(before, copy);
      assert.deepEqual(recreatable(once, options), once);
    }),
    { numRuns: rounds(70) },
  );
});
