import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { textAt } from '#kube/fields.ts';
import type { JournalRecord } from '#steps/journal.ts';
import { soakFactor } from '#testbed/soak.ts';
import { type HostedScene, hostedScene, type Started, spooled } from './hosted-scene.ts';

// Processes that take a snapshot are killed (SIGKILL) when the journal says that a step was begun.

const original = {
  pausedUntil: undefined,
  replicas: { 'kube-apiserver': 1, 'openshift-apiserver': 2, 'openshift-oauth-apiserver': 3 },
};

/** Every step of a cold snapshot, in order. */
const steps =
  'preflight pause await-pause scale-down capture scale-back resume await-writers verify match-key store-key ship'.split(
    ' ',
  );

let scene: HostedScene;
before(async () => {
  scene = await hostedScene();
});
after(async () => {
  await scene?.[Symbol.asyncDispose]();
});

const at =
  (id: string) =>
  ({ steps: known }: JournalRecord): boolean =>
    known[id]?.state === 'begun';

/** Whether the process lived until then; it does not any more. */
async function killedAt(id: string, argv: readonly string[]): Promise<boolean> {
  const run = scene.start(...argv);
  await scene.untilJournal(at(id), run);
  run.child.kill('SIGKILL');
  const { code, signal } = await run.ended;
  if (signal === 'SIGKILL') return true;
  assert.equal(code, 0, `${id}: ${run.text()}`);
  return false;
}

async function assertAsBefore(): Promise<void> {
  assert.deepEqual(await scene.state(), original);
  assert.equal(await scene.journal(), undefined);
  await scene.hosted.untilAvailable('west');
}

/** No journal ever holds a changed state for the original. */
async function assertOriginals(): Promise<void> {
  const record = await scene.journal();
  const memory = record?.steps['scale-down']?.memory;
  if (memory !== undefined) assert.deepEqual(memory, original.replicas);
  const paused = record?.steps['pause']?.memory;
  if (paused !== undefined) assert.deepEqual(paused, { cluster: null, nodePools: {} });
}

test('killed at every step, one after the other: each run goes on, and the last one finishes', async () => {
  const argv = scene.snapshotOf('killed');
  const killed: string[] = [];
  for (const id of steps) {
    if (!(await killedAt(id, argv))) break;
    killed.push(id);
    await assertOriginals();
  }
  assert.deepEqual(killed.slice(0, 9), steps.slice(0, 9));
  const last = await scene.run(...argv);
  // behind its last step a run may come to its end before it is killed
  const isThere = last.code === 0 || /\[hosted-cluster.snapshot-exists\]/.test(last.err);
  assert.ok(isThere, last.err);
  assert.deepEqual(await scene.keysIn('killed'), ['west-snapshot.db']);
  assert.deepEqual(await spooled(scene), []);
  await assertAsBefore();
});

/** In `make soak` also where it was not down yet. */
const undone = soakFactor() === 1 ? ['scale-back'] : ['scale-down', 'scale-back'];
for (const id of undone)
  test(`killed at ${id}: undo brings the cluster back, killed itself too, and no snapshot is kept`, async () => {
    const prefix = `undone-${id}`;
    assert.ok(await killedAt(id, scene.snapshotOf(prefix)));
    const words = ['hosted-cluster', 'undo', scene.west, '--spool-dir', scene.spool];
    const first = scene.start(...words);
    await scene.untilJournal(({ direction }) => direction === 'back', first);
    first.child.kill('SIGKILL');
    await first.ended;
    const { code, err } = await scene.run(...words);
    assert.ok(code === 0 || /nothing-to-undo/.test(err), err);
    assert.deepEqual(await spooled(scene), []);
    assert.deepEqual(await scene.keysIn(prefix), []);
    await assertAsBefore();
  });

test('killed at verify, and run where its spool is not: the cluster is brought down again and a new snapshot is shipped', async () => {
  const argv = scene.snapshotOf('elsewhere', '-o', 'json');
  assert.ok(await killedAt('verify', argv));
  const left = textAt((await scene.journal())?.steps['capture']?.result, 'takenAt') ?? '';
  assert.ok(Date.parse(left) > 0);
  for (const directory of await spooled(scene)) await rm(join(scene.spool, directory), { recursive: true });
  const { code, out, err } = await scene.run(...argv);
  assert.equal(code, 0, err);
  assert.ok(Date.parse(JSON.parse(out).takenAt) > Date.parse(left));
  assert.deepEqual(await spooled(scene), []);
  await assertAsBefore();
});

test('a run that lives keeps others out, and says who it is; interrupted, it brings the cluster back', async () => {
  const first = scene.start(...scene.snapshotOf('alone'));
  assert.ok(await scene.untilJournal(at('scale-down'), first));
  for (const words of [scene.snapshotOf('alone'), ['hosted-cluster', 'undo', scene.west]]) {
    const { code, err } = await scene.run(...words);
    assert.equal(code, 11);
    assert.match(err, new RegExp(`process ${first.child.pid}\\).*\\[steps.locked\\]`));
  }
  first.child.kill('SIGINT');
  assert.deepEqual(await first.ended, { code: 130, signal: null }, first.text());
  assert.deepEqual(await spooled(scene), []);
  await assertAsBefore();
});

/** A snapshot that is taken on a machine of that name, with a directory of its own to spool into. */
async function takenOn(host: string): Promise<Started> {
  const spool = join(scene.root, host);
  await mkdir(spool, { recursive: true });
  return scene.startOn(host, ...scene.snapshotOf('taken-over', '--spool-dir', spool, '--wait', '1h'));
}

interface Race {
  readonly winner: { readonly host: string; readonly run: Started };
  readonly loser: { readonly text: string };
}

/** Two machines begin at once: one is refused, because the other one lives. */
async function raceOf(...hosts: readonly string[]): Promise<Race> {
  const runs = await Promise.all(hosts.map(async host => ({ host, run: await takenOn(host) })));
  const first = await Promise.race(runs.map(async each => ({ each, ended: await each.run.ended })));
  const text = first.each.run.text();
  assert.equal(first.ended.code, 11, text);
  const winner = runs.find(each => each !== first.each);
  assert.ok(winner !== undefined);
  assert.match(
    text,
    new RegExp(`${winner.host} \\(process ${winner.run.child.pid}\\).*\\[steps.locked\\]`, 's'),
  );
  return { winner, loser: { text } };
}

test('of two machines that begin at once one works; killed, it is taken over by one of two others, and all is as it was', async () => {
  const { winner } = await raceOf('alpha', 'beta');
  await scene.untilJournal(at('capture'), winner.run);
  winner.run.child.kill('SIGKILL');
  await winner.run.ended;
  await assertOriginals();
  const next = await raceOf('gamma', 'delta');
  const { code } = await next.winner.run.ended;
  const text = next.winner.run.text();
  assert.equal(code, 0, text);
  assert.match(
    text,
    new RegExp(
      `${winner.host} \\(process ${winner.run.child.pid}\\) holds the lock and is on another machine`,
    ),
  );
  assert.match(text, new RegExp(`hozon-spool-[0-9a-f]+ on ${winner.host}, .*: remove them there`));
  assert.deepEqual(await scene.keysIn('taken-over'), ['west-snapshot.db']);
  assert.deepEqual(await spooled(scene), []);
  await assertAsBefore();
});
