import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runHere } from '#cli/testing.ts';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { listObjects } from '#etcd/objects/list-objects.ts';
import type { ListedObject } from '#etcd/objects/object-table.ts';
import { type ObjectInSnapshot, SnapshotReader } from '#etcd/objects/snapshot-reader.ts';
import type { StoredValue } from '#etcd/objects/stored-value.ts';
import { typeNamed } from '#etcd/objects/type-names.ts';
import { readUsage } from '#etcd/objects/usage.ts';
import { keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { readStatus } from '#etcd/snapshot/status.ts';
import { verifySnapshot } from '#etcd/snapshot/verify.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeClient } from '#kube/client/client.ts';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { matches } from '#kube/selectors.ts';
import { saveSnapshot, stockStatus } from '#testbed/cluster/etcd-snapshot.ts';
import { installOpenShiftKinds, typeNamed as kindOf } from '#testbed/openshift/kinds.ts';
import { clientOf, sharedCluster, type TestNamespace, uniqueNamespace } from '#testbed/shared.ts';
import { rounds } from '#testbed/soak.ts';

let directory: string;
let file: string;
let client: KubeClient;
let namespace: TestNamespace;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-etcd-objects-'));
  file = join(directory, 'snapshot.db');
  const cluster = await sharedCluster('light');
  client = await clientOf(cluster);
  await installOpenShiftKinds(client);
  namespace = await uniqueNamespace(client, 'etcd-objects');
  await client.create(await kindOf(client, 'nodepools.hypershift.openshift.io'), pool());
  await saveSnapshot(cluster.etcd, file);
});
after(async () => {
  await namespace?.[Symbol.asyncDispose]();
  await client?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

function pool(): KubeObject {
  return {
    apiVersion: 'hypershift.openshift.io/v1beta1',
    kind: 'NodePool',
    metadata: { name: 'workers', namespace: namespace.name },
    spec: { clusterName: 'hosted' },
  };
}

test('its status is what etcdutl says, and nothing is wrong with it', async () => {
  using bolt = BoltFile.open(file);
  const { hash, revision, liveKeys, totalSize } = await readStatus(bolt);
  const stock = await stockStatus(file);
  assert.deepEqual({ hash, revision, totalKey: liveKeys, totalSize }, { ...pick(stock) });
  assert.deepEqual((await verifySnapshot(file)).findings, []);
});

function pick({ hash, revision, totalKey, totalSize }: Awaited<ReturnType<typeof stockStatus>>) {
  return { hash, revision, totalKey, totalSize };
}

test('a list shows of every object what decoding the whole of it shows, and knows the same types', async () => {
  using bolt = BoltFile.open(file);
  const records = new Records(bolt);
  const reader = new SnapshotReader(await keysAt(records), { source: file });
  const expected: ListedObject[] = [];
  for await (const { type, object, path, keyValue } of reader.objects()) {
    const { namespace, name, creationTimestamp: created } = object.metadata;
    const { modRevision: revision, value } = keyValue;
    const size = value.length;
    expected.push({ type: groupResource(type), namespace, name, created, revision, size, key: path });
  }
  const { objects, types } = await listObjects(records, {});
  const byKey = (a: ListedObject, b: ListedObject) => (a.key < b.key ? -1 : 1);
  assert.deepEqual([...objects].sort(byKey), expected.sort(byKey));
  const names = (some: readonly ResourceType[]) => some.map(groupResource);
  assert.deepEqual(names(types), names(await reader.knownTypes()));
});

test('objects of one type, or with some label, are those that decoding every object finds, and so is what fills it', async () => {
  using bolt = BoltFile.open(file);
  const records = new Records(bolt);
  const reader = new SnapshotReader(await keysAt(records), { source: file });
  const byType = new Map<string, ObjectInSnapshot[]>();
  const usage = new Map<string, { objects: number; bytes: number }>();
  for await (const each of reader.objects()) {
    const name = groupResource(each.type);
    byType.set(name, [...(byType.get(name) ?? []), each]);
    const { objects = 0, bytes = 0 } = usage.get(name) ?? {};
    const { key, value } = each.keyValue;
    usage.set(name, { objects: objects + 1, bytes: bytes + key.length + value.length });
  }
  assert.ok(byType.size > 10);
  for (const [type, expected] of byType)
    assert.deepEqual(await Array.fromAsync(reader.objects({ type })), expected, type);
  const told = (await readUsage(reader, records)).types;
  assert.deepEqual(new Map(told.map(({ type, ...rest }) => [type, rest])), usage);
  const selector = parseSelector('rbac.authorization.k8s.io/aggregate-to-edit=true');
  const labelled = [...byType.values()].flat().filter(each => matches(selector, each.object.metadata.labels));
  assert.ok(labelled.length > 0);
  assert.deepEqual(await Array.fromAsync(reader.objects({ selector })), labelled);
  const within = { type: 'events', namespace: 'kube-system' };
  const changes = await Array.fromAsync(reader.history());
  assert.deepEqual(
    await Array.fromAsync(reader.history(within)),
    changes.filter(
      ({ type, object }) => type.resource === 'events' && object.metadata.namespace === 'kube-system',
    ),
  );
});

test('its types have the names that the API server tells, those of definitions among them', async () => {
  using bolt = BoltFile.open(file);
  const reader = new SnapshotReader(await keysAt(new Records(bolt)), { source: file });
  const discovery = await client.discover({ refresh: true });
  const told = (type: ResourceType) => ({
    name: groupResource(type),
    singular: type.singular,
    shortNames: type.shortNames,
  });
  const types = await reader.knownTypes();
  const live = types.flatMap(type => discovery.byName(groupResource(type)) ?? []);
  assert.deepEqual(
    types.filter(type => live.some(other => groupResource(other) === groupResource(type))).map(told),
    live.map(told),
  );
  const stored = discovery.preferred.filter(({ verbs }) => verbs.includes('watch'));
  const words = stored.flatMap(type => type.shortNames);
  assert.ok(words.length > 40, String(words));
  for (const word of words) assert.equal(named(types, word), named(discovery.preferred, word), word);
});

const named = (types: readonly ResourceType[], word: string): string | undefined => {
  const found = typeNamed(types, word);
  return found && groupResource(found);
};

test('objects are asked for by whatever word kubectl knows for their type', async () => {
  const snapshot = async (...args: readonly string[]) => runHere(['etcd', 'snapshot', ...args], { env: {} });
  for (const word of [
    'np',
    'NodePool',
    'nodepool.hypershift.openshift.io',
    'nps.v1beta1.hypershift.openshift.io',
  ])
    for (const within of [[], ['-n', namespace.name]]) {
      const { out, err } = await snapshot('ls', file, word, ...within, '-o', 'name');
      assert.match(out, /^nodepools\.hypershift\.openshift\.io\/workers$/m, word + err);
      assert.doesNotMatch(out, /^(?!nodepools).+/m);
    }
  const got = await snapshot('get', file, 'np', 'workers', '-n', namespace.name);
  assert.match(got.out, /clusterName: hosted/);
  const found = await snapshot(
    'search',
    file,
    'hosted',
    'np',
    '-n',
    namespace.name,
    '--field',
    'spec',
    '-o',
    'name',
  );
  assert.equal(found.out, `nodepools.hypershift.openshift.io/${namespace.name}/workers\n`);
  const none = await snapshot('ls', file, 'hc', '-n', namespace.name);
  assert.deepEqual([none.code, none.out], [0, '']);
  assert.match(none.err, /^No such objects are in the snapshot\.$/m); // behind progress, of a large snapshot
  const unknown = await snapshot('ls', file, 'nodepol');
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /did you mean nodepool.*etcd\.type-unknown/);
});

test('every object in it is what the API server answers, but for defaults that it fills in as it reads', async () => {
  using bolt = BoltFile.open(file);
  const unreadable: StoredValue[] = [];
  const reader = new SnapshotReader(await keysAt(new Records(bolt)), {
    source: file,
    onUnreadable: value => unreadable.push(value),
  });
  const discovery = await client.discover({ refresh: true });
  let compared = 0;
  const seen = new Set<string>();
  for await (const { type, object, path } of reader.objects()) {
    const served = servedType(discovery.all, type);
    assert.ok(served !== undefined, `${path}: ${groupResource(type)} ${type.version}`);
    const live = await client.get(served, {
      namespace: object.metadata.namespace,
      name: object.metadata.name,
    });
    // Others go on changing the cluster since the snapshot was taken.
    if (live?.metadata.resourceVersion !== object.metadata.resourceVersion) continue;
    assert.deepEqual(withoutDefaults(object, live), object, path);
    seen.add(groupResource(type));
    compared++;
  }
  assert.deepEqual(unreadable, []);
  assert.ok(compared > 150, String(compared));
  const expected = [
    'namespaces',
    'customresourcedefinitions.apiextensions.k8s.io',
    'clusterroles.rbac.authorization.k8s.io',
  ];
  for (const name of [
    ...expected,
    'apiservices.apiregistration.k8s.io',
    'priorityclasses.scheduling.k8s.io',
  ]) {
    assert.ok(seen.has(name), name);
  }
});

function servedType(types: readonly ResourceType[], { group, version, resource }: ResourceType) {
  return types.find(type => type.group === group && type.version === version && type.resource === resource);
}

/** What the server answers, without fields that the stored object does not have. */
function withoutDefaults(stored: unknown, live: unknown): unknown {
  if (Array.isArray(stored) && Array.isArray(live)) {
    return live.map((each, at) => (at < stored.length ? withoutDefaults(stored[at], each) : each));
  }
  if (typeof stored !== 'object' || stored === null || typeof live !== 'object' || live === null) return live;
  const entries = Object.entries(live).filter(([name]) => name in stored);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, withoutDefaults((stored as Record<string, unknown>)[name], value)]),
  );
}

test('whatever byte is flipped, wherever it is cut, it is found', async () => {
  const sound = await readFile(file);
  const damaged = join(directory, 'damaged.db');
  const refused = async (bytes: Uint8Array, what: string): Promise<void> => {
    await writeFile(damaged, bytes);
    const { findings } = await verifySnapshot(damaged);
    assert.ok(
      findings.some(({ severity }) => severity === 'unsound'),
      what,
    );
  };
  for (let round = 0; round < rounds(20); round++) {
    const at = randomInt(sound.length);
    const flipped = Buffer.from(sound);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << randomInt(8));
    await refused(flipped, `flipped at ${at}`);
    const length = randomInt(sound.length);
    await refused(sound.subarray(0, length), `cut at ${length}`);
  }
  await refused(Buffer.alloc(0), 'empty');
  const page = 4096;
  const swapped = Buffer.concat([
    sound.subarray(0, 2 * page),
    sound.subarray(3 * page, 4 * page),
    sound.subarray(3 * page),
  ]);
  await refused(swapped, 'a page in the place of another');
});

test('without its checksum nothing is wrong, but not everything is proven', async () => {
  const bare = join(directory, 'bare.db');
  await writeFile(bare, (await readFile(file)).subarray(0, -32));
  const { findings, trailer } = await verifySnapshot(bare);
  assert.equal(trailer, 'absent');
  assert.deepEqual(
    findings.map(({ severity }) => severity),
    ['unproven'],
  );
});

test('the database of a member that runs is refused', async () => {
  const { dir } = await sharedCluster('light');
  await assert.rejects(verifySnapshot(join(dir, 'etcd/member/snap/db')), thrown =>
    isHozonError(thrown, 'etcd.snapshot-in-use'),
  );
});
