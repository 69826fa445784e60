import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { connect } from '#kube/client/client.ts';
import { listAt, textAt } from '#kube/fields.ts';
import { planRestore } from '#restore/plan/make.ts';
import { restoreRoles } from '#restore/plan/roles.ts';
import { backupsIn } from '#restore/source.ts';
import { uniqueName } from '#testbed/shared.ts';
import { runBackup } from '../backup/setting.ts';
import { bindRoles } from './binding.ts';
import { configMap, namespaceObject } from './objects.ts';
import { restored, restoreOf, scene } from './scene.ts';

const current = scene();
const fieldManager = 'argocd-controller';

test('who applies an object goes on applying it after a restore, and nobody else may without force', async () => {
  const { client, cluster, store, namespace, cleanLater, type, get } = current();
  const [ns, velero] = [namespace('owners'), namespace('velero')];
  for (const each of [ns, velero]) await client.create(await type('namespaces'), namespaceObject(each));
  const configMaps = await type('configmaps');
  const key = { namespace: ns, name: 'applied' };
  const apply = (value: string, manager = fieldManager) =>
    client.patch(
      configMaps,
      key,
      { type: 'apply', body: configMap(ns, key.name, { key: value }) },
      { fieldManager: manager },
    );
  await apply('1');
  const { name } = await runBackup({ includedNamespaces: [ns] }, { api: client, store });
  await client.delete(configMaps, key);

  const asked = restoreOf(name);
  const plan = await planRestore(asked, {
    api: client,
    source: backupsIn(store),
    veleroNamespace: velero,
  });
  const user = uniqueName('restorer');
  for (const each of ['clusterroles', 'clusterrolebindings'])
    cleanLater(`${each}.rbac.authorization.k8s.io`, `hozon-restore-${asked.metadata.name}`);
  await bindRoles(client, restoreRoles(plan, { veleroNamespace: velero }), user);
  await using limited = await connect({ kubeconfig: await cluster.createUser(user) });
  const { said } = await restored(current(), asked, { api: limited, veleroNamespace: velero });
  assert.deepEqual(said, []);

  const owners = listAt(await get('configmaps', key), 'metadata', 'managedFields');
  assert.deepEqual(
    owners.map(entry => [textAt(entry, 'manager'), textAt(entry, 'operation')]),
    [[fieldManager, 'Apply']],
  );
  await apply('2');
  await assert.rejects(apply('3', 'another'), thrown => isHozonError(thrown, 'kube.conflict'));
});
