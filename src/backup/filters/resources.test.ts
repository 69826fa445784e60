import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { BackupSpec } from '#api/velero/backup.ts';
import { groupResource } from '#kube/objects.ts';
import { sampleDiscovery, sampleType, sampleTypes } from '../testing/types.ts';
import { resourceFilter, type Scope } from './resources.ts';

function scopes(spec: BackupSpec, allNamespaces: boolean) {
  const { filter, problems } = resourceFilter(spec, sampleDiscovery, allNamespaces);
  assert.deepEqual(
    problems.map(each => each.en()),
    [],
  );
  return (name: string): Scope => filter.scope(sampleType(name));
}

const crds = 'customresourcedefinitions.apiextensions.k8s.io';

suite('includedResources, excludedResources, includeClusterResources', () => {
  const cases: readonly (readonly [string, BackupSpec, boolean, Readonly<Record<string, Scope>>])[] = [
    [
      'without a word about the cluster, whole clusters take it all',
      { excludedResources: ['secrets'] },
      true,
      { pods: 'all', secrets: 'none', nodes: 'all', namespaces: 'all', [crds]: 'all' },
    ],
    [
      'without a word about the cluster, some namespaces take only what belongs to them',
      { excludedResources: ['secrets'] },
      false,
      { pods: 'all', secrets: 'none', nodes: 'related', namespaces: 'all', [crds]: 'related' },
    ],
    [
      'listed resources leave out all others, companions too',
      { includedResources: ['pods', 'persistentvolumeclaims'] },
      false,
      { pods: 'all', secrets: 'none', persistentvolumes: 'none', namespaces: 'none', [crds]: 'none' },
    ],
    [
      'listed cluster-scoped resources come along only, when namespaces are chosen',
      { includedResources: ['pods', 'persistentvolumes'] },
      false,
      { pods: 'all', persistentvolumes: 'related', nodes: 'none' },
    ],
    [
      'with the cluster, listed ones are taken and others come along',
      { includedResources: ['pods'], includeClusterResources: true },
      false,
      { pods: 'all', secrets: 'none', nodes: 'related', [crds]: 'related' },
    ],
    [
      'with the cluster alone, everything',
      { includeClusterResources: true },
      false,
      { pods: 'all', nodes: 'all', namespaces: 'all', [crds]: 'all' },
    ],
    [
      'without the cluster, nothing of it',
      { includeClusterResources: false },
      true,
      { pods: 'all', nodes: 'none', namespaces: 'none', persistentvolumes: 'none', [crds]: 'none' },
    ],
    [
      'what is excluded does not come along either',
      { includeClusterResources: true, excludedResources: ['pv'] },
      true,
      { persistentvolumes: 'none', nodes: 'all' },
    ],
    [
      'a star includes everything',
      { includedResources: ['*'], includeClusterResources: true },
      false,
      { pods: 'all', nodes: 'all' },
    ],
  ];
  for (const [title, spec, allNamespaces, expected] of cases) {
    test(title, () => {
      const scope = scopes(spec, allNamespaces);
      for (const [name, wanted] of Object.entries(expected)) assert.equal(scope(name), wanted, name);
    });
  }
});

suite('the lists of cluster-scoped and namespace-scoped resources', () => {
  const cases: readonly (readonly [string, BackupSpec, boolean, Readonly<Record<string, Scope>>])[] = [
    [
      'no list at all takes a whole cluster',
      {},
      true,
      { pods: 'all', nodes: 'all', namespaces: 'all', [crds]: 'all' },
    ],
    [
      'no list at all takes of some namespaces what is theirs',
      {},
      false,
      { pods: 'all', nodes: 'related', namespaces: 'all', [crds]: 'related' },
    ],
    [
      'a list of namespaced ones makes the backup no longer whole',
      { includedNamespaceScopedResources: ['pods'] },
      true,
      { pods: 'all', secrets: 'none', nodes: 'related', namespaces: 'all' },
    ],
    [
      'an exclusion too',
      { excludedNamespaceScopedResources: ['secrets'] },
      true,
      { pods: 'all', secrets: 'none', nodes: 'related' },
    ],
    [
      'listed cluster-scoped ones are taken, others come along',
      { includedClusterScopedResources: ['nodes'] },
      true,
      { pods: 'all', nodes: 'all', persistentvolumes: 'related', namespaces: 'all' },
    ],
    [
      'excluded cluster-scoped ones do not come along',
      { excludedClusterScopedResources: ['pv', 'ns'] },
      true,
      { persistentvolumes: 'none', namespaces: 'none', nodes: 'related' },
    ],
    [
      'a star includes the whole scope',
      { includedClusterScopedResources: ['*'], includedNamespaceScopedResources: ['pods'] },
      false,
      { pods: 'all', secrets: 'none', nodes: 'all', [crds]: 'all' },
    ],
    [
      'a star excludes the whole scope',
      { excludedClusterScopedResources: ['*'] },
      true,
      { pods: 'all', nodes: 'none', namespaces: 'none', persistentvolumes: 'none' },
    ],
    [
      'a star excludes all that lies in namespaces',
      { excludedNamespaceScopedResources: ['*'], includedClusterScopedResources: ['*'] },
      true,
      { pods: 'none', secrets: 'none', nodes: 'all' },
    ],
  ];
  for (const [title, spec, allNamespaces, expected] of cases) {
    test(title, () => {
      const scope = scopes(spec, allNamespaces);
      for (const [name, wanted] of Object.entries(expected)) assert.equal(scope(name), wanted, name);
    });
  }
});

suite('names of resources', () => {
  test('mean the same in every way of writing', () => {
    for (const name of [
      'deploy',
      'deployment',
      'deployments',
      'Deployment',
      'deployments.apps',
      'deployments.v1.apps',
    ]) {
      const scope = scopes({ includedResources: [name] }, false);
      for (const type of sampleTypes) {
        const full = groupResource(type);
        assert.equal(scope(full), full.startsWith('deployments.') ? 'all' : 'none', `${name}: ${full}`);
      }
    }
  });

  test('may be patterns of full names', () => {
    const scope = scopes({ includedResources: ['*.velero.io', 'event?'] }, false);
    assert.equal(scope('backups.velero.io'), 'all');
    assert.equal(scope('events'), 'all');
    assert.equal(scope('pods'), 'none');
  });

  test('mean an object under each name that it is served by', () => {
    assert.equal(scopes({ includedResources: ['events.events.k8s.io'] }, true)('events'), 'all');
    const scope = scopes({ excludedResources: ['ev', 'deployments.extensions'] }, true);
    assert.equal(scope('events'), 'none');
    assert.equal(scope('events.events.k8s.io'), 'none');
    assert.equal(scope('deployments.apps'), 'none');
  });

  test('that mean nothing are problems where they include, warnings where they exclude', () => {
    const spec = {
      includedResources: ['pod', 'podz', 'things.away.example.com', '*.nowhere', 'a**'],
      excludedResources: ['gizmos'],
    };
    const { problems, warnings } = resourceFilter(spec, sampleDiscovery, true);
    assert.deepEqual(
      problems.map(each => each.en()),
      [
        'spec.includedResources: the cluster has no resource "podz"',
        'spec.includedResources: the cluster does not tell of a resource "things.away.example.com" (its server is away)',
        'spec.includedResources: the cluster has no resource "*.nowhere"',
        'spec.includedResources: "a**" is not a pattern of names: write one *, not several',
      ],
    );
    assert.deepEqual(
      warnings.map(each => each.en()),
      ['spec.excludedResources: the cluster has no resource "gizmos"'],
    );
  });

  test('of the other scope are problems, since a list that they leave empty would take everything', () => {
    const spec = { includedNamespaceScopedResources: ['nodes'], includedClusterScopedResources: ['pods'] };
    const { problems } = resourceFilter(spec, sampleDiscovery, true);
    assert.deepEqual(
      problems.map(each => each.en()),
      [
        'spec.includedNamespaceScopedResources: nodes is cluster-scoped and belongs in the other list',
        'spec.includedClusterScopedResources: pods is namespace-scoped and belongs in the other list',
      ],
    );
  });
});

suite('whatever the lists', () => {
  const names = fc.uniqueArray(fc.constantFrom(...sampleTypes.map(groupResource)), { maxLength: 4 });

  test('an excluded type is never taken, and an old list that includes nothing is one that includes *', () => {
    const choice = fc.constantFrom(true, false, null);
    fc.assert(
      fc.property(names, choice, fc.boolean(), (excludedResources, includeClusterResources, all) => {
        const rest = { excludedResources, includeClusterResources };
        const empty = scopes({ includedResources: [], ...rest }, all);
        const star = scopes({ includedResources: ['*'], ...rest }, all);
        if (excludedResources.length + Number(includeClusterResources !== null) === 0) return;
        for (const type of sampleTypes) {
          const name = groupResource(type);
          assert.equal(empty(name), star(name), name);
          if (excludedResources.includes(name)) assert.equal(star(name), 'none');
        }
      }),
    );
  });

  test('to take more namespaces never takes fewer types', () => {
    const rank: readonly Scope[] = ['none', 'related', 'all'];
    const choice = fc.constantFrom(true, false, null);
    fc.assert(
      fc.property(names, names, choice, (includedResources, excludedResources, includeClusterResources) => {
        const spec = { includedResources, excludedResources, includeClusterResources };
        const some = scopes(spec, false);
        const all = scopes(spec, true);
        for (const type of sampleTypes) {
          const name = groupResource(type);
          assert.ok(rank.indexOf(some(name)) <= rank.indexOf(all(name)), name);
        }
      }),
    );
  });

  test('only cluster-scoped types come along with others', () => {
    fc.assert(
      fc.property(names, fc.boolean(), (included, all) => {
        const scope = scopes({ includedResources: included }, all);
        for (const type of sampleTypes.filter(each => each.namespaced)) {
          assert.notEqual(scope(groupResource(type)), 'related');
        }
      }),
    );
  });
});

suite('types that every Backup excludes', () => {
  test('may be excluded by name, which changes nothing else and needs no such type', () => {
    const excluded = [
      'volumesnapshots.snapshot.storage.k8s.io',
      'volumesnapshotcontents.snapshot.storage.k8s.io',
    ];
    const spec: BackupSpec = {
      excludedNamespaceScopedResources: excluded.slice(0, 1),
      excludedClusterScopedResources: excluded.slice(1),
    };
    for (const each of [spec, { excludedResources: excluded }]) {
      const { filter, problems, warnings } = resourceFilter(each, sampleDiscovery, true);
      assert.deepEqual([problems, warnings, filter.scope(sampleType('nodes'))], [[], [], 'all']);
    }
  });
});
