import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { parse } from '../../parse.ts';
import type { FlagValues } from '../../spec.ts';
import type { createFlags } from './create-flags.ts';
import { backup } from './table.ts';
import { wantedBackup } from './wanted.ts';

/** What `hozon backup create …` would send to the engine. */
function wanted(words: readonly string[], content?: Record<string, unknown>) {
  const parsed = parse(['backup', 'create', ...words], [backup]);
  assert.equal(parsed.kind, 'run');
  const { args, flags } = parsed.input;
  const manifest = content === undefined ? undefined : { source: 'backup.yaml', content };
  return wantedBackup(args[0], flags as FlagValues<typeof createFlags>, manifest);
}

const manifest = (parts: Record<string, unknown>) => ({
  apiVersion: 'velero.io/v1',
  kind: 'Backup',
  ...parts,
});

function refuses(words: readonly string[], pattern: RegExp, content?: Record<string, unknown>): void {
  assert.throws(
    () => wanted(words, content),
    thrown => isHozonError(thrown) && thrown.exit === 'usage' && pattern.test(thrown.message),
  );
}

test('every flag finds its field', () => {
  const asked = wanted([
    'nightly',
    '--include-namespaces=a,b',
    '--exclude-namespaces=c',
    '--include-resources=pods,deployments.apps',
    '--exclude-resources=events',
    '--include-cluster-resources=false',
    '--selector=app=web,tier!=db',
    '--ordered-resources=pods=a/x,a/y;persistentvolumes=pv1',
    '--resource-policies-configmap=policies',
    '--ttl=36h',
    '--labels=team=shop',
    '--annotations=ticket=a b',
  ]);
  assert.deepEqual(asked, {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name: 'nightly', labels: { team: 'shop' }, annotations: { ticket: 'a b' } },
    spec: {
      includedNamespaces: ['a', 'b'],
      excludedNamespaces: ['c'],
      includedResources: ['pods', 'deployments.apps'],
      excludedResources: ['events'],
      includeClusterResources: false,
      labelSelector: {
        matchLabels: { app: 'web' },
        matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['db'] }],
      },
      orderedResources: { pods: 'a/x,a/y', persistentvolumes: 'pv1' },
      resourcePolicy: { kind: 'configmap', name: 'policies' },
      ttl: '36h0m0s',
    },
  });
  const scoped = wanted([
    'b',
    '--include-cluster-scoped-resources=x',
    '--exclude-cluster-scoped-resources=y',
    '--include-namespace-scoped-resources=z',
    '--exclude-namespace-scoped-resources=w',
    '--or-selector=app=web or app in (db,cache)',
  ]);
  assert.deepEqual(scoped.spec, {
    includedClusterScopedResources: ['x'],
    excludedClusterScopedResources: ['y'],
    includedNamespaceScopedResources: ['z'],
    excludedNamespaceScopedResources: ['w'],
    orLabelSelectors: [
      { matchLabels: { app: 'web' } },
      { matchExpressions: [{ key: 'app', operator: 'In', values: ['db', 'cache'] }] },
    ],
  });
});

test('without flags a name is enough', () => {
  assert.deepEqual(wanted(['b']), {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name: 'b' },
    spec: {},
  });
});

test('flags win over the manifest, and what the cluster put into it does not count', () => {
  const content = manifest({
    metadata: {
      name: 'from-file',
      namespace: 'velero',
      uid: 'u',
      resourceVersion: '7',
      labels: { team: 'old', kept: 'yes' },
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', kept: 'yes' },
    },
    spec: { ttl: '1h', includedNamespaces: ['x'], labelSelector: { matchLabels: { app: 'web' } } },
    status: { phase: 'Completed', errors: 'not even a number' },
  });
  assert.equal(wanted([], content).metadata.name, 'from-file');
  const asked = wanted(['named', '--ttl=2h', '--labels=team=new', '--or-selector=a or b'], content);
  assert.deepEqual(asked.metadata, {
    name: 'named',
    labels: { team: 'new', kept: 'yes' },
    annotations: { kept: 'yes' },
  });
  assert.deepEqual(asked.spec, {
    ttl: '2h0m0s',
    includedNamespaces: ['x'],
    orLabelSelectors: [
      { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
      { matchExpressions: [{ key: 'b', operator: 'Exists' }] },
    ],
  });
  assert.equal(asked.status, undefined);
});

test('a manifest with hooks keeps them', () => {
  const hooks = { resources: [{ name: 'freeze', pre: [{ exec: { command: ['sync'] } }] }] };
  assert.deepEqual(wanted(['b'], manifest({ spec: { hooks } })).spec?.hooks, hooks);
});

test('a wrong value names its flag', () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['b', '--selector=app in'], /--selector/],
    [['b', '--selector='], /--selector/],
    [['b', '--selector=weight>3'], /--selector/],
    [['b', '--or-selector=app=web or '], /--or-selector/],
    [['b', '--ordered-resources=pods'], /--ordered-resources/],
    [['b', '--resource-policies-configmap='], /--resource-policies-configmap/],
    [['b', '--resource-policies-configmap=velero/policies'], /--resource-policies-configmap/],
    [['b', '--ttl=0'], /--ttl/],
    [['b', '--ttl=soon'], /--ttl/],
    [['b', '--labels=a b=c'], /--labels/],
    [['b', '--labels=team=a b'], /--labels/],
    [['b', '--annotations=a b=c'], /--annotations/],
    [['b', '--include-namespaces='], /--include-namespaces/],
    [['Nightly_1'], /"Nightly_1" is not a value for NAME/],
    [[], /NAME is missing/],
    [['b', '--selector=a', '--or-selector=b'], /--selector, --or-selector/],
    [
      ['b', '--include-resources=pods', '--exclude-cluster-scoped-resources=x'],
      /--include-resources, --exclude-cluster-scoped-resources/,
    ],
  ];
  for (const [words, pattern] of cases) refuses(words, pattern);
});

test('what is wrong in a manifest is said of the manifest', () => {
  refuses(['b'], /^backup\.yaml is not valid: .*spec/, manifest({ spec: { includeNamespaces: ['typo'] } }));
  refuses(['b'], /^backup\.yaml .*spec\.ttl/, manifest({ spec: { ttl: 'soon' } }));
  refuses(['b'], /^backup\.yaml .*metadata\.labels/, manifest({ metadata: { labels: ['a'] } }));
  refuses(['b'], /^backup\.yaml .*spec/, manifest({ spec: ['a'] }));
});
