import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupResource, type KubeObject, parseApiVersion, type ResourceType } from '#kube/objects.ts';
import { pluralOf } from './resource-names.ts';
import { declaredType, mayMean, namedTypes, storedType, typeNamed, typeNear } from './type-names.ts';

function type(apiVersion: string, kind: string): ResourceType {
  return storedType({ ...parseApiVersion(apiVersion), kind, resource: pluralOf(kind), namespaced: true });
}

function definition(spec: unknown): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'x' },
    spec,
  };
}

const widgets = definition({
  group: 'estate.example.com',
  scope: 'Namespaced',
  names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wdg', 7] },
  versions: [{ name: 'v1alpha1' }, { name: 'v1', storage: true }, null],
});

function nameOf(types: readonly ResourceType[], word: string): string | undefined {
  const found = typeNamed(types, word);
  return found && groupResource(found);
}

test('a type is found by every word that kubectl and oc know for it, in any case', () => {
  const types = namedTypes(
    [type('apps/v1', 'Deployment'), type('route.openshift.io/v1', 'Route'), type('v1', 'ConfigMap')],
    [],
  );
  for (const word of ['deploy', 'deployment', 'Deployments', 'DEPLOY', 'deployments.apps', 'deploy.apps'])
    assert.equal(nameOf(types, word), 'deployments.apps', word);
  for (const word of ['deployments.v1.apps', 'Deployment.v1.apps', 'deploy.v1.apps'])
    assert.equal(nameOf(types, word), 'deployments.apps', word);
  for (const word of ['route', 'Routes', 'routes.route.openshift.io', 'route.v1.route.openshift.io'])
    assert.equal(nameOf(types, word), 'routes.route.openshift.io', word);
  assert.equal(nameOf(types, 'cm'), 'configmaps');
  assert.equal(nameOf(types, 'deployments.v7.apps'), undefined);
  assert.equal(nameOf(types, 'constructor'), undefined);
  assert.equal(nameOf(types, ''), undefined);
});

test('short names of built-in types mean them, whether there are such objects or not', () => {
  const expected: Readonly<Record<string, string>> = {
    po: 'pods',
    svc: 'services',
    ns: 'namespaces',
    no: 'nodes',
    pv: 'persistentvolumes',
    pvc: 'persistentvolumeclaims',
    sa: 'serviceaccounts',
    sts: 'statefulsets.apps',
    ds: 'daemonsets.apps',
    rs: 'replicasets.apps',
    rc: 'replicationcontrollers',
    ing: 'ingresses.networking.k8s.io',
    cj: 'cronjobs.batch',
    crd: 'customresourcedefinitions.apiextensions.k8s.io',
    pdb: 'poddisruptionbudgets.policy',
    hpa: 'horizontalpodautoscalers.autoscaling',
    netpol: 'networkpolicies.networking.k8s.io',
    sc: 'storageclasses.storage.k8s.io',
    ep: 'endpoints',
    ev: 'events',
    quota: 'resourcequotas',
    limits: 'limitranges',
    pc: 'priorityclasses.scheduling.k8s.io',
    dc: 'deploymentconfigs.apps.openshift.io',
    bc: 'buildconfigs.build.openshift.io',
    is: 'imagestreams.image.openshift.io',
    scc: 'securitycontextconstraints.security.openshift.io',
    role: 'roles.rbac.authorization.k8s.io',
  };
  for (const [word, name] of Object.entries(expected)) assert.equal(nameOf([], word), name, word);
});

test('what no etcd stores is known only where there are such objects all the same', () => {
  const never = [
    'events.events.k8s.io',
    'deployments.extensions',
    'rolebindings.authorization.openshift.io',
    'projects',
    'componentstatuses',
    'bindings',
    'evictions',
    'scale',
    'tokenreviews',
    'subjectaccessreviews',
    'imagestreamtags',
    'buildrequests',
    'appliedclusterresourcequotas',
    'useridentitymappings',
  ];
  for (const word of never) assert.equal(nameOf([], word), undefined, word);
  const old = [type('extensions/v1beta1', 'Deployment')];
  assert.equal(nameOf(old, 'deployments.extensions'), 'deployments.extensions');
  assert.equal(nameOf(old, 'deploy'), 'deployments.extensions');
  for (const stored of [
    'rolebindingrestrictions',
    'rangeallocations.security.openshift.io',
    'events',
    'users',
  ])
    assert.notEqual(nameOf([], stored), undefined, stored);
});

test('custom types have the names of their definitions, and are there without objects', () => {
  const declared = declaredType(widgets);
  assert.ok(declared !== undefined);
  assert.deepEqual(declared, {
    ...type('estate.example.com/v1', 'Widget'),
    shortNames: ['wdg'],
    singular: 'widget',
  });
  const [met] = namedTypes([{ ...type('estate.example.com/v1alpha1', 'Widget') }], [declared]);
  assert.deepEqual([met?.version, met?.shortNames], ['v1alpha1', ['wdg']]);
  assert.equal(nameOf(namedTypes([], [declared]), 'wdg'), 'widgets.estate.example.com');
});

test('what is no sensible definition declares nothing', () => {
  for (const spec of [undefined, null, [], { group: 'x' }, { group: 'x', names: { plural: 7, kind: 'X' } }])
    assert.equal(declaredType(definition(spec)), undefined);
  const bare = declaredType(definition({ group: 'x', names: { plural: 'xs', kind: 'X', shortNames: 'x' } }));
  assert.deepEqual([bare?.version, bare?.shortNames, bare?.singular], ['', [], 'x']);
});

test('of types of one name the built-in one is meant, of custom ones the first by its group', () => {
  const all = ['b.example.com/v1', 'a.example.com/v1', 'config.openshift.io/v1', 'networking.k8s.io/v1'];
  const custom = all.slice(0, 3);
  const types = (versions: readonly string[]) =>
    namedTypes(
      versions.map(version => type(version, 'Ingress')),
      [],
    );
  assert.equal(nameOf(types(custom), 'ingresses'), 'ingresses.a.example.com');
  assert.equal(nameOf(types(all), 'ingresses'), 'ingresses.networking.k8s.io');
  assert.equal(nameOf(types(['extensions/v1beta1', ...all]), 'ing'), 'ingresses.networking.k8s.io');
  assert.equal(nameOf(types(['extensions/v1beta1']), 'ing'), 'ingresses.extensions');
});

test('what a namespace has says what a word means, unless a built-in type of that name may be elsewhere', () => {
  const near = (word: string, ...versions: readonly string[]): string | undefined => {
    const found = typeNear(
      versions.map(version => type(version, 'NetworkPolicy')),
      word,
    );
    return found && groupResource(found);
  };
  const [own, calico] = ['networking.k8s.io/v1', 'projectcalico.org/v3'] as const;
  assert.equal(near('networkpolicies', own), 'networkpolicies.networking.k8s.io');
  assert.equal(near('netpol', own), 'networkpolicies.networking.k8s.io');
  assert.equal(near('networkpolicies', calico), undefined);
  assert.equal(near('networkpolicies', 'extensions/v1beta1'), undefined);
  assert.equal(near('networkpolicies.projectcalico.org', calico), 'networkpolicies.projectcalico.org');
  const widget = type('estate.example.com/v1', 'Widget');
  assert.equal(typeNear([widget], 'widget'), widget);
  assert.equal(typeNear([widget], 'wdg'), undefined);
});

test('a word that means no built-in type may mean any custom one, another only what is called so', () => {
  const custom = type('estate.example.com/v1', 'Widget');
  assert.equal(mayMean('wdg')(custom), true);
  assert.equal(mayMean('cm')(custom), false);
  assert.equal(mayMean('wdg')(type('v1', 'Secret')), false);
  assert.equal(mayMean('cm')(type('v1', 'ConfigMap')), true);
});
