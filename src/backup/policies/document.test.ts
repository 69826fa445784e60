import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { policiesOf, policiesRead } from '../testing/policies.ts';
import { readPolicies } from './document.ts';

const prefix = 'spec.resourcePolicy: ConfigMap velero/policies';

function problemsOf(sections: string, version?: string): string[] {
  return policiesRead(sections, version).problems.map(each => each.en());
}

suite('a policy document', () => {
  test('may have any of its sections, or none', () => {
    const { includeExclude, cluster, namespaced, volumes } = policiesOf('');
    assert.deepEqual([includeExclude, cluster, namespaced, volumes], [undefined, undefined, [], []]);
    const full = policiesOf(`
volumePolicies:
- conditions: {capacity: "10Gi,", nfs: {}}
  action: {type: skip}
- action: {type: fs-backup, parameters: {dataMover: x}}
includeExcludePolicy:
  includedNamespaceScopedResources: [pods]
  excludedClusterScopedResources: [nodes]
clusterScopedFilterPolicy:
  resourceFilters:
  - kinds: [ClusterRole]
    names: [a, "b-*"]
namespacedFilterPolicies:
- namespaces: [shop, "team-*"]
  resourceFilters:
  - kinds: []
  - kinds: [pods]
    labelSelector:
      matchLabels: {app: web}
`);
    assert.deepEqual(full.includeExclude?.lists, {
      includedClusterScopedResources: [],
      excludedClusterScopedResources: ['nodes'],
      includedNamespaceScopedResources: ['pods'],
      excludedNamespaceScopedResources: [],
    });
    assert.deepEqual(
      full.volumes.map(({ action, conditions }) => [action, conditions.length]),
      [
        ['skip', 2],
        ['fs-backup', 0],
      ],
    );
    assert.deepEqual(
      full.cluster?.map(({ kinds }) => kinds),
      [['ClusterRole']],
    );
    assert.deepEqual(
      full.namespaced.map(({ namespaces, filters }) => [namespaces, filters.map(({ kinds }) => kinds)]),
      [
        [
          ['shop', 'team-*'],
          [[], ['pods']],
        ],
      ],
    );
  });

  test('takes nulls for absent, and scalars for the texts that they are written as', () => {
    const { volumes, namespaced, cluster, includeExclude } = policiesOf(`
volumePolicies:
- conditions: {nfs: ~, storageClass: null, pvcLabels: {ready: true, version: 1.10}}
  action: {type: snapshot}
includeExcludePolicy:
clusterScopedFilterPolicy: ~
namespacedFilterPolicies: null
`);
    assert.deepEqual([namespaced, cluster, includeExclude], [[], undefined, undefined]);
    const volume = { capacity: 10n ** 10n, storageClass: '', type: '' };
    const claim = { phase: '', volumeMode: '', accessModes: [] };
    const holds = (labels: Record<string, string>) =>
      volumes[0]?.conditions.map(condition => condition(volume, { ...claim, labels }));
    assert.deepEqual(holds({ ready: 'true', version: '1.10', other: 'x' }), [true]);
    assert.deepEqual(holds({ ready: 'true', version: '1.1' }), [false]);
  });

  test('may use anchors and merges', () => {
    const { namespaced } = policiesOf(`
namespacedFilterPolicies:
- namespaces: [a]
  resourceFilters: &filters
  - &pods {kinds: [pods]}
- namespaces: [b]
  resourceFilters: *filters
- namespaces: [c]
  resourceFilters:
  - <<: *pods
    names: [x]
`);
    assert.deepEqual(
      namespaced.map(({ filters }) => filters.map(({ kinds, admits }) => [kinds, admits('y')])),
      [[[['pods'], true]], [[['pods'], true]], [[['pods'], false]]],
    );
  });
});

const filter = (text: string) => `namespacedFilterPolicies: [{namespaces: [a], resourceFilters: [${text}]}]`;
const volume = (conditions: string) =>
  `volumePolicies: [{conditions: {${conditions}}, action: {type: skip}}]`;
const inFilter = 'namespacedFilterPolicies[0].resourceFilters';
const inVolume = 'volumePolicies[0].conditions';
const cases: readonly (readonly [string, string, string])[] = [
  ['a: {', '', 'it is not YAML'],
  ['volumePolicies: []\nvolumePolicies: []', '', 'it is not YAML: Map keys must be unique'],
  ['---\nversion: v1', '', 'it is not YAML'],
  ['volumePolicy: []', '', 'there is no field "volumePolicy"'],
  ['volumePolicies: {}', 'volumePolicies', 'must be a list'],
  ['volumePolicies: [x]', 'volumePolicies[0]', 'must be a map of fields'],
  ['volumePolicies: [~]', 'volumePolicies[0]', 'must be a map of fields'],
  ['volumePolicies: [{conditions: {}}]', 'volumePolicies[0].action.type', '"" is none of skip'],
  ['volumePolicies: [{action: {type: Skip}}]', 'volumePolicies[0].action.type', '"Skip" is none of skip'],
  [volume('size: x'), inVolume, 'there is no field "size"'],
  [volume('storageClass: fast'), `${inVolume}.storageClass`, 'must be a list'],
  [volume('storageClass: [{}]'), `${inVolume}.storageClass[0]`, 'must be a text'],
  [volume('capacity: "5Gi"'), `${inVolume}.capacity`, '"5Gi" is not a range of sizes'],
  [volume('capacity: "1,2,3"'), `${inVolume}.capacity`, '"1,2,3" is not a range'],
  [volume('capacity: "1GB,"'), `${inVolume}.capacity`, '"1GB," is not a range'],
  [volume('capacity: "-1,"'), `${inVolume}.capacity`, '"-1," is not a range'],
  [volume('capacity: "1Gi,1G"'), `${inVolume}.capacity`, '"1Gi,1G" ends before it begins'],
  [volume('volumeTypes: [csi, disk]'), `${inVolume}.volumeTypes`, '"disk" is not a type of volume'],
  [volume('csi: {volumeAttributes: {a: b}}'), `${inVolume}.csi`, 'volumeAttributes need a driver'],
  [volume('nfs: {host: x}'), `${inVolume}.nfs`, 'there is no field "host"'],
  [volume('pvcLabels: [a]'), `${inVolume}.pvcLabels`, 'must be a map of fields'],
  [volume('pvcLabels: {a: [b]}'), `${inVolume}.pvcLabels.a`, 'must be a text'],
  [volume('pvcAccessModes: RWO'), `${inVolume}.pvcAccessModes`, 'must be a list'],
  [volume('pvcVolumeMode: [Block]'), `${inVolume}.pvcVolumeMode`, 'must be a text'],
  [
    'includeExcludePolicy: {includedResources: [pods]}',
    'includeExcludePolicy',
    'there is no field "includedResources"',
  ],
  [
    'includeExcludePolicy: {excludedClusterScopedResources: ["*"]}',
    'includeExcludePolicy.excludedClusterScopedResources',
    '"*" cannot be used',
  ],
  [
    'includeExcludePolicy: {includedNamespaceScopedResources: [a], excludedNamespaceScopedResources: [a]}',
    'includeExcludePolicy.excludedNamespaceScopedResources',
    '"a" is also in includedNamespaceScopedResources',
  ],
  ['clusterScopedFilterPolicy: {}', 'clusterScopedFilterPolicy.resourceFilters', 'at least one entry'],
  [
    'clusterScopedFilterPolicy: {resourceFilters: [{kinds: ["*"]}]}',
    'clusterScopedFilterPolicy.resourceFilters[0].kinds',
    'cluster-scoped kinds must be named',
  ],
  [
    'namespacedFilterPolicies: [{resourceFilters: [{}]}]',
    'namespacedFilterPolicies[0].namespaces',
    'at least one entry',
  ],
  [
    'namespacedFilterPolicies: [{namespaces: [a]}]',
    'namespacedFilterPolicies[0].resourceFilters',
    'at least one entry',
  ],
  [
    'namespacedFilterPolicies: [{namespaces: ["a**"], resourceFilters: [{}]}]',
    'namespacedFilterPolicies[0].namespaces[0]',
    '"a**" is not a pattern of names',
  ],
  [
    'namespacedFilterPolicies: [{namespaces: [Shop], resourceFilters: [{}]}]',
    'namespacedFilterPolicies[0].namespaces[0]',
    '"Shop" is neither',
  ],
  [
    'namespacedFilterPolicies: [{namespaces: [a], resourceFilters: [{}]}, {namespaces: [b, a], resourceFilters: [{}]}]',
    'namespacedFilterPolicies[1].namespaces[1]',
    '"a" is already in namespacedFilterPolicies[0].namespaces[0]',
  ],
  [filter('{}, {kinds: ["*"]}'), `${inFilter}[1]`, 'only one filter may be for all other kinds'],
  [filter('{names: [a]}'), `${inFilter}[0]`, 'a filter for all other kinds cannot go by names'],
  [filter('{kinds: ["*", pods]}'), `${inFilter}[0].kinds`, '"*" must be the only entry'],
  [filter('{kinds: [pods], names: ["{a,b}"]}'), `${inFilter}[0].names[0]`, '"{a,b}" is not a pattern'],
  [
    filter('{kinds: [pods], excludedNames: [a, "b[" ]}'),
    `${inFilter}[0].excludedNames[1]`,
    '"b[" is not a pattern',
  ],
  [
    filter('{labelSelector: {matchLabels: {a: b}}, orLabelSelectors: [{matchLabels: {a: c}}]}'),
    `${inFilter}[0]`,
    'labelSelector and orLabelSelectors cannot be used together',
  ],
  [filter('{labelSelector: {matchLabels: {"a b": c}}}'), `${inFilter}[0].labelSelector`, ''],
  [
    filter('{orLabelSelectors: [{matchExpressions: [{key: a, operator: in, values: [b]}]}]}'),
    `${inFilter}[0].orLabelSelectors[0]`,
    '',
  ],
  [filter('{labelSelector: {app: web}}'), `${inFilter}[0].labelSelector`, 'there is no field "app"'],
];
suite('a policy document is refused', () => {
  test('unless it is the only key of its ConfigMap', () => {
    for (const data of [undefined, {}, { a: 'version: v1', b: 'version: v1' }]) {
      const { problems } = readPolicies({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: 'velero', name: 'policies' },
        ...(data && { data }),
      });
      assert.deepEqual(
        problems.map(each => each.en()),
        [`${prefix}: it must hold exactly one key, whose value is the policies`],
      );
    }
  });

  for (const [sections, place, text] of cases) {
    test(`${sections.replaceAll('\n', ' ')}: ${text}`, () => {
      const problems = problemsOf(sections);
      assert.equal(problems.length, 1, problems.join('\n'));
      const expected = `${prefix}${place === '' ? '' : `: ${place}`}: ${text}`;
      assert.ok(problems[0]?.startsWith(expected), `${problems[0]} does not begin with ${expected}`);
    });
  }

  test('for a version that is not v1', () => {
    for (const version of ['v2', '1', '~', 'V1']) {
      assert.deepEqual(problemsOf('', version), [`${prefix}: version: must be "v1"`]);
    }
  });

  test('for everything at once that is wrong, in both languages', () => {
    const { problems } = policiesRead(
      `
volumePolicies:
- conditions: {capacity: x, volumeTypes: [y]}
  action: {type: z}
includeExcludePolicy: {includedClusterScopedResources: ["*"]}
clusterScopedFilterPolicy: {resourceFilters: [{}]}
namespacedFilterPolicies: [{namespaces: ["["], resourceFilters: [{kinds: 5}]}]
more: 1
`,
      'v0',
    );
    assert.deepEqual(
      problems.map(
        each =>
          each
            .en()
            .slice(prefix.length + 2)
            .split(': ')[0],
      ),
      [
        'there is no field "more"',
        'version',
        'includeExcludePolicy.includedClusterScopedResources',
        'clusterScopedFilterPolicy.resourceFilters[0].kinds',
        'namespacedFilterPolicies[0].namespaces[0]',
        'namespacedFilterPolicies[0].resourceFilters[0].kinds',
        'volumePolicies[0].conditions.capacity',
        'volumePolicies[0].conditions.volumeTypes',
        'volumePolicies[0].action.type',
      ],
    );
    for (const each of problems) assert.match(each.ja(), /[ぁ-ん]/);
  });
});
