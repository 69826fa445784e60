import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  array,
  assert as check,
  constantFrom,
  dictionary,
  option,
  property,
  record,
  uniqueArray,
} from 'fast-check';
import type { BackupSpec } from '#api/velero/backup.ts';
import { compileGlob } from '#foundation/glob.ts';
import type { KubeObject } from '#kube/objects.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { formatSelector, matches } from '#kube/selectors.ts';
import { rounds } from '#testbed/soak.ts';
import { type ListCall, planCollection } from '../collect/plan.ts';
import { resourceFilter } from '../filters/resources.ts';
import { isListed } from '../filters/selection.ts';
import { policiesOf } from '../testing/policies.ts';
import { objectOf, sampleDiscovery, sampleType, sampleTypes } from '../testing/types.ts';
import { policySelection } from './selection.ts';

function compiled(sections: string, selectors: readonly string[] = [], spec: BackupSpec = {}) {
  const document = policiesOf(sections);
  const { filter: resources } = resourceFilter(spec, sampleDiscovery, true);
  return policySelection(document, {
    selectors: selectors.map(parseSelector),
    discovery: sampleDiscovery,
    resources,
  });
}

/** How a type is listed in a namespace: the selectors as text, or that it is not. */
function listing(sections: string, selectors: readonly string[] = []) {
  const { selection, problems } = compiled(sections, selectors);
  assert.deepEqual(problems, []);
  return (type: string, namespace?: string) =>
    selection.listed(sampleType(type), namespace)?.map(formatSelector) ?? 'not listed';
}

const shop = `
namespacedFilterPolicies:
- namespaces: [shop]
  resourceFilters:
  - kinds: [Pod, cm]
    labelSelector: {matchLabels: {app: web}}
  - kinds: [secrets]
    orLabelSelectors: [{matchLabels: {a: b}}, {matchExpressions: [{key: c, operator: Exists}]}]
  - kinds: [deployments.apps]
`;

suite('filters of namespaces', () => {
  test('take only the kinds that they name, in place of the selectors of the Backup', () => {
    const listed = listing(shop, ['all=true']);
    assert.deepEqual(listed('pods', 'shop'), ['app=web']);
    assert.deepEqual(listed('configmaps', 'shop'), ['app=web']);
    assert.deepEqual(listed('secrets', 'shop'), ['a=b', 'c']);
    assert.deepEqual(listed('deployments.apps', 'shop'), []);
    assert.deepEqual(listed('deployments.extensions', 'shop'), [], 'the same objects');
    assert.deepEqual(listed('widgets.example.com', 'shop'), 'not listed');
    assert.deepEqual(listed('pods', 'other'), ['all=true']);
    assert.deepEqual(listed('nodes'), ['all=true'], 'cluster-scoped types are none of theirs');
  });

  test('may have one for all other kinds', () => {
    const listed = listing(
      `
namespacedFilterPolicies:
- namespaces: [shop]
  resourceFilters:
  - kinds: ["*"]
    labelSelector: {matchLabels: {app: web}}
  - kinds: [secrets]
- namespaces: [bare]
  resourceFilters: [{}]
`,
      ['all=true'],
    );
    assert.deepEqual(listed('pods', 'shop'), ['app=web']);
    assert.deepEqual(listed('secrets', 'shop'), []);
    assert.deepEqual(listed('secrets', 'bare'), []);
  });

  test('go by the name of a namespace first, then by the first pattern', () => {
    const listed = listing(`
namespacedFilterPolicies:
- namespaces: ["team-a-*", "x"]
  resourceFilters: [{kinds: [pods]}]
- namespaces: ["team-*"]
  resourceFilters: [{kinds: [secrets]}]
- namespaces: [team-a-prod]
  resourceFilters: [{kinds: [configmaps]}]
`);
    const kinds = (namespace: string) =>
      ['pods', 'secrets', 'configmaps'].filter(kind => listed(kind, namespace) !== 'not listed');
    assert.deepEqual(kinds('team-a-prod'), ['configmaps']);
    assert.deepEqual(kinds('team-a-dev'), ['pods']);
    assert.deepEqual(kinds('team-b'), ['secrets']);
    assert.deepEqual(kinds('x'), ['pods']);
    assert.deepEqual(kinds('other'), ['pods', 'secrets', 'configmaps']);
  });

  test('need a list of all namespaces only for types that some namespace takes', () => {
    const everywhere = (sections: string, type: string, selectors: string[] = []) =>
      compiled(sections, selectors).selection.everywhere(sampleType(type))?.map(formatSelector);
    assert.deepEqual(everywhere('', 'pods', ['a=b']), ['a=b']);
    assert.deepEqual(everywhere(shop, 'pods', ['a=b']), []);
    assert.deepEqual(everywhere(shop, 'widgets.example.com', ['a=b']), [], 'of other namespaces');
    const total = shop.replace('[shop]', '["*"]');
    assert.deepEqual(everywhere(total, 'pods'), []);
    assert.deepEqual(everywhere(total, 'widgets.example.com'), undefined);
  });

  test('let others bring along kinds that they do not name, but no names that they leave out', () => {
    const { selection } = compiled(`
namespacedFilterPolicies:
- namespaces: [shop]
  resourceFilters:
  - kinds: [persistentvolumeclaims]
    names: ["data-*"]
    excludedNames: ["*-tmp"]
clusterScopedFilterPolicy:
  resourceFilters:
  - kinds: [pv]
    excludedNames: [old]
`);
    const admits = (type: string, name: string, namespace?: string) =>
      selection.admits(sampleType(type), { namespace, name });
    assert.equal(admits('persistentvolumeclaims', 'data-1', 'shop'), true);
    assert.equal(admits('persistentvolumeclaims', 'data-tmp', 'shop'), false);
    assert.equal(admits('persistentvolumeclaims', 'other', 'shop'), false);
    assert.equal(admits('persistentvolumeclaims', 'other', 'elsewhere'), true);
    assert.equal(admits('pods', 'other', 'shop'), true);
    assert.equal(admits('persistentvolumes', 'old'), false);
    assert.equal(admits('persistentvolumes', 'new'), true);
    assert.equal(admits('nodes', 'old'), true);
  });

  test('an object is listed if a list would yield it', () => {
    const { selection } = compiled(shop);
    const pod = (namespace: string, labels: Record<string, string>) =>
      isListed(selection, sampleType('pods'), objectOf(sampleType('pods'), { name: 'x', namespace, labels }));
    assert.equal(pod('shop', { app: 'web' }), true);
    assert.equal(pod('shop', { app: 'db' }), false);
    assert.equal(pod('other', {}), true);
    const widget = sampleType('widgets.example.com');
    assert.equal(isListed(selection, widget, objectOf(widget, { name: 'x', namespace: 'shop' })), false);
  });
});

suite('lists that are planned for a policy', () => {
  const documents = constantFrom(
    '',
    shop,
    shop.replace('[shop]', '["*"]'),
    shop.replace('[shop]', '[shop, "t*"]'),
  );
  const places = option(uniqueArray(constantFrom('shop', 'team', 'other'), { maxLength: 3 }), {
    nil: undefined,
  });
  const object = record({
    type: constantFrom(...sampleTypes),
    namespace: constantFrom('shop', 'team', 'other'),
    labels: dictionary(constantFrom('app', 'a', 'c'), constantFrom('web', 'b')),
  });

  test('miss nothing that is taken', () => {
    const selectors = constantFrom([], ['app=web'], ['c', 'a=b']);
    check(
      property(documents, selectors, places, object, (sections, texts, namespaces, { type, ...metadata }) => {
        const { selection } = compiled(sections, texts);
        const { namespace, labels } = metadata;
        const live = objectOf(type, { name: 'x', labels, ...(type.namespaced && { namespace }) });
        const lanes = planCollection({ types: [type], namespaces, selection, ordered: new Map() });
        const isPlaced = !type.namespaced || namespaces === undefined || namespaces.includes(namespace);
        const isYielded = lanes.flat().some(({ lists }) => lists.some(call => yields(call, live)));
        const isTaken = isListed(selection, type, live);
        assert.equal(isYielded && isTaken, isPlaced && isTaken);
        if (namespaces !== undefined) assert.equal(isYielded, isPlaced && isTaken, 'and no more than that');
      }),
      { numRuns: rounds(250) },
    );
  });
});

/** Whether a server's answer to the list has the object. */
function yields({ namespace, labelSelector }: ListCall, { metadata }: KubeObject): boolean {
  const isThere = namespace === undefined || namespace === metadata.namespace;
  return isThere && (labelSelector === undefined || matches(parseSelector(labelSelector), metadata.labels));
}

suite('filters of cluster-scoped kinds', () => {
  test('refine the kinds that they name and leave others to the Backup', () => {
    const listed = listing(
      `
clusterScopedFilterPolicy:
  resourceFilters:
  - kinds: [ClusterRole]
    labelSelector: {matchLabels: {app: web}}
  - kinds: [nodes]
    names: [n1]
`,
      ['all=true'],
    );
    assert.deepEqual(listed('clusterroles.rbac.authorization.k8s.io'), ['app=web']);
    assert.deepEqual(listed('nodes'), []);
    assert.deepEqual(listed('persistentvolumes'), ['all=true']);
    assert.deepEqual(listed('pods', 'shop'), ['all=true']);
  });
});

suite('kinds of filters', () => {
  test('that mean nothing, something of the other scope or the same are problems', () => {
    const { problems } = compiled(`
namespacedFilterPolicies:
- namespaces: [a]
  resourceFilters:
  - kinds: [podz, nodes, po]
  - kinds: [Pod]
- namespaces: [b]
  resourceFilters: [{kinds: [pods]}]
clusterScopedFilterPolicy:
  resourceFilters: [{kinds: [pods]}]
`);
    const prefix = 'spec.resourcePolicy: ConfigMap velero/policies: ';
    assert.deepEqual(
      problems.map(each => each.en().slice(prefix.length)),
      [
        'clusterScopedFilterPolicy.resourceFilters[0].kinds[0]: pods is namespace-scoped and belongs in the other list',
        'namespacedFilterPolicies[0].resourceFilters[0].kinds[0]: the cluster has no resource "podz"',
        'namespacedFilterPolicies[0].resourceFilters[0].kinds[1]: nodes is cluster-scoped and belongs in the other list',
        'namespacedFilterPolicies[0].resourceFilters[1].kinds[0]: "Pod" is already filtered by namespacedFilterPolicies[0].resourceFilters[0]',
      ],
    );
  });

  test('that the lists leave out, and selectors of namespaces, are warned of', () => {
    const { warnings, problems } = compiled(
      `${shop}
clusterScopedFilterPolicy:
  resourceFilters:
  - kinds: [namespaces]
    labelSelector: {matchLabels: {app: web}}
`,
      [],
      { excludedNamespaceScopedResources: ['secrets'] },
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(
      warnings.map(each => /(\S+): (namespaces|the filter)/.exec(each.en())?.[1]),
      [
        'clusterScopedFilterPolicy.resourceFilters[0].kinds[0]',
        'namespacedFilterPolicies[0].resourceFilters[1].kinds[0]',
      ],
    );
  });
});

suite('names of filters', () => {
  const pattern = constantFrom('a', 'ab', 'a*', '*b', '?', '[ab]*', 'a-?', '*');
  const name = array(constantFrom('a', 'b', '-', '1'), { minLength: 1, maxLength: 4 }).map(all =>
    all.join(''),
  );

  test('must fit one that is included, if there are any, and none that is excluded', () => {
    const patterns = uniqueArray(pattern, { maxLength: 3 });
    check(
      property(patterns, patterns, name, (names, excludedNames, text) => {
        const { selection } = compiled(
          `clusterScopedFilterPolicy: {resourceFilters: [${JSON.stringify({ kinds: ['nodes'], names, excludedNames })}]}`,
        );
        const fits = (each: string): boolean => compileGlob(each)(text);
        const expected = (names.length === 0 || names.some(fits)) && !excludedNames.some(fits);
        assert.equal(selection.admits(sampleType('nodes'), { name: text }), expected);
      }),
    );
  });
});
