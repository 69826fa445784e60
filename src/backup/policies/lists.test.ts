import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assert as check, constantFrom, property, uniqueArray } from 'fast-check';
import type { BackupSpec } from '#api/velero/backup.ts';
import { groupResource } from '#kube/objects.ts';
import { resourceFilter, type Scope } from '../filters/resources.ts';
import { policiesOf } from '../testing/policies.ts';
import { sampleDiscovery, sampleType, sampleTypes } from '../testing/types.ts';

type Lists = Readonly<Record<string, readonly string[]>>;

function filtered(spec: BackupSpec, policy: Lists, allNamespaces = true) {
  const { includeExclude } = policiesOf(`includeExcludePolicy: ${JSON.stringify(policy)}`);
  return resourceFilter(spec, sampleDiscovery, allNamespaces, includeExclude);
}

suite('an includeExcludePolicy', () => {
  const cases: readonly (readonly [string, BackupSpec, Lists, Readonly<Record<string, Scope>>])[] = [
    [
      'says alone what is taken',
      {},
      { includedNamespaceScopedResources: ['po'], includedClusterScopedResources: ['nodes'] },
      { pods: 'all', secrets: 'none', nodes: 'all', persistentvolumes: 'related', namespaces: 'all' },
    ],
    [
      'excludes from everything',
      {},
      { excludedNamespaceScopedResources: ['secrets'], excludedClusterScopedResources: ['nodes'] },
      { pods: 'all', secrets: 'none', nodes: 'none', persistentvolumes: 'related' },
    ],
    [
      'adds to what the Backup includes',
      { includedNamespaceScopedResources: ['pods'] },
      { includedNamespaceScopedResources: ['secrets'] },
      { pods: 'all', secrets: 'all', configmaps: 'none' },
    ],
    [
      'adds to what the Backup excludes',
      { excludedNamespaceScopedResources: ['pods'] },
      { excludedNamespaceScopedResources: ['secrets'] },
      { pods: 'none', secrets: 'none', configmaps: 'all' },
    ],
    [
      'does not exclude what the Backup includes',
      { includedNamespaceScopedResources: ['pods', 'secrets'] },
      { excludedNamespaceScopedResources: ['secret'] },
      { pods: 'all', secrets: 'all', configmaps: 'none' },
    ],
    [
      'does not exclude anything where the Backup includes * itself',
      { includedNamespaceScopedResources: ['*'] },
      { excludedNamespaceScopedResources: ['secrets'] },
      { pods: 'all', secrets: 'all' },
    ],
    [
      'does not include what the Backup excludes',
      { excludedNamespaceScopedResources: ['secrets'] },
      { includedNamespaceScopedResources: ['secrets'] },
      { pods: 'all', secrets: 'none' },
    ],
    [
      'does not include anything where the Backup excludes *',
      { excludedClusterScopedResources: ['*'] },
      { includedClusterScopedResources: ['nodes'] },
      { nodes: 'none', persistentvolumes: 'none', pods: 'all' },
    ],
    [
      'excludes what it includes under another name',
      {},
      { includedNamespaceScopedResources: ['po', 'cm'], excludedNamespaceScopedResources: ['pods'] },
      { pods: 'none', configmaps: 'all', secrets: 'none' },
    ],
    [
      'may use patterns, and means objects under each name that they have',
      {},
      { includedNamespaceScopedResources: ['*.velero.io', 'deployments.extensions'] },
      { 'backups.velero.io': 'all', 'deployments.apps': 'all', pods: 'none' },
    ],
  ];
  for (const [title, spec, policy, expected] of cases) {
    test(title, () => {
      const { filter, problems } = filtered(spec, policy);
      assert.deepEqual(problems, []);
      for (const [name, scope] of Object.entries(expected)) {
        assert.equal(filter.scope(sampleType(name)), scope, name);
      }
    });
  }

  test('names its places where entries mean nothing', () => {
    const { problems, warnings } = filtered(
      {},
      {
        includedNamespaceScopedResources: ['podz', 'nodes'],
        excludedClusterScopedResources: ['gizmos'],
      },
    );
    const prefix = 'spec.resourcePolicy: ConfigMap velero/policies: includeExcludePolicy.';
    assert.deepEqual(
      problems.map(each => each.en()),
      [
        `${prefix}includedNamespaceScopedResources: the cluster has no resource "podz"`,
        `${prefix}includedNamespaceScopedResources: nodes is cluster-scoped and belongs in the other list`,
      ],
    );
    assert.deepEqual(
      warnings.map(each => each.en()),
      [`${prefix}excludedClusterScopedResources: the cluster has no resource "gizmos"`],
    );
  });

  const names = (namespaced: boolean) =>
    uniqueArray(
      constantFrom(...sampleTypes.filter(each => each.namespaced === namespaced).map(groupResource)),
      { maxLength: 3 },
    );

  test('never changes what the Backup says of a type itself', () => {
    check(
      property(names(true), names(true), names(true), names(true), (included, excluded, more, fewer) => {
        const spec = {
          includedNamespaceScopedResources: included.filter(name => !excluded.includes(name)),
          excludedNamespaceScopedResources: excluded,
        };
        const { filter } = filtered(spec, {
          includedNamespaceScopedResources: more.filter(name => !fewer.includes(name)),
          excludedNamespaceScopedResources: fewer,
        });
        const plain = resourceFilter(spec, sampleDiscovery, true).filter;
        for (const name of [...spec.includedNamespaceScopedResources, ...excluded]) {
          assert.equal(filter.scope(sampleType(name)), plain.scope(sampleType(name)), name);
        }
      }),
    );
  });
});
