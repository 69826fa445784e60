import assert from 'node:assert/strict';
import { copyFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hyperShiftType } from '#hosted-clusters/hosted-cluster.ts';
import { connect } from '#kube/client/client.ts';
import { textAt } from '#kube/fields.ts';
import { secretType } from '#kube/secret-type.ts';
import { readAll } from '#storage/read-all.ts';
import type { FaultRule } from '#testbed/faults/rules.ts';
import { startObjectStoreFaults } from '#testbed/faults/targets.ts';
import { sharedObjectStore } from '#testbed/shared.ts';
import { type HostedScene, hostedScene, spooled } from './hosted-scene.ts';
import { idle, limitedUser, rightsOf, rolesOfGuide, unallowed } from './limited-user.ts';

// A snapshot of a hosted cluster, taken cold; what is refused; what fails behind the first change.

const original = {
  pausedUntil: undefined,
  replicas: { 'kube-apiserver': 1, 'openshift-apiserver': 2, 'openshift-oauth-apiserver': 3 },
};

let scene: HostedScene;
before(async () => {
  scene = await hostedScene();
  await using inside = await connect({ kubeconfig: await scene.hosted.kubeconfig('west') });
  for (const name of ['one', 'two'])
    await inside.create(secretType, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'default', name },
      stringData: { word: name },
    });
});
after(async () => {
  await scene?.[Symbol.asyncDispose]();
});

async function assertAsBefore(): Promise<void> {
  assert.deepEqual(await scene.state(), original);
  assert.equal(await scene.journal(), undefined);
  assert.deepEqual(await spooled(scene), []);
}

/** It answers, and its Secrets can be read. */
async function assertApiAnswers(): Promise<void> {
  await scene.hosted.untilAvailable('west');
  await using inside = await connect({ kubeconfig: await scene.hosted.kubeconfig('west') });
  const found = await inside.get(secretType, { namespace: 'default', name: 'one' });
  assert.equal(Buffer.from(textAt(found, 'data', 'word') ?? '', 'base64').toString(), 'one');
}

test('a dry run shows every step with what is there now, and touches nothing', async () => {
  const { code, out, err } = await scene.run(...scene.snapshotOf('dry', '--dry-run', '-o', 'json'));
  assert.equal(code, 0, err);
  const { steps, leftByDeadRun } = JSON.parse(out);
  assert.equal(leftByDeadRun, null);
  assert.deepEqual(
    steps.map(({ id }: { id: string }) => id),
    'preflight pause await-pause scale-down capture scale-back resume await-writers verify match-key store-key ship'.split(
      ' ',
    ),
  );
  const before = (id: string) => steps.find((each: { id: string }) => each.id === id).before;
  assert.deepEqual(before('scale-down'), original.replicas);
  assert.deepEqual(before('pause'), { cluster: null, nodePools: {} });
  assert.deepEqual(await scene.keysIn('dry'), []);
  await assertAsBefore();
});

test('cold: one of three equal snapshots is shipped, its key goes elsewhere, and all is as it was', async () => {
  const argv = scene.snapshotOf('cold', '--pause-node-pools', '-o', 'json');
  const { code, out, err } = await scene.run(...argv);
  assert.equal(code, 0, err);
  const taken = JSON.parse(out);
  assert.equal(taken.members.length, 3);
  assert.deepEqual(taken.hashes.members, ['etcd-0', 'etcd-1', 'etcd-2']);
  assert.equal(taken.key.verdict, 'matched');
  assert.ok(taken.key.values >= 2);
  const store = await scene.store('cold');
  const bytes = await readAll(store, 'west-snapshot.db', { limit: 1 << 28 });
  assert.equal(bytes.length, taken.size);
  assert.equal(Buffer.from(bytes.subarray(-32)).toString('hex'), taken.sha256);
  await store.close();
  assert.deepEqual(await scene.keysIn('cold'), ['west-snapshot.db']);
  const listed = await scene.run('repo', 'ls', '--repo', scene.keys, 'latest');
  assert.match(listed.out, /\/etcd\/west\/west-etcd-encryption-key\/west-etcd-encryption-key\.json/);
  await assertAsBefore();
  await assertApiAnswers();
});

test('a name that is taken is refused before anything is touched, and --dated keeps both', async () => {
  const again = await scene.run(...scene.snapshotOf('cold', '--live', '--no-key'));
  assert.match(again.err, /\[hosted-cluster.snapshot-exists\]/);
  const dated = await scene.run(...scene.snapshotOf('cold', '--live', '--no-key', '--dated'));
  assert.equal(dated.code, 0, dated.err);
  const keys = await scene.keysIn('cold');
  assert.equal(keys.length, 2);
  assert.match(keys[0] ?? '', /^\d{4}-\d\d-\d\d_\d{6}\/west-snapshot\.db$/);
  await assertAsBefore();
});

test('a key without a place, or with one beside the snapshot, is refused', async () => {
  const words = ['hosted-cluster', 'snapshot', scene.west];
  const nowhere = await scene.run(...words, scene.urlOf('refused'));
  assert.match(nowhere.err, /\[hosted-cluster.key-nowhere\]/);
  const beside = await scene.run(...words, join(scene.root, 'snapshots'), '--key-repo', scene.root);
  assert.match(beside.err, /\[(hosted-cluster.key-beside|repository\..*)\]/);
  const within = await scene.run(...words, join(scene.keys, 'within'), '--key-repo', scene.keys);
  assert.match(within.err, /\[hosted-cluster.key-beside\]/);
  const copied = join(scene.root, 'copied-credentials');
  await copyFile(join(scene.root, 'credentials'), copied);
  const other = new URL(scene.urlOf('keys'));
  other.hostname = 'another-bucket';
  other.searchParams.set('credentials-file', copied);
  const same = await scene.run(...words, scene.urlOf('refused'), '--key-repo', other.href);
  assert.match(same.err, /the same credential opens both.*\[hosted-cluster.key-beside\]/s);
  await assertAsBefore();
});

test('S3 refuses the snapshot, though it took a probe: nothing is kept, and the cluster runs', async () => {
  const { proxy, store } = await startObjectStoreFaults(await sharedObjectStore(), { rules: refusals });
  try {
    const url = new URL(scene.urlOf('denied'));
    url.searchParams.set('endpoint', store.endpoint);
    if (store.caFile !== undefined) url.searchParams.set('ca', store.caFile);
    const words = ['hosted-cluster', 'snapshot', scene.west, url.href, '--key-repo', scene.keys];
    const { code, err } = await scene.run(...words, '--spool-dir', scene.spool);
    assert.equal(code, 12, err);
    assert.match(err, /\[storage.denied\]/);
    assert.ok(proxy.fired > 0);
  } finally {
    await proxy.stop();
  }
  assert.deepEqual(await scene.keysIn('denied'), []);
  await assertAsBefore();
  await assertApiAnswers();
});

const body = '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>not this one</Message></Error>';
const refusals: readonly FaultRule[] = ['PUT', 'POST'].map(method => ({
  name: method,
  method,
  path: /west-snapshot\.db(?:\?|$)/,
  times: 1000,
  fault: { kind: 'status', status: 403, body },
}));

test('a snapshot that fails its check: nothing is kept, and the cluster runs', async () => {
  const running = scene.run(...scene.snapshotOf('damaged'));
  await scene.untilJournal(({ steps }) => steps['capture']?.state === 'proven');
  const [directory = ''] = await spooled(scene);
  const file = await open(join(scene.spool, directory, 'etcd-1.db'), 'r+');
  try {
    await file.write(Buffer.from('damage'), 0, 6, 20_000);
  } finally {
    await file.close();
  }
  const { code, err } = await running;
  assert.equal(code, 1);
  assert.match(err, /etcd-1.*\[hosted-cluster.snapshot-unsound\]/);
  assert.deepEqual(await scene.keysIn('damaged'), []);
  await assertAsBefore();
  await assertApiAnswers();
});

test('a key that is not the cluster’s: no snapshot is kept, and the cluster runs', async () => {
  const key = { namespace: scene.hosted.namespace, name: 'west-etcd-encryption-key' };
  const right = await scene.client.get(secretType, key);
  const body = { data: { key: Buffer.alloc(32, 7).toString('base64') } };
  await scene.client.patch(secretType, key, { type: 'merge', body });
  try {
    const { code, err } = await scene.run(...scene.snapshotOf('wrong-key'));
    assert.equal(code, 1);
    assert.match(err, /\[hosted-cluster.key-differs\]/);
    assert.deepEqual(await scene.keysIn('wrong-key'), []);
  } finally {
    await scene.client.patch(secretType, key, { type: 'merge', body: { data: right?.['data'] } });
  }
  await assertAsBefore();
  await assertApiAnswers();
});

test('a member out of quorum is found before anything is touched', async () => {
  {
    using frozen = await scene.hosted.freezeMember('west', 1);
    assert.ok(frozen);
    const { code, err } = await scene.run(...scene.snapshotOf('frozen'));
    assert.equal(code, 1);
    assert.match(err, /etcd-1/);
    assert.deepEqual(await scene.state(), original);
  }
  await scene.hosted.untilSettled('west');
  await assertAsBefore();
});

test('an operator that does not hear of the pause: nothing is scaled, and the pause is taken back', async () => {
  scene.hosted.knobs.propagatesPause = false;
  try {
    const { code, err } = await scene.run(...scene.snapshotOf('unheard', '--wait', '5s'));
    assert.equal(code, 1);
    assert.match(err, /\[hosted-cluster.waited-in-vain\]/);
    assert.match(err, /HostedControlPlane/);
  } finally {
    scene.hosted.knobs.propagatesPause = true;
  }
  await assertAsBefore();
});

test('a pause that was there before stays', async () => {
  const type = await hyperShiftType(scene.client, 'hostedclusters');
  const key = { namespace: scene.hosted.namespace, name: 'west' };
  const pause = (pausedUntil: string | null) =>
    scene.client.patch(type, key, { type: 'merge', body: { spec: { pausedUntil } } });
  const until = '2999-01-01T00:00:00Z';
  await pause(until);
  try {
    const { code, err } = await scene.run(...scene.snapshotOf('paused', '--no-key'));
    assert.equal(code, 0, err);
    assert.deepEqual(await scene.state(), { ...original, pausedUntil: until });
  } finally {
    await pause(null);
  }
});

test('the roles of the guide are enough for every command, and no rule of them is idle', async () => {
  const roles = await rolesOfGuide();
  await using user = await limitedUser(scene, roles);
  const as = ['--kubeconfig', user.kubeconfig];
  const assertDone = async (code: number, ...words: readonly string[]): Promise<void> => {
    const ran = await scene.run(...words, ...as);
    assert.equal(ran.code, code, ran.out + ran.err);
    assert.doesNotMatch(ran.out + ran.err, /forbidden|not known|not looked at/i);
  };
  await assertDone(0, ...scene.snapshotOf('limited-no-key', '--live', '--no-key'));
  await assertDone(0, ...scene.snapshotOf('limited', '--live'));
  const killed = scene.start(...scene.snapshotOf('limited-undone', '--pause-node-pools'), ...as);
  assert.ok(
    await scene.untilJournal(({ steps }) => steps['capture']?.state === 'begun', killed),
    killed.text(),
  );
  killed.child.kill('SIGKILL');
  await killed.ended;
  await assertDone(0, 'hosted-cluster', 'undo', scene.west, '--spool-dir', scene.spool);
  await assertAsBefore();
  await scene.hosted.untilAvailable('west');
  await assertDone(0, 'hosted-cluster', 'verify', scene.west);
  const manifest = ['-O', join(scene.root, 'limited.yaml'), '--with-key'];
  await assertDone(
    3,
    'hosted-cluster',
    'restore-manifest',
    scene.west,
    '--location',
    scene.urlOf('limited'),
    ...manifest,
  );

  await using other = await limitedUser(scene, await rolesOfGuide('pods/portforward'));
  const byExec = await scene.run(
    ...scene.snapshotOf('limited-exec', '--live'),
    '--kubeconfig',
    other.kubeconfig,
  );
  assert.equal(byExec.code, 3, byExec.out + byExec.err);

  const asked = new Set([...user.asked(), ...other.asked()]);
  const rights = rightsOf(roles);
  assert.deepEqual(unallowed(user.asked(), rights), []);
  // what Kubernetes asks for from 1.35 on
  const later = ['plane: create pods/exec', 'plane: create pods/portforward'];
  assert.deepEqual(idle(rights, asked).sort(), later);
});
