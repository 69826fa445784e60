import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BackupSpec } from '#api/velero/backup.ts';
import { readBackupVolumeInfos } from '#archive/stored/backups.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeObject } from '#kube/objects.ts';
import { uniqueName, uniqueNamespace } from '#testbed/shared.ts';
import {
  backedUp as backedUpWith,
  backupSetting,
  configMap,
  directoryStore,
  findingsOf,
  keysOf,
  runBackup,
} from './setting.ts';

const setting = backupSetting('light');

/** Puts the policies into a ConfigMap of their own and says how a Backup refers to it. */
async function policies(sections: string, data?: Record<string, string>) {
  const veleroNamespace = await setting().place('velero');
  const name = uniqueName('policies');
  const object = configMap(veleroNamespace, name);
  await setting().create('configmaps', { ...object, data: data ?? { any: `version: v1\n${sections}` } });
  return { veleroNamespace, spec: { resourcePolicy: { kind: 'ConfigMap', name } } };
}

/** What a Backup with these policies holds. Of a whole cluster, other tests may have made something to warn of. */
async function taken(sections: string, spec: BackupSpec): Promise<string[]> {
  const { veleroNamespace, ...policy } = await policies(sections);
  const options = { api: setting().client, veleroNamespace };
  const { names, warnings, errors } = await backedUpWith({ ...spec, ...policy.spec }, options);
  if (spec.includedNamespaces) assert.deepEqual([warnings, errors], [[], []]);
  return names;
}

const labelled = (namespace: string, name: string, labels: Record<string, string>): KubeObject =>
  configMap(namespace, name, { metadata: { name, labels } });

const secretOf = (namespace: string, name: string, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name, labels },
});

const roles = 'clusterroles.rbac.authorization.k8s.io';

const clusterRole = (name: string, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, labels },
  rules: [],
});

/** Config maps and secrets, some of them labelled, in a namespace of their own. */
async function shop(prefix: string) {
  const { client, create } = setting();
  const namespace = await uniqueNamespace(client, prefix);
  const { name } = namespace;
  await create('configmaps', labelled(name, 'web', { app: 'web' }));
  await create('configmaps', labelled(name, 'web-tmp', { app: 'web' }));
  await create('configmaps', labelled(name, 'db', { app: 'db' }));
  await create('secrets', secretOf(name, 'web', { app: 'web' }));
  await create('secrets', secretOf(name, 'plain'));
  return namespace;
}

suite('an includeExcludePolicy', () => {
  test('is added to what the Backup says', async () => {
    await using place = await shop('lists');
    const { name } = place;
    const includedNamespaces = [name];
    const policy = `
includeExcludePolicy:
  includedNamespaceScopedResources: [secrets, cm]
  excludedNamespaceScopedResources: [serviceaccounts]
  excludedClusterScopedResources: [namespaces]
`;
    const maps = ['db', 'kube-root-ca.crt', 'web', 'web-tmp'].map(each => `configmaps ${name}/${each}`);
    const secrets = ['plain', 'web'].map(each => `secrets ${name}/${each}`);
    assert.deepEqual(await taken(policy, { includedNamespaces }), [...maps, ...secrets]);
    assert.deepEqual(
      await taken(policy, { includedNamespaces, excludedNamespaceScopedResources: ['configmaps'] }),
      secrets,
    );
    assert.deepEqual(
      await taken(policy, {
        includedNamespaces,
        includedNamespaceScopedResources: ['serviceaccounts'],
        excludedNamespaceScopedResources: ['configmaps', 'secrets'],
      }),
      [`serviceaccounts ${name}/default`],
    );
  });
});

suite('namespacedFilterPolicies', () => {
  test('take of each namespace what its own policy names, and nothing else', async () => {
    const prefix = uniqueName('nfp');
    await using first = await shop(`${prefix}-a`);
    await using second = await shop(`${prefix}-b`);
    await using third = await shop(`${prefix}-c`);
    const policy = `
namespacedFilterPolicies:
- namespaces: [${first.name}]
  resourceFilters:
  - kinds: [ConfigMap]
    labelSelector: {matchLabels: {app: web}}
    excludedNames: ["*-tmp"]
  - kinds: [secrets]
    names: [pl?in, "[x-z]*"]
- namespaces: ["${prefix}-[ab]*"]
  resourceFilters:
  - kinds: ["*"]
    orLabelSelectors:
    - {matchLabels: {app: db}}
    - {matchExpressions: [{key: app, operator: In, values: [web]}, {key: missing, operator: DoesNotExist}]}
  - kinds: [cm]
    names: [db]
`;
    const selected = { labelSelector: { matchLabels: { app: 'db' } } };
    const expected = [
      `configmaps ${first.name}/web`,
      `secrets ${first.name}/plain`,
      `configmaps ${second.name}/db`,
      `secrets ${second.name}/web`,
      `configmaps ${third.name}/db`,
      ...[first, second, third].map(({ name }) => `namespaces ${name}`),
    ].sort();
    const includedNamespaces = [first.name, second.name, third.name];
    assert.deepEqual(await taken(policy, { includedNamespaces, ...selected }), expected);
    const mine = (names: readonly string[]) => names.filter(name => name.includes(prefix));
    const everywhere = { includedNamespaceScopedResources: ['cm', 'secrets'], ...selected };
    assert.deepEqual(mine(await taken(policy, everywhere)), expected, 'by lists of all namespaces');
    assert.deepEqual(
      mine(await taken(policy, { ...selected, excludedNamespaceScopedResources: ['events'] })),
      expected,
    );
  });

  test('let pods bring along their claims, unless they leave out the name', async () => {
    const { client, create } = setting();
    await using place = await uniqueNamespace(client, 'along');
    const { name: namespace } = place;
    const claim = (name: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'none',
        resources: { requests: { storage: '1Gi' } },
      },
    });
    await create('persistentvolumeclaims', claim('data'));
    await create('persistentvolumeclaims', claim('cache'));
    await create('persistentvolumeclaims', claim('stray'));
    await create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'db', namespace },
      spec: {
        containers: [{ name: 'db', image: 'none' }],
        volumes: ['data', 'cache'].map(name => ({ name, persistentVolumeClaim: { claimName: name } })),
      },
    });
    const policy = (more: string) => `
namespacedFilterPolicies:
- namespaces: [${namespace}]
  resourceFilters:
  - kinds: [pods]
${more}`;
    const held = async (more = '') => {
      const names = await taken(policy(more), { includedNamespaces: [namespace] });
      return names.map(name => name.replace(` ${namespace}/`, ' '));
    };
    const [cache, data] = ['persistentvolumeclaims cache', 'persistentvolumeclaims data'];
    const others = [`namespaces ${namespace}`, 'pods db'];
    assert.deepEqual(await held(), [...others.slice(0, 1), cache, data, 'pods db']);
    assert.deepEqual(await held('  - {kinds: [pvc], names: [data]}'), [others[0], data, 'pods db']);
  });
});

suite('a clusterScopedFilterPolicy', () => {
  test('refines the kinds that the Backup takes', async () => {
    const { client, create, type } = setting();
    await using place = await uniqueNamespace(client, 'csfp');
    const prefix = uniqueName('csfp');
    const names = ['a', 'b', 'c'].map(each => `${prefix}-${each}`);
    for (const [index, name] of names.entries()) {
      await create(roles, clusterRole(name, index === 2 ? {} : { csfp: prefix }));
    }
    try {
      const includedNamespaces = [place.name];
      const filter = (text: string) =>
        `clusterScopedFilterPolicy: {resourceFilters: [{kinds: [ClusterRole], ${text}}]}`;
      const held = async (text: string, spec: BackupSpec = { includedClusterScopedResources: [roles] }) =>
        (await taken(filter(text), { includedNamespaces, ...spec }))
          .filter(name => name.startsWith(roles))
          .map(name => name.slice(-1));
      const byLabel = `labelSelector: {matchLabels: {csfp: ${prefix}}}`;
      assert.deepEqual(await held(byLabel), ['a', 'b']);
      assert.deepEqual(await held(`${byLabel}, excludedNames: ["*-a"]`), ['b']);
      assert.deepEqual(await held(`names: ["${prefix}-[ac]"]`), ['a', 'c']);
      assert.deepEqual(await held(byLabel, {}), [], 'it includes nothing by itself');
    } finally {
      for (const name of names) await client.delete(await type(roles), { name });
    }
  });
});

suite('volumePolicies', () => {
  test('leave out data that is not meant, and say so beside the archive', async () => {
    const { client, create, type } = setting();
    await using place = await uniqueNamespace(client, 'volumes');
    const prefix = uniqueName('pv');
    const volumes = { small: '1Gi', large: '20Gi', foreign: '2Gi' };
    for (const [name, storage] of Object.entries(volumes)) {
      await create('persistentvolumes', {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: `${prefix}-${name}` },
        spec: {
          capacity: { storage },
          accessModes: ['ReadWriteMany'],
          storageClassName: 'none',
          claimRef: { namespace: place.name, name },
          ...(name === 'foreign'
            ? { nfs: { server: 'nas.example.com', path: '/x' } }
            : { hostPath: { path: '/nowhere' } }),
        },
      });
      await create('persistentvolumeclaims', {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name, namespace: place.name },
        spec: {
          accessModes: ['ReadWriteMany'],
          storageClassName: 'none',
          volumeName: `${prefix}-${name}`,
          resources: { requests: { storage } },
        },
      });
    }
    const { veleroNamespace, spec } = await policies(`
volumePolicies:
- conditions: {nfs: {server: nas.example.com}, pvcAccessModes: [ReadWriteMany]}
  action: {type: skip}
- conditions: {capacity: ",5120Mi", volumeTypes: [hostPath]}
  action: {type: skip}
- conditions: {capacity: "5Gi,"}
  action: {type: snapshot}
`);
    try {
      for (const excludedClusterScopedResources of [[], ['persistentvolumes']]) {
        await using location = await directoryStore();
        const outcome = await runBackup(
          { includedNamespaces: [place.name], excludedClusterScopedResources, ...spec },
          { api: client, store: location.store, veleroNamespace },
        );
        const warnings = findingsOf(outcome, 'warning');
        assert.deepEqual(
          warnings.map(warning => warning.split(':')[0]),
          ['persistentvolumeclaims/large'],
        );
        const infos = (await readBackupVolumeInfos(location.store, outcome.name)) ?? [];
        assert.deepEqual(infos.map(({ pvcName, skippedReason }) => `${pvcName}: ${skippedReason}`).sort(), [
          'foreign: the action of a volume policy is skip',
          'large: this version does not capture volume data',
          'small: the action of a volume policy is skip',
        ]);
      }
    } finally {
      for (const name of Object.keys(volumes)) {
        await client.delete(await type('persistentvolumes'), { name: `${prefix}-${name}` });
      }
    }
  });
});

suite('a Backup is refused, and nothing is written,', () => {
  async function refusal(spec: BackupSpec, veleroNamespace: string): Promise<string> {
    await using location = await directoryStore();
    const options = { api: setting().client, store: location.store, veleroNamespace };
    try {
      await runBackup(spec, options);
    } catch (thrown) {
      if (!isHozonError(thrown, 'backup.invalid')) throw thrown;
      assert.deepEqual(await keysOf(location.store), []);
      return thrown.message;
    }
    return assert.fail('the Backup was accepted');
  }

  test('for everything that is wrong with its policies and its lists', async () => {
    const { veleroNamespace, spec } = await policies(`
volumePolicies: [{conditions: {capacity: 5}, action: {type: drop}}]
includeExcludePolicy: {includedNamespaceScopedResources: [podz]}
clusterScopedFilterPolicy: {resourceFilters: [{kinds: [pods]}]}
namespacedFilterPolicies: [{namespaces: [a], resourceFilters: [{kinds: [gizmos]}]}]
`);
    const text = await refusal({ ...spec, includedResources: ['pods', 'doodads'] }, veleroNamespace);
    const at = `spec.resourcePolicy: ConfigMap ${veleroNamespace}/${spec.resourcePolicy.name}: `;
    for (const part of [
      `${at}volumePolicies[0].conditions.capacity: `,
      `${at}volumePolicies[0].action.type: `,
      `${at}includeExcludePolicy: cannot be used together with spec.includedResources`,
      `${at}clusterScopedFilterPolicy: cannot be used together`,
      `${at}namespacedFilterPolicies: cannot be used together`,
      `${at}clusterScopedFilterPolicy.resourceFilters[0].kinds[0]: pods is namespace-scoped`,
      `${at}namespacedFilterPolicies[0].resourceFilters[0].kinds[0]: the cluster has no resource "gizmos"`,
      'spec.includedResources: the cluster has no resource "doodads"',
    ]) {
      assert.ok(text.includes(part), `${part} is not in ${text}`);
    }
  });

  test('where the ConfigMap is not there, or has several keys', async () => {
    const veleroNamespace = await setting().place('velero');
    const absent = { resourcePolicy: { kind: 'configmap', name: 'absent' } };
    assert.match(await refusal(absent, veleroNamespace), /velero-\S*\/absent: it does not exist/);
    const several = await policies('', { a: 'version: v1', b: 'version: v1' });
    assert.match(await refusal(several.spec, several.veleroNamespace), /must hold exactly one key/);
  });
});
