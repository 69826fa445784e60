import assert from 'node:assert/strict';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { KubeClient } from '#kube/client/client.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { openS3 } from '#storage/s3/store.ts';
import type { Cluster } from '#testbed/cluster/cluster.ts';
import { namespaces } from '#testbed/cluster/types.ts';
import type { Listed } from '#testbed/demo/compare.ts';
import { namespacesOf } from '#testbed/estate/generated-objects.ts';
import { generateEstate, removeGenerated } from '#testbed/estate/generator.ts';
import { mixedShape } from '#testbed/estate/shape.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { run } from '#testbed/processes.ts';
import { clientOf, sharedCluster, sharedObjectStore, uniqueBucket, uniqueName } from '#testbed/shared.ts';
import { startVelero, type Velero } from '#testbed/velero/velero.ts';
import { keysOf } from '../backup/setting.ts';
import { settingsOf } from '../storage/s3-subject.ts';
import { ofNamespace, settledObjects, unexplained } from './comparison.ts';
import { type Hozon, hozonBeside } from './hozon.ts';

const shape = mixedShape(uniqueName('inter'), 2);
const estate = namespacesOf(shape);
const [original = ''] = estate;
const copies: string[] = [];
/** Backups of the same spec. */
const ours = 'by-hozon';
const theirs = 'by-velero';

let cluster: Cluster;
let client: KubeClient;
let velero: Velero;
let hozon: Hozon;
let store: ObjectStore;
let objects: readonly Listed[];

/** What must end, in the order in which it was begun. */
const parts = new AsyncDisposableStack();

before(async () => {
  cluster = await sharedCluster('light');
  client = parts.use(await clientOf(cluster));
  parts.defer(removeAll);
  await generateEstate(client, shape); // first: a Velero server learns of new types every five minutes only
  objects = await settledObjects(client, estate);
  const server = await sharedObjectStore();
  const bucket = await uniqueBucket(server);
  const prefix = 'some/prefix';
  velero = parts.use(await startVelero({ cluster, store: server, bucket, prefix }));
  store = await openS3(settingsOf(server, bucket, prefix));
  parts.defer(() => store.close());
  hozon = parts.use(await hozonBeside(cluster, velero.namespace));
  await velero.backup({ includedNamespaces: estate }, { name: theirs });
  await done(hozon.cli('backup', 'create', ours, '--include-namespaces', estate.join(',')));
  await velero.sync();
});

after(() => parts.disposeAsync());

async function removeAll(): Promise<void> {
  await removeGenerated(client, shape.name);
  for (const name of copies) await client.delete(namespaces, { name });
}

/** The standard output of a command that has succeeded. */
async function done(command: ReturnType<Hozon['cli']>): Promise<string> {
  const { exitCode, stdout, stderr } = await command;
  assert.equal(exitCode, 0, stderr + stdout);
  return stdout;
}

async function exists(resource: string, name: string): Promise<boolean> {
  const type = await typeNamed(client, resource);
  return (await client.get(type, { namespace: velero.namespace, name })) !== undefined;
}

/** A new namespace for a restore of the first one. */
function copyName(): string {
  const name = uniqueName('copy');
  copies.push(name);
  return name;
}

suite('Velero and a backup by Hozon', () => {
  test('it describes it as it describes its own of the same spec', async () => {
    const described = async (name: string): Promise<Record<string, unknown>> =>
      comparable(await done(velero.cli(['backup', 'describe', name, '--details', '--output=json'])), name);
    assert.deepEqual(await described(ours), await described(theirs));
  });

  test('it shows its log and downloads its archive', async () => {
    assert.match(await done(velero.cli(['backup', 'logs', ours])), /backed up/);
    const file = join(hozon.home, 'ours.tar.gz');
    await done(velero.cli(['backup', 'download', ours, '--output', file]));
    await assertIsArchive(file, ours);
  });

  test('it restores it as another namespace, field by field', async () => {
    const copy = copyName();
    const mapping = { [original]: copy };
    const spec = { backupName: ours, includedNamespaces: [original], namespaceMapping: mapping };
    const { status } = await velero.restore(spec);
    assert.deepEqual([status.phase, status.errors ?? 0], ['Completed', 0], JSON.stringify(status));
    const copied = await settledObjects(client, [copy]);
    assert.deepEqual(unexplained(ofNamespace(objects, original), copied, mapping), []);
  });

  test('it restores it after everything was deleted, field by field', async () => {
    await removeGenerated(client, shape.name);
    const { status } = await velero.restore({ backupName: ours });
    assert.equal(status.phase, 'Completed', JSON.stringify(status));
    assert.deepEqual(unexplained(objects, await settledObjects(client, estate)), []);
  });
});

suite('Hozon and a backup by Velero', () => {
  test('it finds no difference to its own', async () => {
    const diff = JSON.parse(await done(hozon.cli('backup', 'diff', theirs, ours, '--output', 'json')));
    assert.deepEqual(diff.items, []);
  });

  test('it lists, describes and downloads it, and shows its log', async () => {
    const listed = JSON.parse(await done(hozon.cli('backup', 'get', '--output', 'json')));
    assert.match(JSON.stringify(listed), new RegExp(`"${theirs}"`));
    const described = await done(hozon.cli('backup', 'describe', theirs, '--details'));
    assert.match(described, /^Phase: +Completed$/m);
    assert.match(described, /apps\/v1\/Deployment/);
    assert.match(await done(hozon.cli('backup', 'logs', theirs)), /Backed up a total of \d+ items/);
    const file = join(hozon.home, 'theirs.tar.gz');
    await done(hozon.cli('backup', 'download', theirs, '--output', file));
    await assertIsArchive(file, theirs);
  });

  test('it restores it as another namespace, field by field', async () => {
    const copy = copyName();
    const words = ['--include-namespaces', original, '--namespace-mappings', `${original}:${copy}`];
    await done(hozon.cli('restore', 'create', 'beside', '--from-backup', theirs, ...words));
    const copied = await settledObjects(client, [copy]);
    assert.deepEqual(unexplained(ofNamespace(objects, original), copied, { [original]: copy }), []);
  });

  test('it restores it after everything was deleted, field by field', async () => {
    await removeGenerated(client, shape.name);
    await done(hozon.cli('restore', 'create', 'again', '--from-backup', theirs));
    assert.deepEqual(unexplained(objects, await settledObjects(client, estate)), []);
  });
});

suite('Velero and a restore by Hozon', () => {
  test('its record, as an object of the cluster, is described, and its log shown', async () => {
    const file = join(hozon.home, 'again.json');
    await writeFile(file, await done(hozon.cli('restore', 'get', 'again', '--output', 'json')));
    await done(run([cluster.kubectl, '--kubeconfig', cluster.kubeconfig, 'create', '-f', file]));
    const described = await done(velero.cli(['restore', 'describe', 'again', '--details']));
    assert.match(described, /^Phase: +Completed$/m);
    assert.match(described, new RegExp(`^Backup: +${theirs}$`, 'm'));
    assert.match(described, new RegExp(`apps/v1/Deployment:\\n +- ${original}/.*\\(created\\)`));
    assert.doesNotMatch(described, /<error/);
    assert.match(await done(velero.cli(['restore', 'logs', 'again'])), /restoring \d+ objects/);
    assert.match(await done(velero.cli(['restore', 'get', 'again'])), /again +by-velero +Completed/);
  });

  test('when Velero deletes that object, Hozon’s record goes too', async () => {
    await done(velero.cli(['restore', 'delete', 'again', '--confirm']));
    await gone('restores.velero.io', 'again');
    assert.deepEqual(await below('restores/again/'), []);
    assert.match((await hozon.cli('restore', 'describe', 'again')).stderr, /no restore again/);
  });
});

suite('deletion', () => {
  test('Velero deletes a backup by Hozon, and nothing is left of it', async () => {
    await done(velero.cli(['backup', 'delete', ours, '--confirm']));
    await gone('backups.velero.io', ours);
    assert.deepEqual(await below(`backups/${ours}/`), []);
  });

  test('Hozon deletes a backup by Velero and the restores made of it, and Velero forgets it', async () => {
    await done(hozon.cli('backup', 'delete', theirs, '--confirm'));
    assert.deepEqual(await keysOf(store), []);
    await velero.sync();
    assert.equal(await exists('backups.velero.io', theirs), false);
  });
});

async function assertIsArchive(file: string, name: string): Promise<void> {
  const { size } = await stat(file);
  assert.equal(size, (await store.head(`backups/${name}/${name}.tar.gz`))?.size);
}

async function below(folder: string): Promise<string[]> {
  return (await keysOf(store)).filter(key => key.startsWith(folder));
}

async function gone(resource: string, name: string): Promise<void> {
  const type = await typeNamed(client, resource);
  const watched = { namespace: velero.namespace, fieldSelector: `metadata.name=${name}` };
  const signal = AbortSignal.timeout(180_000);
  for await (const event of client.watch(type, { ...watched, signal })) {
    if (event.type === 'DELETED') return;
    if (event.type === 'BOOKMARK' && !(await exists(resource, name))) return;
  }
}

/** What is printed of a backup without its name and its times. */
function comparable(printed: string, name: string): Record<string, unknown> {
  const described = JSON.parse(printed.replaceAll(name, 'NAME'), (key, value) => {
    if (Array.isArray(value)) return value.filter(each => !ofOthers.test(String(each)));
    return /^(started|completed|expiration)$/.test(key) ? '' : value;
  }) as Record<string, unknown>;
  for (const kind of ['warnings', 'errors']) {
    if (Object.values(described[kind] ?? {}).flat().length === 0) delete described[kind];
  }
  return described;
}

/** What a backup says of types that other tests define and take away meanwhile. */
const ofOthers = /\.hozon\.dev: the server no longer has this type/;
