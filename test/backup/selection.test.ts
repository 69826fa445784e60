import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BackupSpec } from '#api/velero/backup.ts';
import { openBackup } from '#archive/stored/backups.ts';
import { systemClock } from '#foundation/clock.ts';
import type { KubeApi } from '#kube/api.ts';
import { type TestNamespace, uniqueName, uniqueNamespace } from '#testbed/shared.ts';
import {
  backedUp as backedUpWith,
  backupSetting,
  configMap,
  directoryStore,
  findingsOf,
  runBackup,
  secret,
} from './setting.ts';

const setting = backupSetting('light');
const backedUp = (spec: BackupSpec) => backedUpWith(spec, { api: setting().client });

const excludeLabel = { 'velero.io/exclude-from-backup': 'true' };

/** A custom type of its own, served when this resolves. */
async function customType(kind: string) {
  const { create, type } = setting();
  const group = `${uniqueName('g')}.example.com`;
  const plural = `${kind.toLowerCase()}s`;
  const name = `${plural}.${group}`;
  await create('customresourcedefinitions.apiextensions.k8s.io', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
  for (;;) {
    try {
      await type(name);
      return { name, group };
    } catch {
      await systemClock.sleep(50);
    }
  }
}

suite('what a backup takes', () => {
  test('follows names, patterns and exclusions of namespaces', async () => {
    const { client, create } = setting();
    const prefix = uniqueName('glob');
    const made = await Promise.all(
      ['a1', 'a2', 'b1', 'c1'].map(suffix => uniqueNamespace(client, `${prefix}-${suffix}`)),
    );
    try {
      for (const { name } of made) await create('configmaps', configMap(name, 'one'));
      const [a1, a2, b1, c1] = made.map(({ name }) => name) as [string, string, string, string];
      const taken = async (spec: BackupSpec): Promise<string[]> => {
        const { names } = await backedUp({ includedResources: ['cm', 'ns'], ...spec });
        const of = (name: string): boolean => names.includes(`configmaps ${name}/one`);
        for (const name of [a1, a2, b1, c1])
          assert.equal(names.includes(`namespaces ${name}`), of(name), name);
        return [a1, a2, b1, c1].filter(of);
      };
      assert.deepEqual(await taken({ includedNamespaces: [`${prefix}-a?-*`, b1] }), [a1, a2, b1]);
      assert.deepEqual(await taken({ includedNamespaces: [`${prefix}-[ab]1-*`] }), [a1, b1]);
      assert.deepEqual(
        await taken({ includedNamespaces: [`${prefix}-*`], excludedNamespaces: [`${prefix}-a*`, c1] }),
        [b1],
      );
      assert.deepEqual(await taken({ excludedNamespaces: [a1, `${prefix}-b*`] }), [a2, c1]);
    } finally {
      for (const namespace of made) await namespace[Symbol.asyncDispose]();
    }
  });

  test('leaves out what is labelled so, and what is being deleted', async () => {
    const { client, create, type } = setting();
    await using namespace = await uniqueNamespace(client, 'kept');
    await using labelled = await uniqueNamespace(client, 'labelled', excludeLabel);
    await create('configmaps', configMap(namespace.name, 'kept'));
    await create('configmaps', configMap(labelled.name, 'lost'));
    await create(
      'configmaps',
      configMap(namespace.name, 'out', { metadata: { name: '', labels: excludeLabel } }),
    );
    const held = configMap(namespace.name, 'going', {
      metadata: { name: '', finalizers: ['example.com/held'] },
    });
    await create('configmaps', held);
    const configMaps = await type('configmaps');
    await client.delete(configMaps, { namespace: namespace.name, name: 'going' });
    try {
      const spec = {
        includedNamespaces: [namespace.name, labelled.name],
        includedResources: ['configmaps', 'ns'],
      };
      const { names, warnings, backup } = await backedUp(spec);
      assert.deepEqual(names, [
        `configmaps ${namespace.name}/kept`,
        `configmaps ${namespace.name}/kube-root-ca.crt`,
        `namespaces ${namespace.name}`,
      ]);
      assert.deepEqual(backup.spec?.excludedNamespaces, [labelled.name]);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', new RegExp(`^namespaces/${labelled.name}: .*exclude-from-backup`));
    } finally {
      const released = { type: 'merge', body: { metadata: { finalizers: null } } } as const;
      await client.patch(configMaps, { namespace: namespace.name, name: 'going' }, released);
    }
  });

  test('is what any of its selectors fits, with the namespaces around it', async () => {
    const { client, create } = setting();
    await using first = await uniqueNamespace(client, 'sel');
    await using second = await uniqueNamespace(client, 'sel', { app: 'web' });
    await using third = await uniqueNamespace(client, 'sel');
    const labelled = (namespace: string, name: string, labels: Record<string, string>) =>
      create('configmaps', configMap(namespace, name, { metadata: { name, labels } }));
    await labelled(first.name, 'web', { app: 'web', tier: 'front' });
    await labelled(first.name, 'db', { app: 'db' });
    await labelled(first.name, 'both', { app: 'web', tier: 'back' });
    await labelled(third.name, 'none', { app: 'other' });
    const mine = (names: readonly string[]) =>
      names.filter(name => [first, second, third].some(each => name.includes(each.name)));
    const one = await backedUp({ labelSelector: { matchLabels: { app: 'web', tier: 'front' } } });
    assert.deepEqual(mine(one.names), [`configmaps ${first.name}/web`, `namespaces ${first.name}`]);
    const either = await backedUp({
      orLabelSelectors: [
        { matchLabels: { app: 'web' } },
        { matchExpressions: [{ key: 'tier', operator: 'In', values: ['back'] }] },
      ],
    });
    assert.deepEqual(
      mine(either.names),
      [
        `configmaps ${first.name}/both`,
        `configmaps ${first.name}/web`,
        `namespaces ${first.name}`,
        `namespaces ${second.name}`,
      ].sort(),
    );
  });
});

suite('what a backup takes besides', () => {
  test('is what the lists of either family say', async () => {
    const { client, create } = setting();
    await using namespace = await uniqueNamespace(client, 'families');
    await create('configmaps', configMap(namespace.name, 'one'));
    await create('secrets', secret(namespace.name, 'credentials'));
    const role = uniqueName('role');
    await create('clusterroles.rbac.authorization.k8s.io', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: role },
      rules: [],
    });
    try {
      const includedNamespaces = [namespace.name];
      const taken = async (spec: BackupSpec): Promise<string[]> => {
        const { names } = await backedUp({ includedNamespaces, ...spec });
        const mark: Readonly<Record<string, string>> = {
          [`configmaps ${namespace.name}/one`]: 'configmap',
          [`secrets ${namespace.name}/credentials`]: 'secret',
          [`namespaces ${namespace.name}`]: 'namespace',
          [`clusterroles.rbac.authorization.k8s.io ${role}`]: 'role',
        };
        return names.flatMap(name => mark[name] ?? []).sort();
      };
      assert.deepEqual(await taken({}), ['configmap', 'namespace', 'secret']);
      assert.deepEqual(await taken({ includedResources: ['ConfigMap'] }), ['configmap']);
      assert.deepEqual(await taken({ excludedResources: ['secrets'] }), ['configmap', 'namespace']);
      assert.deepEqual(await taken({ includeClusterResources: false }), ['configmap', 'secret']);
      assert.deepEqual(await taken({ includeClusterResources: true }), [
        'configmap',
        'namespace',
        'role',
        'secret',
      ]);
      assert.deepEqual(await taken({ includedNamespaceScopedResources: ['cm'] }), ['configmap', 'namespace']);
      assert.deepEqual(
        await taken({
          includedClusterScopedResources: ['clusterroles.rbac.authorization.k8s.io'],
          excludedNamespaceScopedResources: ['configmaps'],
        }),
        ['namespace', 'role', 'secret'],
      );
      assert.deepEqual(await taken({ excludedClusterScopedResources: ['*'] }), ['configmap', 'secret']);
    } finally {
      await client.delete(await setting().type('clusterroles.rbac.authorization.k8s.io'), { name: role });
    }
  });
});

suite('the objects of a backup', () => {
  test('come in the order that orderedResources gives, then the others', async () => {
    const { client, create } = setting();
    await using namespace = await uniqueNamespace(client, 'ordered');
    for (const name of ['a', 'b', 'c', 'd']) await create('configmaps', configMap(namespace.name, name));
    await using location = await directoryStore();
    const outcome = await runBackup(
      {
        includedNamespaces: [namespace.name],
        orderedResources: { cm: `${namespace.name}/d,${namespace.name}/b` },
      },
      { api: client, store: location.store },
    );
    await using archive = await openBackup(location.store, outcome.name);
    const type = (await archive.types()).find(({ resource }) => resource === 'configmaps');
    assert.ok(type !== undefined);
    const names = [...archive.keys(type)].map(({ name }) => name);
    assert.deepEqual(names, ['d', 'b', 'a', 'c', 'kube-root-ca.crt']);
    assert.deepEqual(findingsOf(outcome, 'warning'), []);
  });

  test('bring their namespace along, though it is made while they are listed', async () => {
    const { client, create } = setting();
    let made: TestNamespace | undefined;
    const late: KubeApi['list'] = async function* (type, options) {
      if (type.resource === 'configmaps') {
        made = await uniqueNamespace(client, 'late');
        await create('configmaps', configMap(made.name, 'one'));
      }
      yield* client.list(type, options);
    };
    const api = new Proxy<KubeApi>(client, {
      get: (target, property) => {
        if (property === 'list') return late;
        const value: unknown = Reflect.get(target, property);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    try {
      const { names } = await backedUpWith({ includedResources: ['configmaps', 'namespaces'] }, { api });
      assert.ok(names.includes(`configmaps ${made?.name}/one`));
      assert.ok(names.includes(`namespaces ${made?.name}`));
    } finally {
      await made?.[Symbol.asyncDispose]();
    }
  });
});

suite('what belongs to the objects of a backup', () => {
  test('is brought along, selected or not', async () => {
    const { client, create, type } = setting();
    await using namespace = await uniqueNamespace(client, 'related');
    const custom = await customType('Gadget');
    const volume = uniqueName('pv');
    const labels = { app: 'db' };
    await create('persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volume },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'none',
        hostPath: { path: '/nowhere' },
        claimRef: { namespace: namespace.name, name: 'data' },
      },
    });
    await create('persistentvolumeclaims', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: namespace.name },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'none',
        volumeName: volume,
        resources: { requests: { storage: '1Gi' } },
      },
    });
    const claims = await type('persistentvolumeclaims');
    const claimKey = { namespace: namespace.name, name: 'data' };
    const bound = { type: 'merge', body: { status: { phase: 'Bound' } } } as const;
    await client.patch(claims, claimKey, bound, { subresource: 'status' });
    await create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'db', namespace: namespace.name, labels },
      spec: {
        containers: [{ name: 'db', image: 'none', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
    });
    await create(custom.name, {
      apiVersion: `${custom.group}/v1`,
      kind: 'Gadget',
      metadata: { name: 'g', namespace: namespace.name, labels },
    });
    try {
      const spec = { includedNamespaces: [namespace.name], labelSelector: { matchLabels: labels } };
      const { names, warnings, errors } = await backedUp(spec);
      assert.deepEqual(errors, []);
      assert.deepEqual(
        names,
        [
          `customresourcedefinitions.apiextensions.k8s.io ${custom.name}`,
          `${custom.name} ${namespace.name}/g`,
          `namespaces ${namespace.name}`,
          `persistentvolumeclaims ${namespace.name}/data`,
          `persistentvolumes ${volume}`,
          `pods ${namespace.name}/db`,
        ].sort(),
      );
      assert.equal(warnings.length, 1, 'the data of the volume is not in the backup');
      assert.match(warnings[0] ?? '', /^persistentvolumeclaims\/data: .*not in the backup/);

      const without = await backedUp({ ...spec, includeClusterResources: false, snapshotVolumes: false });
      assert.deepEqual(
        without.names,
        [
          `${custom.name} ${namespace.name}/g`,
          `persistentvolumeclaims ${namespace.name}/data`,
          `pods ${namespace.name}/db`,
        ].sort(),
      );
      assert.deepEqual(without.warnings, []);
    } finally {
      await client.delete(await type('persistentvolumes'), { name: volume });
    }
  });
});
