import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { connect } from '#kube/client/client.ts';
import { textAt } from '#kube/fields.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import { readAll } from '#storage/read-all.ts';
import { secrets } from '#testbed/cluster/types.ts';
import { type ApiLoad, loadWord, startApiLoad } from '#testbed/hosted/api-load.ts';
import { type HostedTypes, hostedTypes } from '#testbed/hosted/types.ts';
import { runOk } from '#testbed/processes.ts';
import { sharedCluster, sharedObjectStore } from '#testbed/shared.ts';
import { type HostedScene, hostedScene } from './hosted-scene.ts';

// A hosted cluster of three members under write load: snapshots, its end, and the same cluster made anew from one.

let scene: HostedScene;
let types: HostedTypes;
before(async () => {
  scene = await hostedScene();
  types = await hostedTypes(scene.client);
});
after(async () => {
  await scene?.[Symbol.asyncDispose]();
});

const namespace = (): string => scene.hosted.namespace;

async function succeeds(...argv: string[]): Promise<string> {
  const { code, out, err } = await scene.run(...argv);
  assert.equal(code, 0, `${argv.join(' ')}\n${out}\n${err}`);
  return out;
}

async function load(): Promise<ApiLoad> {
  return startApiLoad(await scene.hosted.kubeconfig('west'));
}

/** Those of the names of Secrets that a shipped snapshot lacks. */
async function lackedBy(prefix: string, names: ReadonlySet<string>): Promise<string[]> {
  const store = await scene.store(prefix);
  const file = join(scene.root, `${prefix}.db`);
  await writeFile(file, await readAll(store, 'west-snapshot.db', { limit: 1 << 28 }));
  await store.close();
  using bolt = BoltFile.open(file);
  const held = await keysAt(new Records(bolt));
  const keyOf = (name: string): Buffer => Buffer.from(`/kubernetes.io/secrets/default/${name}`);
  return [...names].filter(name => held.get(keyOf(name)) === undefined);
}

/** What is acknowledged when the pause of the HostedCluster is seen. */
async function acknowledgedAtPause({ acknowledged }: ApiLoad): Promise<ReadonlySet<string>> {
  const signal = AbortSignal.timeout(600_000);
  const where = { namespace: namespace(), fieldSelector: 'metadata.name=west', signal };
  for await (const event of scene.client.watch(types.hostedClusters, where))
    if (event.type !== 'BOOKMARK' && textAt(event.object, 'spec', 'pausedUntil') !== undefined) break;
  return new Set(acknowledged);
}

/** As somebody keeps it who made the cluster: without what servers add. */
async function manifest(): Promise<string> {
  const named: [ResourceType, string][] = [
    [types.hostedClusters, 'west'],
    [types.nodePools, 'west'],
    [types.secrets, 'west-pull-secret'],
    [types.secrets, 'west-ssh-key'],
    [types.secrets, 'west-etcd-encryption-key'],
  ];
  const documents = named.map(async ([type, name]) => {
    const { apiVersion, kind, spec, data } = (await scene.client.get(type, {
      namespace: namespace(),
      name,
    })) as KubeObject;
    const metadata = { name, namespace: namespace() };
    const object = { apiVersion, kind, metadata, ...(spec === undefined ? { data } : { spec }) };
    return `# ${kind} of the west\n${stringify(object)}`;
  });
  return (await Promise.all(documents)).join('---\n');
}

test('live: all that was acknowledged before it began is in it, and the API stays up', async () => {
  await using writing = await load();
  await writing.untilAcknowledged(30);
  const before = new Set(writing.acknowledged);
  await succeeds(...scene.snapshotOf('live', '--live'));
  await writing.untilAcknowledged(writing.acknowledged.size + 5);
  assert.deepEqual(await lackedBy('live', before), []);
});

test('cold: all that was acknowledged before the pause is there again when the cluster is', async () => {
  const saved = join(scene.root, 'west.yaml');
  await writeFile(saved, await manifest(), { mode: 0o600 });
  const kept = await snapshotUnderLoad();
  assert.deepEqual(await lackedBy('cold', kept), []);
  await loseEverything();
  const key = join(scene.root, 'key.json');
  const path = '/etcd/west/west-etcd-encryption-key/west-etcd-encryption-key.json';
  const dumped = await succeeds('repo', 'dump', '--repo', scene.keys, 'latest', path);
  await writeFile(key, dumped, { mode: 0o600 });

  const restoring = join(scene.root, 'restore.yaml');
  const { podEndpoint = '', caFile = '' } = await sharedObjectStore();
  const url = new URL(scene.urlOf('cold'));
  url.searchParams.set('public-endpoint', podEndpoint);
  const command = ['hosted-cluster', 'restore-manifest', 'west', '-n', namespace(), '-f', saved];
  const keyFlags = ['--with-key', '--key-file', key];
  const where = ['--location', url.href, '--ca-file', caFile, '-O', restoring];
  const prepared = await scene.run(...command, ...where, ...keyFlags);
  assert.equal(prepared.code, 3, prepared.err); // whether the release splits brains cannot be seen beforehand
  assert.match(prepared.out, /^ *warning: .*split/ms);
  assert.equal(prepared.out.match(/^ *warning: /gm)?.length, 1);
  assert.match(await readFile(restoring, 'utf8'), /^# NodePool of the west$/m);
  const { kubeconfig, kubectl } = await sharedCluster('full');
  await runOk([kubectl, '--kubeconfig', kubeconfig, 'apply', '-f', restoring]);
  await scene.hosted.untilCondition('west', 'EtcdSnapshotRestored', 'True');
  await scene.hosted.untilSettled('west');
  await scene.hosted.untilAvailable('west');
  await assertOneCluster();
  await succeeds('hosted-cluster', 'verify', scene.west);
  await assertReadable(kept);
});

/** Resolves to what was acknowledged before the pause. */
async function snapshotUnderLoad(): Promise<ReadonlySet<string>> {
  await using writing = await load();
  await writing.untilAcknowledged(30);
  const paused = acknowledgedAtPause(writing);
  await succeeds(...scene.snapshotOf('cold'));
  const kept = await paused;
  await writing.untilAcknowledged(kept.size + 5); // it is written to again
  assert.ok(kept.size >= 30);
  return kept;
}

async function loseEverything(): Promise<void> {
  await scene.hosted.destroy('west');
  for (const name of ['west-pull-secret', 'west-ssh-key', 'west-etcd-encryption-key'])
    await scene.client.delete(types.secrets, { namespace: namespace(), name });
}

/** Each member says so. */
async function assertOneCluster(): Promise<void> {
  const names = ['etcd-0', 'etcd-1', 'etcd-2'];
  for (const member of names.keys()) {
    const list = await scene.hosted.inMember('west', member, 'etcdctl', 'member', 'list');
    const listed = list.trim().split('\n');
    assert.deepEqual(new Set(listed.map(line => line.split(', ')[2])), new Set(names));
  }
}

/** Through the API server, which decrypts them. */
async function assertReadable(names: ReadonlySet<string>): Promise<void> {
  await using inside = await connect({ kubeconfig: await scene.hosted.kubeconfig('west') });
  const words = new Map<string, string>();
  for await (const object of inside.list(secrets, { namespace: 'default' })) {
    const word = Buffer.from(textAt(object, 'data', 'word') ?? '', 'base64').toString();
    words.set(object.metadata.name, word);
  }
  assert.deepEqual(
    [...names].filter(name => words.get(name) !== loadWord(name)),
    [],
  );
}
