import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { BackupSpec } from '#api/velero/backup.ts';
import { type BackupPlan, planBackup } from '#backup/plan/plan.ts';
import { backupRoles } from '#backup/plan/roles.ts';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import { connect } from '#kube/client/client.ts';
import { groupResource, type KubeObject } from '#kube/objects.ts';
import { untilRevoked } from '#testbed/cluster/rights.ts';
import { uniqueName } from '#testbed/shared.ts';
import { bindRoles } from '../restore/binding.ts';
import { backedUp, backupNamed, backupSetting, configMap, secret } from './setting.ts';

const current = backupSetting('light');

/** A client of which every write and every command in a pod is a failure of the test. */
function readOnly(api: KubeApi): KubeApi {
  const refuse = (): never => {
    throw new Error('a plan must not touch anything');
  };
  return new Proxy(api, {
    get(target, name) {
      if (['create', 'replace', 'patch', 'delete', 'exec', 'portForward'].includes(String(name)))
        return refuse;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function planned(spec: BackupSpec, name = uniqueName('plan')): Promise<BackupPlan> {
  const { client } = current();
  const options = { api: readOnly(client), clock: systemClock, veleroNamespace: 'velero' };
  return planBackup(backupNamed(name, spec), options);
}

function hookedPod(namespace: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name: 'db',
      annotations: {
        'pre.hook.backup.velero.io/command': '["/bin/freeze","now"]',
        'post.hook.backup.velero.io/command': '["/bin/thaw"]',
      },
    },
    spec: { containers: [{ name: 'main', image: 'hozon.dev/busybox:1' }] },
  };
}

test('a plan counts what a backup then takes, and names what it leaves out', async () => {
  const { client, create, place } = current();
  const [ns, other] = [await place('plan'), await place('plan-other')];
  await create('configmaps', configMap(ns, 'one'));
  await create(
    'configmaps',
    configMap(ns, 'out', { metadata: { name: 'out', labels: { 'velero.io/exclude-from-backup': 'true' } } }),
  );
  await create('secrets', secret(ns, 'password'));
  await create('configmaps', configMap(other, 'elsewhere'));
  await create('pods', hookedPod(ns));
  const spec: BackupSpec = { includedNamespaces: [ns], excludedResources: ['secrets', 'events'] };
  const plan = await planned(spec);
  const { names } = await backedUp(
    { ...spec, excludedResources: [...(spec.excludedResources ?? []), 'pods'] },
    { api: client },
  );
  const count = (resource: string): number | undefined =>
    plan.types.find(each => each.resource === resource)?.objects;
  const stored = (resource: string): number => names.filter(name => name.startsWith(`${resource} `)).length;
  assert.equal(count('configmaps'), stored('configmaps'));
  assert.equal(count('serviceaccounts'), stored('serviceaccounts'));
  assert.equal(count('namespaces'), 1);
  assert.equal(count('pods'), 1);
  assert.equal(count('secrets'), undefined);
  assert.ok(plan.types.every(({ objects, bytes }) => objects > 0 && bytes > 100 * objects));
  const left = (resource: string, reason: string): number =>
    plan.leftOut.find(each => each.resource === resource && each.reason === reason)?.objects ?? 0;
  assert.equal(left('configmaps', 'labelled'), 1);
  assert.equal(left('secrets', 'type'), 1);
  assert.ok(left('configmaps', 'namespace') >= 2);
  assert.deepEqual(plan.commands, [
    { namespace: ns, pod: 'db', container: 'main', command: ['/bin/freeze', 'now'] },
    { namespace: ns, pod: 'db', container: 'main', command: ['/bin/thaw'] },
  ]);
  await assert.rejects(planned({ includedResources: ['none-such'] }), thrown =>
    isHozonError(thrown, 'backup.invalid'),
  );
});

const rbac = 'rbac.authorization.k8s.io';

async function revoke(roles: readonly KubeObject[], user: string): Promise<void> {
  const { client, type } = current();
  for (const { kind, metadata } of roles) {
    for (const resource of [`${kind.toLowerCase()}s`, `${kind.toLowerCase()}bindings`]) {
      await client.delete(await type(`${resource}.${rbac}`), metadata);
    }
  }
  await untilRevoked(client, user, roles);
}

async function typesServed(): Promise<string[]> {
  return (await current().discovery()).preferred.map(groupResource).sort();
}

test('the generated roles are enough for the backup, and none of them can be spared', async () => {
  const { client, cluster, create, place } = current();
  const ns = await place('plan-roles');
  await create('configmaps', configMap(ns, 'one'));
  await create('secrets', secret(ns, 'password'));
  const spec: BackupSpec = { includedNamespaces: [ns] };
  const user = uniqueName('backup-user');
  let types = await typesServed();
  let roles = backupRoles(await planned(spec, user));
  assert.ok(JSON.stringify(roles).includes(ns));
  const verbs = roles.flatMap(role => (role['rules'] as { verbs: string[] }[]).flatMap(rule => rule.verbs));
  assert.deepEqual([...new Set(verbs)].sort(), ['get', 'list'], 'a backup without hooks only reads');
  const api = await connect({ kubeconfig: await cluster.createUser(user) });
  try {
    for (;;) {
      await bindRoles(client, roles, user);
      const { errors, names } = await backedUp(spec, { api });
      await revoke(roles, user);
      const now = await typesServed();
      if (isDeepStrictEqual(types, now)) {
        assert.deepEqual(errors, []);
        assert.ok(names.includes(`secrets ${ns}/password`) && names.includes(`namespaces ${ns}`));
        break;
      }
      types = now; // another test has defined a type, which was not planned for
      roles = backupRoles(await planned(spec, user));
    }
    for (const spared of roles) {
      const rest = roles.filter(role => role !== spared);
      await bindRoles(client, rest, user);
      const { backup, warnings } = await backedUp(spec, { api }).catch(() => ({
        backup: undefined,
        warnings: [],
      }));
      const isWhole = backup?.status?.phase === 'Completed' && !warnings.join().includes('forbidden');
      assert.ok(!isWhole, `${spared.kind} can be spared`);
      await revoke(rest, user);
    }
  } finally {
    await revoke(roles, user);
    await api.close();
  }
});
