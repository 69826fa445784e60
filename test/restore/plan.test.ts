import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Restore, RestoreSpec } from '#api/velero/restore.ts';
import { readRestore } from '#archive/stored/restores.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import { connect } from '#kube/client/client.ts';
import { formatKey, type KubeObject } from '#kube/objects.ts';
import { planRestore } from '#restore/plan/make.ts';
import type { RestorePlan } from '#restore/plan/plan.ts';
import { restoreRoles } from '#restore/plan/roles.ts';
import { readPlan } from '#restore/plan/saved.ts';
import { backupsIn } from '#restore/source.ts';
import { bindRoles } from './binding.ts';
import { claim, configMap, definition, namespaceObject, pod, service, volume } from './objects.ts';
import { restored, restoreOf, scene, storeBackup } from './scene.ts';

const current = scene();

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

async function planned(wanted: Restore): Promise<RestorePlan> {
  const { client, store } = current();
  const options = { api: readOnly(client), source: backupsIn(store), veleroNamespace: 'velero' };
  const plan = await planRestore(wanted, options);
  return readPlan(JSON.stringify(plan), 'plan.json');
}

/** `update configmaps ns/name policy-update: data.x`. */
function told({ items }: RestorePlan): string[] {
  return items.map(({ action, resource, reason, changes = [], ...key }) => {
    const paths = changes.map(({ path }) => path).join(' ');
    return `${action} ${resource} ${formatKey(key)} ${reason}${paths === '' ? '' : `: ${paths}`}`;
  });
}

const secretOf = (namespace: string, name: string, password: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name },
  type: 'Opaque',
  data: { password: Buffer.from(password).toString('base64') },
});

test('a plan says what a restore then does, and the restore performs it', async () => {
  const { client, store, namespace, type } = current();
  const ns = namespace('plan');
  const backup = await storeBackup(store, [
    namespaceObject(ns),
    configMap(ns, 'same', { x: '1' }),
    configMap(ns, 'edited', { x: '1' }),
    configMap(ns, 'missing', { x: '1' }),
    configMap(ns, 'kube-root-ca.crt', { 'ca.crt': 'x' }),
    secretOf(ns, 'password', 'hunter2'),
    configMap(`${ns}-other`, 'elsewhere'),
  ]);
  const spec: RestoreSpec = { includedNamespaces: [ns], existingResourcePolicy: 'update' };
  const fresh = await planned(restoreOf(backup, spec));
  assert.deepEqual(told(fresh), [
    `create namespaces ${ns} absent`,
    `create secrets ${ns}/password absent`,
    `create configmaps ${ns}/same absent`,
    `create configmaps ${ns}/edited absent`,
    `create configmaps ${ns}/missing absent`,
    `skip configmaps ${ns}/kube-root-ca.crt injected-ca`,
    `skip configmaps ${ns}-other/elsewhere filter-namespace`,
  ]);
  assert.equal(await client.get(await type('namespaces'), { name: ns }), undefined);

  const first = await restored(current(), fresh.restore, { plan: fresh });
  assert.deepEqual(first.said, []);
  const edit = async (resource: string, name: string, body: object) =>
    client.patch(await type(resource), { namespace: ns, name }, { type: 'merge', body });
  await edit('configmaps', 'edited', { data: { x: '2', y: '3' } });
  await edit('secrets', 'password', { stringData: { password: 'correct horse' } });
  await client.delete(await type('configmaps'), { namespace: ns, name: 'missing' });

  const second = await planned(restoreOf(backup, spec));
  const wrote = told(second).filter(line => !line.startsWith('skip'));
  assert.deepEqual(wrote.sort(), [
    `create configmaps ${ns}/missing absent`,
    `update configmaps ${ns}/edited policy-update: data.x data.y`,
    `update secrets ${ns}/password policy-update: data.password`,
  ]);
  for (const text of ['hunter2', 'correct horse']) {
    assert.ok(!JSON.stringify(second).includes(Buffer.from(text).toString('base64')));
  }
  const outcome = await restored(current(), second.restore, { plan: second });
  assert.deepEqual(outcome.said, []);
  const outcomes = Object.entries(outcome.resources).flatMap(([kind, each]) =>
    each.map(line => `${kind} ${line}`),
  );
  assert.deepEqual(outcomes.filter(line => !line.includes('(skipped)')).sort(), [
    `v1/ConfigMap ${ns}/edited(updated)`,
    `v1/ConfigMap ${ns}/missing(created)`,
    `v1/Secret ${ns}/password(updated)`,
  ]);

  const identical = await planned(restoreOf(backup, spec));
  assert.deepEqual([...new Set(identical.items.map(({ action }) => action))], ['skip']);
});

test('a plan that no longer holds is refused, naming objects, before anything is touched', async () => {
  const { client, store, namespace, type, get } = current();
  const ns = namespace('plan');
  const objects = [configMap(ns, 'a', { x: '1' }), configMap(ns, 'b', { x: '1' }), secretOf(ns, 's', 'one')];
  const backup = await storeBackup(store, [namespaceObject(ns), ...objects]);
  await restored(current(), restoreOf(backup));
  const configMaps = await type('configmaps');
  const edit = (name: string, body: object) =>
    client.patch(configMaps, { namespace: ns, name }, { type: 'merge', body });
  await edit('a', { data: { x: '2' } });
  const plan = await planned(restoreOf(backup, { existingResourcePolicy: 'update' }));
  const refused = async (named: RegExp, using = plan): Promise<void> => {
    await assert.rejects(
      restored(current(), using.restore, { plan: using, api: readOnly(client) }),
      thrown => isHozonError(thrown) && named.test(thrown.message),
    );
    await assert.rejects(readRestore(store, using.restore.metadata.name));
  };

  await edit('a', { data: { x: '3' } });
  await refused(new RegExp(`configmaps ${ns}/a: planned update`));
  await edit('a', { data: { x: '2' } });
  await client.delete(configMaps, { namespace: ns, name: 'b' });
  await refused(new RegExp(`configmaps ${ns}/b: planned skip .* now create`));
  await client.create(configMaps, configMap(ns, 'b', { x: '1' }));
  await edit('a', { metadata: { annotations: { 'deployment.kubernetes.io/x': '1' } } });
  await refused(/configmaps .*\/a: planned update/);
  await edit('a', { metadata: { annotations: { 'deployment.kubernetes.io/x': null } } });
  const replaced = { ...plan, backup: { ...plan.backup, digest: 'another' } };
  await refused(/does not hold what it held/, replaced);

  // The same decision about an object that was written to in between still holds.
  const outcome = await restored(current(), plan.restore, { plan });
  assert.deepEqual(outcome.said, []);
  assert.deepEqual((await get('configmaps', { namespace: ns, name: 'a' }))?.['data'], { x: '1' });
});

test('what changes after the check is not done otherwise than planned', async () => {
  const { client, store, namespace, type, get } = current();
  const ns = namespace('plan');
  const backup = await storeBackup(store, [namespaceObject(ns), configMap(ns, 'late', { x: '1' })]);
  await client.create(await type('namespaces'), namespaceObject(ns));
  const plan = await planned(restoreOf(backup, { existingResourcePolicy: 'update' }));
  const configMaps = await type('configmaps');
  let checked = false;
  const api: KubeApi = new Proxy<KubeApi>(client, {
    get(target, name) {
      if (name === 'create') {
        return async (...args: Parameters<KubeApi['create']>) => {
          if (!checked) await client.create(configMaps, configMap(ns, 'late', { x: 'theirs' }));
          checked = true;
          return target.create(...args);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const { restore, said } = await restored(current(), plan.restore, { plan, api });
  assert.equal(restore.status?.phase, 'PartiallyFailed');
  assert.match(said.join('\n'), /configmaps\/late: not restored: the plan says "create: absent"/);
  assert.deepEqual((await get('configmaps', { namespace: ns, name: 'late' }))?.['data'], { x: 'theirs' });
});

test('without the policy, what differs is a conflict; accounts are merged; types are brought or missing', async () => {
  const { client, store, namespace, type, cleanLater } = current();
  const ns = namespace('plan');
  const group = `${ns}.example.com`;
  const crd = definition('plans', 'Plan', group);
  const of = (kind: string, apiVersion: string) => ({
    apiVersion,
    kind,
    metadata: { namespace: ns, name: 'it' },
  });
  const backup = await storeBackup(store, [
    namespaceObject(ns),
    crd,
    of('Plan', `${group}/v1`),
    of('Missing', 'none-such.example.com/v1'),
    configMap(ns, 'differs', { x: '1' }),
    { ...of('ServiceAccount', 'v1'), imagePullSecrets: [{ name: 'pull' }] },
    { ...volume(`${ns}-v`, 'Retain', { namespace: ns, name: 'data' }) },
    claim(ns, 'data', `${ns}-v`),
  ]);
  cleanLater('persistentvolumes', `${ns}-v`);
  await client.create(await type('namespaces'), namespaceObject(ns));
  await client.create(await type('configmaps'), configMap(ns, 'differs', { x: '2' }));
  await client.create(await type('serviceaccounts'), of('ServiceAccount', 'v1'));
  const plan = await planned(restoreOf(backup, { includeClusterResources: true }));
  assert.deepEqual(told(plan), [
    `skip namespaces ${ns} namespace-used`,
    `create customresourcedefinitions.apiextensions.k8s.io plans.${group} absent`,
    `create persistentvolumes ${ns}-v absent`,
    `create persistentvolumeclaims ${ns}/data absent`,
    `merge serviceaccounts ${ns}/it account-merged: imagePullSecrets`,
    `conflict configmaps ${ns}/differs exists-differs: data.x`,
    `conflict missings.none-such.example.com ${ns}/it type-not-served`,
    `create plans.${group} ${ns}/it absent`,
  ]);
  assert.deepEqual(
    plan.findings.filter(({ severity }) => severity === 'error').map(({ code, params }) => [code, params]),
    [['type-not-served', { resource: 'missings.none-such.example.com', objects: 1 }]],
  );
  const claimItem = plan.items.find(({ resource }) => resource === 'persistentvolumeclaims');
  assert.deepEqual(claimItem?.notes ?? [], [], 'its volume comes with it');
  const { said } = await restored(current(), plan.restore, { plan });
  assert.deepEqual(
    said.filter(line => line.includes('plan says')),
    [],
  );
});

test('what would be missing or in the way is found before', async () => {
  const { client, store, namespace, type, cleanLater } = current();
  const ns = namespace('plan');
  await client.create(await type('namespaces'), namespaceObject(ns));
  await client.create(await type('resourcequotas'), {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { namespace: ns, name: 'small' },
    spec: { hard: { 'count/services': '1', services: '2', 'requests.storage': '1Mi', pods: '5' } },
  });
  cleanLater('validatingwebhookconfigurations.admissionregistration.k8s.io', ns);
  await client.create(await type('validatingwebhookconfigurations.admissionregistration.k8s.io'), {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: ns },
    webhooks: [
      {
        name: 'check.example.com',
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        clientConfig: { service: { namespace: ns, name: 'absent' } },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ns } },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['services'] }],
      },
    ],
  });
  const worker = pod(ns, 'worker');
  const backup = await storeBackup(store, [
    service(ns, 'a'),
    service(ns, 'b'),
    claim(ns, 'data'),
    claim(ns, 'more'),
    {
      ...worker,
      spec: { ...(worker['spec'] as object), priorityClassName: 'urgent', runtimeClassName: 'vm' },
    },
  ]);
  const { findings } = await planned(restoreOf(backup));
  const found = findings.map(
    ({ code, params }) => `${code} ${params['name'] ?? params['resource'] ?? params['objects']}`,
  );
  assert.deepEqual(found.sort(), [
    'class-missing none-such',
    'class-missing urgent',
    'class-missing vm',
    'quota-exceeded count/services',
    'quota-exceeded requests.storage',
    'webhook-unreachable 2',
  ]);
});

const rbac = 'rbac.authorization.k8s.io';

async function bind(roles: readonly KubeObject[], user: string): Promise<void> {
  const { client, cleanLater } = current();
  await bindRoles(client, roles, user);
  for (const { metadata } of roles.filter(({ kind }) => kind === 'ClusterRole')) {
    cleanLater(`clusterroles.${rbac}`, metadata.name);
    cleanLater(`clusterrolebindings.${rbac}`, metadata.name);
  }
}

test('the generated roles are enough for the restore, into namespaces old and new, and not without one', async () => {
  const { client, cluster, store, namespace, type } = current();
  const [ns, fresh, velero] = [namespace('plan'), namespace('plan'), namespace('velero')];
  for (const each of [ns, velero]) await client.create(await type('namespaces'), namespaceObject(each));
  await client.create(await type('configmaps'), configMap(ns, 'differs', { x: '2' }));
  const role = {
    apiVersion: `${rbac}/v1`,
    kind: 'Role',
    metadata: { namespace: fresh, name: 'powerful' },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  };
  const backup = await storeBackup(store, [
    namespaceObject(ns),
    namespaceObject(fresh),
    configMap(ns, 'differs', { x: '1' }),
    configMap(ns, 'new', { x: '1' }),
    configMap(fresh, 'there', { x: '1' }),
    role,
  ]);
  const asked = restoreOf(backup, { existingResourcePolicy: 'update' });
  const plan = await planRestore(asked, {
    api: readOnly(client),
    source: backupsIn(store),
    veleroNamespace: velero,
  });
  const roles = restoreRoles(plan, { veleroNamespace: velero });
  const user = asked.metadata.name;
  await using limited = await connect({ kubeconfig: await cluster.createUser(user) });
  const [everywhere, ...places] = roles;
  await bind(places, user);
  const lacking = await restored(current(), restoreOf(backup), { api: limited, veleroNamespace: velero });
  assert.equal(lacking.restore.status?.phase, 'PartiallyFailed');
  await bind(everywhere === undefined ? [] : [everywhere], user);
  const options = { api: limited, veleroNamespace: velero, plan };
  const { said, resources } = await restored(current(), plan.restore, options);
  assert.deepEqual(said, []);
  assert.deepEqual(
    resources['v1/ConfigMap'],
    [`${fresh}/there(created)`, `${ns}/differs(updated)`, `${ns}/new(created)`].sort(),
  );
  const denied = async (resource: string, verb: 'list' | 'delete', place: string): Promise<void> => {
    const configMaps = await type(resource);
    const attempt =
      verb === 'list'
        ? Array.fromAsync(limited.list(configMaps, { namespace: place }))
        : limited.delete(configMaps, { namespace: place, name: 'new' });
    await assert.rejects(attempt, thrown => isHozonError(thrown, 'kube.forbidden'));
  };
  await denied('secrets', 'list', ns);
  await denied('configmaps', 'delete', ns);
  await denied('configmaps', 'list', 'kube-system');
});
