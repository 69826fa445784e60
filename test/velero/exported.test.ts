import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { KubeClient } from '#kube/client/client.ts';
import { saveSnapshot } from '#testbed/cluster/etcd-snapshot.ts';
import { namespaces, persistentVolumeClaims, persistentVolumes } from '#testbed/cluster/types.ts';
import type { Listed } from '#testbed/demo/compare.ts';
import { namespacesOf } from '#testbed/estate/generated-objects.ts';
import { generateEstate, removeGenerated } from '#testbed/estate/generator.ts';
import { mixedShape } from '#testbed/estate/shape.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { clientOf, sharedCluster, sharedObjectStore, uniqueBucket, uniqueName } from '#testbed/shared.ts';
import { startVelero, type Velero } from '#testbed/velero/velero.ts';
import { claim, namespaceObject, pod, volume } from '../restore/objects.ts';
import { settledObjects, unexplained } from './comparison.ts';
import { type Hozon, hozonBeside } from './hozon.ts';

const shape = mixedShape(uniqueName('export'), 1);
const estate = namespacesOf(shape);
const [original = ''] = estate;
const copies = { velero: uniqueName('export-velero'), hozon: uniqueName('export-hozon') };
const volumeName = uniqueName('export-volume');
/** A namespace with what Velero would not restore to the same. */
const loose = uniqueName('export-loose');
const name = 'out-of-etcd';

let client: KubeClient;
let velero: Velero;
let hozon: Hozon;
let objects: readonly Listed[];

/** What must end, in the order in which it was begun. */
const parts = new AsyncDisposableStack();

before(async () => {
  const cluster = await sharedCluster('light');
  client = parts.use(await clientOf(cluster));
  parts.defer(removeAll);
  await generateEstate(client, shape); // first: a Velero server learns of new types every five minutes only
  objects = await settledObjects(client, estate);
  await makeLoose();
  const server = await sharedObjectStore();
  velero = parts.use(await startVelero({ cluster, store: server, bucket: await uniqueBucket(server) }));
  hozon = parts.use(await hozonBeside(cluster, velero.namespace));
  await saveSnapshot(cluster.etcd, join(hozon.home, 'snapshot.db'));
});

/** A claim with a volume, and a pod whose commands nobody can run any more. */
async function makeLoose(): Promise<void> {
  await client.create(namespaces, namespaceObject(loose));
  await client.create(persistentVolumes, volume(volumeName, 'Retain', { namespace: loose, name: 'data' }));
  await client.create(persistentVolumeClaims, claim(loose, 'data', volumeName));
  const hook = { 'pre.hook.backup.velero.io/command': '["/bin/false"]' };
  await client.create(await typeNamed(client, 'pods'), pod(loose, 'hooked', { annotations: hook }));
}

after(() => parts.disposeAsync());

async function removeAll(): Promise<void> {
  await removeGenerated(client, shape.name);
  for (const copy of [...Object.values(copies), loose]) await client.delete(namespaces, { name: copy });
  await client.delete(persistentVolumes, { name: volumeName });
}

/** The standard output of a command that has succeeded. */
async function done(command: ReturnType<Hozon['cli']>): Promise<string> {
  const { exitCode, stdout, stderr } = await command;
  assert.equal(exitCode, 0, stderr + stdout);
  return stdout;
}

function exported(backup: string, ...words: string[]): Promise<string> {
  const snapshot = join(hozon.home, 'snapshot.db');
  return done(hozon.cli('etcd', 'snapshot', 'export', snapshot, '--backup', backup, ...words));
}

test('a backup out of a snapshot of etcd holds what one of the cluster holds', async () => {
  const out = await exported(name, '--include-namespaces', original);
  assert.match(out, /^Phase: +Completed$/m);
  await done(hozon.cli('backup', 'create', 'of-cluster', '--include-namespaces', original));
  const diff = JSON.parse(await done(hozon.cli('backup', 'diff', 'of-cluster', name, '-o', 'json')));
  assert.deepEqual(diff.items, []);
  const described = await done(hozon.cli('backup', 'describe', name, '--details'));
  assert.match(described, /hozon-etcd-snapshot.*snapshot\.db/);
});

test('Velero describes it and restores it, field by field', async () => {
  await velero.sync();
  const described = await done(velero.cli(['backup', 'describe', name, '--details']));
  assert.match(described, /^Phase: +Completed$/m);
  assert.match(described, /apps\/v1\/Deployment/);
  assert.doesNotMatch(described, /<error/);
  const mapping = { [original]: copies.velero };
  const { status } = await velero.restore({ backupName: name, namespaceMapping: mapping });
  assert.deepEqual([status.phase, status.errors ?? 0], ['Completed', 0], JSON.stringify(status));
  assert.deepEqual(unexplained(objects, await settledObjects(client, [copies.velero]), mapping), []);
});

test('so does Hozon', async () => {
  const mapping = { [original]: copies.hozon };
  const words = ['--from-backup', name, '--namespace-mappings', `${original}:${copies.hozon}`];
  await done(hozon.cli('restore', 'create', 'beside', ...words));
  assert.deepEqual(unexplained(objects, await settledObjects(client, [copies.hozon]), mapping), []);
});

test('it says which volumes come without their data, and runs no commands', async () => {
  const out = await exported('loose', '--include-namespaces', loose, '-o', 'json');
  const { status } = JSON.parse(out);
  assert.deepEqual([status.phase, status.warnings, status.hookStatus], ['Completed', 1, {}]);
  const logs = await done(hozon.cli('backup', 'logs', 'loose'));
  assert.match(logs, new RegExp(`warning.*${volumeName}`));
});
