import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BackupSpec } from '#api/velero/backup.ts';
import { HozonError } from '#foundation/errors.ts';
import { readRequest } from './request.ts';

function request(spec: BackupSpec, name = 'nightly') {
  return readRequest({ apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name }, spec });
}

/** The one error's text. */
function refusal(spec: BackupSpec, name = 'nightly'): string {
  try {
    request(spec, name);
  } catch (thrown) {
    assert.ok(thrown instanceof HozonError);
    assert.equal(thrown.code, 'backup.invalid');
    assert.equal(thrown.exit, 'usage');
    assert.ok(thrown.explain('ja').length > 0);
    return thrown.message;
  }
  assert.fail('it was taken');
}

suite('a Backup is read', () => {
  test('with the defaults of Velero', () => {
    const { spec, ttl, selectors, namespaces } = request({});
    assert.deepEqual(spec, {
      ttl: '720h0m0s',
      csiSnapshotTimeout: '10m0s',
      itemOperationTimeout: '4h0m0s',
      includedNamespaces: ['*'],
      defaultVolumesToFsBackup: false,
      snapshotMoveData: false,
      hooks: {},
    });
    assert.equal(ttl, 720 * 3_600_000);
    assert.deepEqual(selectors, []);
    assert.equal(namespaces.everything, true);
  });

  test('as it is where it says something', () => {
    const { spec, ttl } = request({
      ttl: '36h',
      includedNamespaces: ['shop'],
      excludedNamespaces: ['shop-*'],
      defaultVolumesToRestic: true,
    });
    assert.equal(spec.ttl, '36h0m0s');
    assert.equal(ttl, 36 * 3_600_000);
    assert.deepEqual(spec.includedNamespaces, ['shop']);
    assert.deepEqual(spec.excludedNamespaces, ['shop-*']);
    assert.equal(spec.defaultVolumesToFsBackup, true, 'an old name means the new one');
  });

  test('a ttl of zero is the default', () => {
    assert.equal(request({ ttl: '0s' }).spec.ttl, '720h0m0s');
  });

  test('nulls, as Go writes them, say nothing', () => {
    const { spec, selectors } = request({
      includedNamespaces: null,
      excludedNamespaces: null,
      includedResources: null,
      labelSelector: null,
      orLabelSelectors: null,
      includeClusterResources: null,
      resourcePolicy: null,
    });
    assert.deepEqual(spec.includedNamespaces, ['*']);
    assert.deepEqual(selectors, []);
  });

  test('a selector that takes everything is none, wherever it stands', () => {
    assert.deepEqual(request({ labelSelector: {} }).selectors, []);
    assert.deepEqual(
      request({ orLabelSelectors: [{ matchLabels: { app: 'web' } }, { matchLabels: null }] }).selectors,
      [],
    );
    assert.equal(
      request({ orLabelSelectors: [{ matchLabels: { app: 'web' } }, { matchLabels: { app: 'db' } }] })
        .selectors.length,
      2,
    );
  });

  test('patterns of namespaces and the empty namespace are fine', () => {
    request({ includedNamespaces: ['', 'a', 'app-*', '?-prod', 'team-[a-c]', 'x[12]y'] });
  });
});

suite('a Backup is refused', () => {
  test('for everything at once that is wrong', () => {
    const text = refusal(
      {
        ttl: '-5h',
        includedNamespaces: ['*', 'Shop', 'a**'],
        excludedNamespaces: ['*'],
        includedResources: ['pods'],
        includeClusterResources: true,
        includedClusterScopedResources: ['nodes'],
        labelSelector: { matchLabels: { 'not a key': 'x' } },
        orLabelSelectors: [{ matchLabels: { app: 'web' } }],
        resourcePolicy: { kind: 'Secret', name: 'policy' },
      },
      'Nightly_1',
    );
    for (const part of [
      'metadata.name: "Nightly_1"',
      'spec.ttl: "-5h"',
      'spec.includedNamespaces: "*" must be the only entry',
      'spec.excludedNamespaces: "*" cannot be excluded',
      'spec.includedNamespaces: "Shop"',
      'spec.includedNamespaces: "a**" is not a pattern',
      'includedResources, includeClusterResources cannot be used together with includedClusterScopedResources',
      'spec.labelSelector: ',
      'labelSelector and orLabelSelectors',
      'spec.resourcePolicy.kind: only a ConfigMap',
    ]) {
      assert.ok(text.includes(part), `${part} is not in ${text}`);
    }
  });

  const cases: readonly (readonly [BackupSpec, RegExp])[] = [
    [{ csiSnapshotTimeout: '-1m' }, /spec\.csiSnapshotTimeout/],
    [{ itemOperationTimeout: '..h' }, /spec\.itemOperationTimeout/],
    [{ includedNamespaces: ['a', 'b'], excludedNamespaces: ['b'] }, /excludedNamespaces: "b" is also in/],
    [{ includedNamespaces: ['a|b'] }, /only \*, \? and/],
    [{ includedNamespaces: ['{a,b}'] }, /only \*, \? and/],
    [{ excludedNamespaces: ['a[]'] }, /\[\] is empty/],
    [{ excludedNamespaces: ['a[b'] }, /bracket/],
    [{ includedNamespaces: ['-a'] }, /neither a namespace/],
    [{ includedNamespaces: ['x'.repeat(64)] }, /neither a namespace/],
    [{ includedResources: ['*', 'pods'] }, /includedResources: "\*" must be the only/],
    [{ excludedResources: ['*'] }, /excludedResources: "\*" cannot be excluded/],
    [{ includedResources: ['pods'], excludedResources: ['pods'] }, /excludedResources: "pods" is also/],
    [
      { excludedClusterScopedResources: ['*', 'nodes'] },
      /excludedClusterScopedResources: "\*" must be the only/,
    ],
    [
      { includedNamespaceScopedResources: ['pods'], excludedNamespaceScopedResources: ['*'] },
      /includedNamespaceScopedResources: nothing can be included/,
    ],
    [
      { includeClusterResources: false, excludedNamespaceScopedResources: ['pods'] },
      /includeClusterResources cannot be used together with excludedNamespaceScopedResources/,
    ],
    [
      { labelSelector: { matchExpressions: [{ key: 'a', operator: 'In', values: null }] } },
      /spec\.labelSelector: /,
    ],
    [{ orLabelSelectors: [{}, { matchLabels: { a: 'not a value' } }] }, /spec\.orLabelSelectors\[1\]: /],
  ];
  for (const [spec, pattern] of cases) {
    test(`for ${JSON.stringify(spec).slice(0, 90)}`, () => {
      assert.match(refusal(spec), pattern);
    });
  }

  test('but not for excluding every resource of one scope', () => {
    request({ excludedClusterScopedResources: ['*'], includedNamespaceScopedResources: ['pods'] });
  });
});
