import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { compareSnapshots, compareWithLive } from '#etcd/objects/compare.ts';
import { type Match, type SearchRequest, search } from '#etcd/objects/search.ts';
import { SnapshotReader } from '#etcd/objects/snapshot-reader.ts';
import { readUsage } from '#etcd/objects/usage.ts';
import { keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import type { KubeClient } from '#kube/client/client.ts';
import type { Difference } from '#kube/diff/differences.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import type { Cluster } from '#testbed/cluster/cluster.ts';
import { saveSnapshot } from '#testbed/cluster/etcd-snapshot.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { clientOf, sharedCluster, type TestNamespace, uniqueNamespace } from '#testbed/shared.ts';

let directory: string;
let cluster: Cluster;
let client: KubeClient;
let namespace: TestNamespace;
let configMaps: ResourceType;
let first: BoltFile;
let second: BoltFile;
/** Of `changed`, before it was changed. */
let revision = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-etcd-diff-'));
  cluster = await sharedCluster('light');
  client = await clientOf(cluster);
  namespace = await uniqueNamespace(client, 'etcd-diff');
  configMaps = await typeNamed(client, 'configmaps');
  const old = await create('changed', { text: 'before' });
  revision = Number(old.metadata.resourceVersion);
  await create('deleted', { text: 'gone' });
  first = await snapshot('first.db');
  await client.replace(configMaps, { ...old, data: { text: 'after' } });
  await client.delete(configMaps, { namespace: namespace.name, name: 'deleted' });
  await create('added', { text: 'new' });
  second = await snapshot('second.db');
});
after(async () => {
  first?.[Symbol.dispose]();
  second?.[Symbol.dispose]();
  await namespace?.[Symbol.asyncDispose]();
  await client?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

function create(name: string, data: Record<string, string>): Promise<KubeObject> {
  const metadata = { name, namespace: namespace.name };
  return client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
}

async function snapshot(name: string): Promise<BoltFile> {
  const path = join(directory, name);
  await saveSnapshot(cluster.etcd, path);
  return BoltFile.open(path);
}

async function readerOf(file: BoltFile, at?: number): Promise<SnapshotReader> {
  return new SnapshotReader(await keysAt(new Records(file), { revision: at }), { source: file.path });
}

const within = () => ({ namespace: namespace.name, types: new Set(['configmaps']) });
const names = (found: readonly Difference[]) =>
  Object.fromEntries(found.map(({ name, change }) => [name, change]));
const expected = { added: 'added', changed: 'changed', deleted: 'removed' };

test('two snapshots differ in what was done between them', async () => {
  const [a, b] = [await readerOf(first), await readerOf(second)];
  const found = await Array.fromAsync(compareSnapshots(a, b, within()));
  assert.deepEqual(names(found), expected);
  assert.deepEqual(await Array.fromAsync(compareSnapshots(a, a, within())), []);
});

test('a snapshot differs from the cluster in what was done since', async () => {
  const found = await Array.fromAsync(compareWithLive(await readerOf(first), client, within()));
  assert.deepEqual(names(found), expected);
  assert.deepEqual(await Array.fromAsync(compareWithLive(await readerOf(second), client, within())), []);
});

test('an earlier revision is read out of a later snapshot', async () => {
  const key = { namespace: namespace.name, name: 'changed' };
  const then = await (await readerOf(second, revision)).get(configMaps, key);
  const now = await (await readerOf(second)).get(configMaps, key);
  assert.deepEqual([then?.['data'], now?.['data']], [{ text: 'before' }, { text: 'after' }]);
  assert.equal(then?.metadata.resourceVersion, String(revision));
});

test('what fills it is counted by type', async () => {
  const { types, changes } = await readUsage(await readerOf(second), new Records(second));
  const reader = await readerOf(second);
  const listed = await Array.fromAsync(reader.read(configMaps));
  assert.equal(types.find(({ type }) => type === 'configmaps')?.objects, listed.length);
  assert.ok(changes > types.reduce((sum, { bytes }) => sum + bytes, 0));
});

type Wanted = NonNullable<Parameters<SnapshotReader['objects']>[0]>;

/** `level 48213 before` of every match in the ConfigMaps of the test. */
async function searched(
  { type = 'configmaps', selector, ...request }: Partial<SearchRequest> & Pick<Wanted, 'type' | 'selector'>,
  reader: SnapshotReader,
  history = false,
) {
  const within = { namespace: namespace.name, type, selector };
  const objects = history ? reader.history(within) : reader.objects(within);
  return (await Array.fromAsync(search(objects, { isMatch: () => true, ...request }))).map(
    ({ name, field, value }: Match) => `${name} ${field} ${String(value)}`,
  );
}

test('values are found by their text and their field, in what is there and in what was', async () => {
  const reader = await readerOf(second);
  const field = 'data.text';
  assert.deepEqual(await searched({ field }, reader), ['changed data.text after', 'added data.text new']);
  assert.deepEqual(await searched({ isMatch: text => text.startsWith('aft') }, reader), [
    'changed data.text after',
  ]);
  assert.deepEqual(await searched({ field: 'data.tex' }, reader), []);
  assert.deepEqual(await searched({ field }, reader, true), [
    'changed data.text before',
    'deleted data.text gone',
    'changed data.text after',
    'added data.text new',
  ]);
  assert.deepEqual(await searched({ field }, await readerOf(second, revision), true), [
    'changed data.text before',
  ]);
});

test('what a Secret keeps is found by its text and not shown', async () => {
  const secrets = await typeNamed(client, 'secrets');
  const metadata = { name: 'login', namespace: namespace.name };
  const data = { password: Buffer.from('open sesame').toString('base64') };
  await client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata, data });
  using third = await snapshot('third.db');
  const isMatch = (text: string) => text.includes('sesame');
  const found = await searched({ isMatch, type: 'secrets' }, await readerOf(third));
  assert.deepEqual(found, ['login data.password (hidden)']);
});
