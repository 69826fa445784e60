import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { systemClock } from '#foundation/clock.ts';
import type { KubeClient } from '#kube/client/client.ts';
import { textAt } from '#kube/fields.ts';
import type { ResourceType } from '#kube/objects.ts';
import type { RestorePlan } from '#restore/plan/plan.ts';
import { saveSnapshot } from '#testbed/cluster/etcd-snapshot.ts';
import type { Listed } from '#testbed/demo/compare.ts';
import { namespacesOf } from '#testbed/estate/generated-objects.ts';
import { generateEstate, removeGenerated } from '#testbed/estate/generator.ts';
import { mixedShape } from '#testbed/estate/shape.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { clientOf, sharedCluster, uniqueName } from '#testbed/shared.ts';
import { runHere } from '../../src/cli/testing.ts';
import { claim, configMap, namespaceObject } from '../restore/objects.ts';
import { settledObjects, unexplained } from '../velero/comparison.ts';

const shape = mixedShape(uniqueName('snap'), 1);
const estate = namespacesOf(shape);
const [one = ''] = estate;
/** A namespace of which everything is made here. */
const shop = uniqueName('snap-shop');

let client: KubeClient;
let kubeconfig = '';
let home = '';
let file = '';
let configMaps: ResourceType;
let objects: readonly Listed[] = [];
/** Of etcd, when `settings` had its first content. */
let earlier = 0;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'hozon-etcd-restore-'));
  file = join(home, 'snapshot_2026-11-21_140000.db');
  const cluster = await sharedCluster('light');
  ({ kubeconfig } = cluster);
  client = await clientOf(cluster);
  configMaps = await typeNamed(client, 'configmaps');
  await generateEstate(client, shape);
  await makeShop();
  objects = await settledObjects(client, estate);
  await saveSnapshot(cluster.etcd, file);
});

after(async () => {
  const namespaces = await typeNamed(client, 'namespaces');
  await removeGenerated(client, shape.name);
  await client.delete(namespaces, { name: shop });
  await client.delete(namespaces, { name: `${shop}-copy` });
  await client.close();
  await rm(home, { recursive: true });
});

async function makeShop(): Promise<void> {
  await client.create(await typeNamed(client, 'namespaces'), namespaceObject(shop));
  const made = await client.create(configMaps, configMap(shop, 'settings', { level: 'one' }));
  earlier = Number(made.metadata.resourceVersion);
  await client.replace(configMaps, { ...made, data: { level: 'two' } });
  await client.create(configMaps, configMap(shop, 'beside', {}, { labels: { app: 'beside' } }));
  const claims = await typeNamed(client, 'persistentvolumeclaims');
  await client.create(claims, claim(shop, 'data', 'lost-volume'));
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Nothing is configured, and no location is given. */
async function hozon(...words: string[]): Promise<Ran> {
  const env = { HOME: home, KUBECONFIG: kubeconfig, LANG: 'C.UTF-8' };
  return runHere(words, { env, clock: systemClock });
}

function restoring(what: 'create' | 'plan', ...words: string[]): Promise<Ran> {
  return hozon('restore', what, '--from-etcd-snapshot', file, ...words);
}

async function planned(...words: string[]): Promise<RestorePlan> {
  const { code, out, err } = await restoring('plan', ...words, '-o', 'json');
  assert.equal(code, 0, err);
  return JSON.parse(out);
}

/** `update configmaps shop/settings: data.level`, of what is not skipped. */
function written({ items }: RestorePlan): string[] {
  return items
    .filter(({ action }) => action !== 'skip')
    .map(({ action, resource, namespace, name, changes = [] }) =>
      [action, resource, `${namespace ?? ''}/${name}`, ...changes.map(({ path }) => path)].join(' '),
    );
}

async function levelOf(namespace: string): Promise<unknown> {
  const found = await client.get(configMaps, { namespace, name: 'settings' });
  return (found?.['data'] as Record<string, unknown> | undefined)?.['level'];
}

async function setLevel(level: string): Promise<void> {
  const key = { namespace: shop, name: 'settings' };
  await client.patch(configMaps, key, { type: 'merge', body: { data: { level } } });
}

suite('a snapshot of etcd and nothing else', () => {
  test('brings back namespaces of many kinds that were deleted, field by field', async () => {
    await removeGenerated(client, shape.name);
    const { code, out, err } = await restoring('create', '--include-namespaces', one);
    assert.equal(code, 0, out + err);
    assert.deepEqual(unexplained(objects, await settledObjects(client, estate)), []);
    const brought = new Set(objects.map(({ object }) => object.kind));
    for (const kind of ['Deployment', 'Secret', 'RoleBinding', 'Widget', 'Part'])
      assert.ok(brought.has(kind), kind);
  });

  test('and keeps a record on this machine, which the command that is shown reads', async () => {
    const name = uniqueName('recorded');
    const { err } = await restoring('create', name, '--include-namespaces', one);
    const location = pathToFileURL(join(home, '.local/state/hozon')).href;
    assert.match(err, new RegExp(`stay on this machine, in ${location}`));
    assert.match(err, new RegExp(`hozon restore describe ${name} --details --location ${location}`));
    const described = await hozon('restore', 'describe', name, '--details', '--location', location);
    assert.match(described.out, /^Phase: +Completed$/m);
    assert.match(described.out, /^Backup: +etcd-snapshot-2026-11-21-140000$/m);
    assert.match(described.out, new RegExp(`hozon-etcd-snapshot.*${file}`));
    assert.match((await hozon('restore', 'logs', name, '--location', location)).out, /restoring \d+ objects/);
  });

  test('restores beside what is there, and says which claims come without their data', async () => {
    const copy = `${shop}-copy`;
    const words = ['--include-namespaces', shop, '--namespace-mappings', `${shop}:${copy}`];
    const { code, out, err } = await restoring('create', ...words);
    assert.equal(code, 0, err);
    assert.equal(await levelOf(copy), 'two');
    assert.match(
      out.replaceAll(/\s+/g, ' '),
      /empty: the data of its volume lost-volume is not in the backup/,
    );
    const claims = await typeNamed(client, 'persistentvolumeclaims');
    const restored = await client.get(claims, { namespace: copy, name: 'data' });
    assert.ok(restored !== undefined && textAt(restored, 'spec', 'volumeName') === undefined);
  });
});

suite('a plan of a restore from a snapshot', () => {
  const maps = ['--include-namespaces', shop, '--include-resources', 'configmaps'];
  const update = ['--existing-resource-policy', 'update'];

  test('touches nothing and shows the fields that change, of what is asked for and nothing else', async () => {
    await setLevel('three');
    assert.deepEqual(written(await planned(...maps, ...update)), [
      `update configmaps ${shop}/settings data.level`,
    ]);
    assert.equal(await levelOf(shop), 'three');
    const details = await restoring('plan', ...maps, ...update, '--details');
    assert.match(details.out, /data\.level/);
    assert.doesNotMatch(details.out, new RegExp(one));
  });

  test('looks at the revision that is asked for', async () => {
    await setLevel('two');
    assert.deepEqual(written(await planned(...maps, ...update, '-l', '!app')), []);
    const then = await planned(...maps, ...update, '--revision', String(earlier));
    assert.match(written(then).join(), /settings data\.level/);
  });

  test('is performed as saved, with its snapshot and no other', async () => {
    const path = join(home, 'plan.json');
    const plan = await planned(...maps, ...update, '--revision', String(earlier));
    await writeFile(path, JSON.stringify(plan));
    const create = ['restore', 'create', 'performed', '--plan', path];
    const without = await hozon(...create);
    assert.equal(without.code, 2);
    assert.match(
      without.err,
      /--from-etcd-snapshot .*snapshot_2026-11-21_140000\.db --revision \d+ is missing/,
    );
    const another = await hozon(...create, '--from-etcd-snapshot', file);
    assert.match(another.err, /restore\.plan-backup-replaced/);
    assert.equal(await levelOf(shop), 'two');
    const same = await hozon(...create, '--from-etcd-snapshot', file, '--revision', String(earlier));
    assert.equal(same.code, 0, same.err);
    assert.equal(await levelOf(shop), 'one');
  });
});

test('an object alone, chosen by its label, is brought back and the others are left', async () => {
  await client.delete(configMaps, { namespace: shop, name: 'beside' });
  await setLevel('left');
  const words = ['--include-namespaces', shop, '--include-resources', 'cm', '-l', 'app=beside'];
  const { code, out, err } = await restoring('create', ...words);
  assert.equal(code, 0, out + err);
  assert.match(out, /1 created/);
  assert.notEqual(await client.get(configMaps, { namespace: shop, name: 'beside' }), undefined);
  assert.equal(await levelOf(shop), 'left');
});

test('flags that do not go together are refused, and what is not a snapshot', async () => {
  const both = await restoring('create', '--from-backup', 'nightly');
  assert.match(both.err, /--from-backup, --from-etcd-snapshot/);
  const alone = await hozon('restore', 'create', '--from-backup', 'nightly', '--revision', '5');
  assert.match(alone.err, /--from-etcd-snapshot is missing/);
  const cut = join(home, 'cut.db');
  await writeFile(cut, (await readFile(file)).subarray(0, 5000));
  const damaged = await hozon('restore', 'create', '--from-etcd-snapshot', cut);
  assert.match(damaged.err, /etcd\.snapshot-/);
});
