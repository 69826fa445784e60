import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parse, stringify } from 'yaml';
import type { Ran } from '#cli/testing.ts';
import { deploymentType } from '#hosted-clusters/hosted-cluster.ts';
import { connect } from '#kube/client/client.ts';
import { textAt } from '#kube/fields.ts';
import { secretType } from '#kube/secret-type.ts';
import { openLocation } from '#storage/locations.ts';
import { type HostedTypes, hostedTypes } from '#testbed/hosted/types.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { sharedObjectStore } from '#testbed/shared.ts';
import { type HostedScene, hostedScene } from './hosted-scene.ts';

// Real etcd pods and a real API server, first as they should be, then with one thing wrong after another.

let scene: HostedScene;
let types: HostedTypes;
before(async () => {
  scene = await hostedScene();
  types = await hostedTypes(scene.client);
  await using inside = await connect({ kubeconfig: await scene.hosted.kubeconfig('west') });
  const namespaces = await typeNamed(inside, 'namespaces');
  const metadata = { namespace: 'kept', name: 'word' };
  await inside.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kept' } });
  await inside.create(secretType, { apiVersion: 'v1', kind: 'Secret', metadata, data: { word: 'eA==' } });
});
after(() => scene?.[Symbol.asyncDispose]());

interface Said {
  readonly verdict: string;
  readonly members: readonly { readonly memberId?: string; readonly members: readonly unknown[] }[];
  readonly findings: readonly { readonly severity: string; readonly code: string; readonly text: string }[];
}

async function verified(name: string, code: number): Promise<Said> {
  const ran: Ran = await scene.run('hosted-cluster', 'verify', name, '-o', 'json');
  assert.equal(ran.code, code, ran.out + ran.err);
  return JSON.parse(ran.out) as Said;
}

const wrong = ({ findings }: Said): string[] =>
  findings.flatMap(({ severity, code }) => (severity === 'unsound' ? [code] : [])).sort();

test('three members of one cluster with equal data and an API that decrypts are sound', async () => {
  const said = await verified(scene.west, 0);
  assert.equal(said.verdict, 'sound');
  assert.equal(new Set(said.members.map(({ memberId }) => memberId)).size, 3);
  const codes = said.findings.map(({ code }) => code).sort();
  assert.deepEqual(codes, ['api-answers', 'data-equal', 'members-agree', 'not-restored', 'secrets-read']);
  const shown = await scene.run('hosted-cluster', 'verify', scene.west);
  assert.match(
    shown.out.replaceAll(/\s+/g, ' '),
    /etcd-2: [0-9a-f]+ @ [0-9a-f]+, 3\.\d+\.\d+, revision \d+, knows /,
  );
});

test('an API whose address cannot be reached from here is asked in its pod', async () => {
  const key = { namespace: scene.hosted.namespace, name: 'west-admin-kubeconfig' };
  const secret = await scene.client.get(secretType, key);
  const text = Buffer.from(textAt(secret, 'data', 'kubeconfig') ?? '', 'base64').toString();
  const kubeconfig = parse(text) as { clusters: { cluster: Record<string, string> }[] };
  const [found] = kubeconfig.clusters;
  assert.ok(found !== undefined);
  found.cluster['tls-server-name'] = new URL(found.cluster['server'] ?? '').hostname;
  found.cluster['server'] = 'https://127.0.0.1:1';
  const put = (value: string) =>
    scene.client.patch(secretType, key, {
      type: 'merge',
      body: { data: { kubeconfig: Buffer.from(value).toString('base64') } },
    });
  await put(stringify(kubeconfig));
  const said = await verified(scene.west, 0);
  await put(text);
  assert.ok(said.findings.some(({ code }) => code === 'secrets-read'));
});

test('a pause that was not taken back and a writer that was not scaled back are named', async () => {
  const key = { namespace: scene.hosted.namespace, name: 'west' };
  const pause = (pausedUntil: string | null) =>
    scene.client.patch(types.hostedClusters, key, { type: 'merge', body: { spec: { pausedUntil } } });
  await pause('true');
  const writer = { namespace: `${key.namespace}-west`, name: 'openshift-apiserver' };
  await untilPaused(writer.namespace);
  await scene.client.patch(deploymentType, writer, { type: 'merge', body: { spec: { replicas: 0 } } });
  assert.deepEqual([...new Set(wrong(await verified(scene.west, 1)))], ['paused', 'writer-stopped']);
  await pause(null);
});

async function untilPaused(namespace: string): Promise<void> {
  const where = { namespace, signal: AbortSignal.timeout(300_000) };
  for await (const event of scene.client.watch(types.controlPlanes, where))
    if (event.type !== 'BOOKMARK' && textAt(event.object, 'spec', 'pausedUntil') === 'true') return;
}

test('a member that does not answer is named', async () => {
  using _frozen = await scene.hosted.freezeMember('west', 2);
  const said = await verified(scene.west, 1);
  assert.ok(wrong(said).includes('member-unanswered'));
  assert.match(said.findings.find(({ code }) => code === 'member-unanswered')?.text ?? '', /^etcd-2 could/);
});

test('a cluster of one member is sound, and a snapshot of it is taken cold', async () => {
  await scene.hosted.create({ name: 'solo', replicas: 1 });
  await scene.hosted.untilAvailable('solo');
  await using inside = await connect({ kubeconfig: await scene.hosted.kubeconfig('solo') });
  const metadata = { namespace: 'default', name: 'word' };
  await inside.create(secretType, { apiVersion: 'v1', kind: 'Secret', metadata, data: { word: 'eA==' } });
  const name = `${scene.hosted.namespace}/solo`;
  const said = await verified(name, 0);
  assert.deepEqual([said.verdict, said.members.length], ['sound', 1]);
  const codes = said.findings.map(({ code }) => code).sort();
  assert.deepEqual(codes, ['api-answers', 'members-agree', 'not-restored', 'secrets-read']);
  const keys = ['--key-repo', scene.keys, '--spool-dir', scene.spool, '-o', 'json'];
  const taken = await scene.run('hosted-cluster', 'snapshot', name, scene.urlOf('solo'), ...keys);
  assert.equal(taken.code, 0, taken.out + taken.err);
  assert.equal(JSON.parse(taken.out).members.length, 1);
  assert.equal((await verified(name, 0)).verdict, 'sound');
  await scene.hosted.destroy('solo');
});

test('members that were restored as clusters of their own are called a split brain, though every one answers', async () => {
  const snapshot = await scene.run(...scene.snapshotOf('split', '--live'));
  assert.equal(snapshot.code, 0, snapshot.out + snapshot.err);
  const { podEndpoint = '' } = await sharedObjectStore();
  const place = new URL(scene.urlOf('split'));
  place.searchParams.set('public-endpoint', podEndpoint);
  const store = await openLocation({ url: place.href });
  const url = await store.presign('west-snapshot.db', { expiresIn: 3600 });
  await store.close();
  scene.hosted.knobs.splitBrain = true;
  await scene.hosted.create({ name: 'east', restoreSnapshotURL: url ?? '' }); // and with another key
  await scene.hosted.untilCondition('east', 'EtcdSnapshotRestored', 'True');
  await scene.hosted.untilSettled('east');
  const said = await verified(`${scene.hosted.namespace}/east`, 1);
  assert.ok(wrong(said).includes('split-brain'), JSON.stringify(said, undefined, 2));
  assert.equal(new Set(said.members.map(({ memberId }) => memberId)).size, 1);
  assert.deepEqual(
    said.members.map(({ members }) => members.length),
    [1, 1, 1],
  );
});
