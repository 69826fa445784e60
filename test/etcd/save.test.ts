import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ran, runHere } from '#cli/testing.ts';
import { connectEtcd } from '#etcd/client/connect.ts';
import type { EtcdTls } from '#etcd/client/connection.ts';
import { fileSink } from '#etcd/save/file-sink.ts';
import { memberSource } from '#etcd/save/member-source.ts';
import { saveSnapshot } from '#etcd/save/save-snapshot.ts';
import { verifySnapshot } from '#etcd/snapshot/verify.ts';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { type EtcdCluster, startEtcdCluster } from '#testbed/etcd/cluster.ts';
import { startWriteLoad } from '#testbed/etcd/load.ts';
import { runOk } from '#testbed/processes.ts';
import { metBeforeEnd, startRelay } from './relay.ts';

let root: string;
let cluster: EtcdCluster;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-save-'));
  cluster = await startEtcdCluster({ version: '3.6', flags: ['--unsafe-no-fsync'] });
  await fill(cluster);
});
after(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

/** 6 MB: more than what is on its way in buffers when a connection meets a fault. */
async function fill(some: EtcdCluster): Promise<void> {
  await using load = await startWriteLoad(some, { prefix: '/fill/', valueBytes: 100_000, restMs: 0 });
  await load.untilAcknowledged(60);
}

function directory(): Promise<string> {
  return mkdtemp(join(root, 'd-'));
}

function access(endpoints: readonly string[] = cluster.endpoints, some = cluster): string[] {
  const client = some.client;
  const tls =
    client === undefined
      ? []
      : ['--cacert', client.caFile, '--cert', client.certFile, '--key', client.keyFile];
  return ['--endpoints', endpoints.join(','), ...tls];
}

/** `hozon etcd snapshot save …`, without a kubeconfig or a configuration. */
function save(words: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const argv = ['etcd', 'snapshot', 'save', ...words];
  return runHere(argv, { env: { HOME: root, ...patient, ...env }, clock: systemClock });
}

/** A busy machine is not taken for a member that does not answer. */
const patient = { ETCDCTL_COMMAND_TIMEOUT: '120s' };

async function saved(
  words: readonly string[],
): Promise<{ place: string; name: string; [key: string]: unknown }> {
  const { code, out, err } = await save([...words, '-o', 'json']);
  assert.equal(code, 0, err);
  return JSON.parse(out) as { place: string; name: string };
}

/** A port that leads to the first member, with its certificate still being right. */
function throughRelay(port: number, some = cluster): string {
  const url = new URL(some.endpoints[0] ?? '');
  url.port = String(port);
  return url.href.replace(/\/$/, '');
}

test('of several endpoints that of a follower is taken, and one that does not answer is no obstacle', async () => {
  const nobody = 'https://127.0.0.1:1';
  const path = await directory();
  for (let turn = 0; ; turn++) {
    const before = await leaders();
    const file = join(path, `${turn}.db`);
    const { source } = await saved([file, ...access([nobody, ...cluster.endpoints])]);
    if ((await leaders()).join() !== before.join()) continue; // an election came between, which happens on busy machines
    assert.ok(cluster.endpoints.includes(String(source)));
    assert.ok(!before.includes(String(source)), String(source));
    return;
  }
});

/** The endpoints of members that hold themselves for the leader. */
async function leaders(): Promise<string[]> {
  const status = JSON.parse(await cluster.etcdctl(['endpoint', 'status', '-w', 'json'])) as {
    Endpoint: string;
    Status: { leader: number; header: { member_id: number } };
  }[];
  return status
    .filter(({ Status }) => Status.leader === Status.header.member_id)
    .map(({ Endpoint }) => Endpoint);
}

test('a dry run says what is there and takes nothing', async () => {
  const path = await directory();
  const { code, out, err } = await save([path, ...access(), '--dry-run']);
  assert.equal(code, 0, err);
  assert.match(out, /Kept at: +.*snapshot_.*\.db/);
  assert.match(out, /Connectivity: passed \(3 of 3 endpoints\)/);
  assert.match(out, /Health: passed/);
  assert.match(err, /Nothing was taken/);
  assert.deepEqual(await readdir(path), []);
});

test('a file can be named; nothing is ever replaced', async () => {
  const path = await directory();
  const file = join(path, 'west.db');
  await saved([file, ...access()]);
  const before = await readFile(file);
  const again = await save([file, ...access()]);
  assert.equal(again.code, 1);
  assert.match(again.err, /etcd\.save-exists/);
  assert.ok((await readFile(file)).equals(before));
  await saved([`${path}/`, '--name', 'other.db', ...access()]);
  assert.deepEqual((await readdir(path)).sort(), ['other.db', 'west.db']);
});

test('endpoints of several clusters are refused before anything is taken', async () => {
  await using other = await startEtcdCluster({ version: '3.6', members: 1, tls: false });
  const path = await directory();
  const endpoints = [...cluster.endpoints, ...other.endpoints];
  const { code, err } = await save([path, ...access(endpoints)]);
  assert.equal(code, 2, err);
  assert.match(err, /belong to different clusters[^]*etcd\.save-several-clusters/);
  assert.deepEqual(await readdir(path), []);
});

test('a member that has raised an alarm about its data is saved where there is no other, and that is said', async () => {
  await using other = await startEtcdCluster({ version: '3.6', members: 1, tls: false });
  const [endpoint = ''] = other.endpoints;
  const raised = await fetch(`${endpoint}/v3/maintenance/alarm`, {
    method: 'POST',
    body: JSON.stringify({ action: 'ACTIVATE', memberID: '0', alarm: 'CORRUPT' }),
  });
  assert.equal(raised.status, 200, await raised.text());
  const { code, out, err } = await save([await directory(), ...access([endpoint], other), '-o', 'json']);
  assert.equal(code, 3, err);
  const { findings } = JSON.parse(out) as { findings: { severity: string; text: string }[] };
  assert.ok(findings.some(({ severity, text }) => severity === 'unproven' && /CORRUPT/.test(text)));
});

test('what a person gives wrongly is said before etcd is asked', async () => {
  const path = await directory();
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /cli\.missing-argument/],
    [[join(path, 'missing', 'x.db')], /etcd\.save-unwritable[^]*ENOENT/],
    [[path, '--repo', 'file:///r'], /cli\.conflicting-flags/],
    [[path, '--via', 'exec'], /cli\.missing-flag[^]*--pod/],
    [[path, '--pod', 'etcd-0'], /cli\.bad-value/],
    [[path, '--name', '../x'], /cli\.bad-value/],
  ];
  for (const [words, expected] of cases) {
    const { code, err } = await save(words);
    assert.notEqual(code, 0, words.join(' '));
    assert.match(err, expected);
  }
});

test('a member that cannot be asked is named with the reason', async () => {
  const path = await directory();
  const refused = await save([path, '--endpoints', 'https://127.0.0.1:1', ...access().slice(2)]);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /etcd\.endpoint-unreachable/);
  const [, , cacert = '', caFile = ''] = access();
  const without = await save([path, '--endpoints', cluster.endpoints[0] ?? '', cacert, caFile]);
  assert.notEqual(without.code, 0);
  assert.match(without.err, /etcd\.client-refused/);
  assert.deepEqual(await readdir(path), []);
});

test('a connection that is cut in the middle leaves no file', async () => {
  const path = await directory();
  await using relay = await startRelay(cluster.endpoints[0] ?? '', { afterBytes: 2_000_000, does: 'cut' });
  const saving = save([path, ...access([throughRelay(relay.port)])]);
  await metBeforeEnd(relay, saving);
  const { code, err } = await saving;
  assert.equal(code, 1);
  assert.match(err, /etcd\.connection-lost/);
  assert.deepEqual(await readdir(path), []);
});

test('a member that is killed in the middle leaves no file', async () => {
  const path = await directory();
  const [member] = cluster.members;
  await using relay = await startRelay(cluster.endpoints[0] ?? '', { afterBytes: 2_000_000, does: 'hold' });
  const saving = save([path, ...access([throughRelay(relay.port)])]);
  await metBeforeEnd(relay, saving);
  await member?.kill();
  await relay[Symbol.asyncDispose]();
  const { code, err } = await saving;
  await cluster.start();
  assert.equal(code, 1);
  assert.match(err, /etcd\.(?:connection-lost|endpoint-unreachable)/);
  assert.deepEqual(await readdir(path), []);
});

test('a stream in which nothing comes any more is given up, and so is a connection to what says nothing', async () => {
  const tls = await tlsOf(cluster);
  await using relay = await startRelay(cluster.endpoints[0] ?? '', { afterBytes: 2_000_000, does: 'hold' });
  await using held = connectEtcd({
    endpoint: throughRelay(relay.port),
    tls,
    timeoutMs: 120_000,
    idleMs: 4000,
  });
  await assert.rejects(Array.fromAsync(held.snapshot()), /did not answer within 4 s|broke/);
  await using silent = await startRelay(cluster.endpoints[0] ?? '', { afterBytes: 0, does: 'hold' });
  await using mute = connectEtcd({ endpoint: throughRelay(silent.port), tls, timeoutMs: 1000 });
  await assert.rejects(Array.fromAsync(mute.snapshot()), thrown =>
    isHozonError(thrown, 'etcd.endpoint-unreachable'),
  );
});

test('who stops the command in the middle leaves no file', async () => {
  const path = await directory();
  await using relay = await startRelay(cluster.endpoints[0] ?? '', { afterBytes: 2_000_000, does: 'hold' });
  const main = join(import.meta.dirname, '../../src/cli/main.ts');
  const words = [main, 'etcd', 'snapshot', 'save', path, ...access([throughRelay(relay.port)])];
  const child = spawn(process.execPath, words, { env: { HOME: root, ...patient }, stdio: 'ignore' });
  const exited = once(child, 'exit');
  await metBeforeEnd(relay, exited);
  child.kill('SIGINT');
  const [code] = (await exited) as [number | null];
  assert.equal(code, 130);
  assert.deepEqual(await readdir(path), []);
});

test('a full disk is said, before where it can be seen and in the middle where not', async () => {
  const path = await directory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'hozon-test', path]);
  try {
    const before = await save([path, ...access()]);
    assert.equal(before.code, 1);
    assert.match(before.err, /needed: .*free: 2\.0 MiB[^]*etcd\.save-no-space/);
    assert.deepEqual(await readdir(path), []);
    await using connection = connectEtcd({ endpoint: cluster.endpoints[0] ?? '', tls: await tlsOf(cluster) });
    const unaware = saveSnapshot(memberSource(connection), fileSink(path), { name: 'x.db' });
    await assert.rejects(unaware, thrown => isHozonError(thrown, 'etcd.save-no-space'));
    assert.deepEqual(await readdir(path), []);
  } finally {
    execFileSync('umount', [path]);
  }
});

async function tlsOf({ client }: EtcdCluster): Promise<EtcdTls> {
  assert.ok(client !== undefined);
  const files = [client.caFile, client.certFile, client.keyFile].map(file => readFile(file));
  const [ca, cert, key] = await Promise.all(files);
  return { ca, cert, key };
}

for (const version of ['3.4', '3.5'] as const) {
  test(`etcd ${version}: a snapshot is sound, and one that is changed on the way is refused`, async () => {
    await using older = await startEtcdCluster({ version, members: 1, tls: false });
    await fill(older);
    const path = await directory();
    const file = join(path, 'whole.db');
    await saved([file, ...access(older.endpoints, older)]);
    assert.deepEqual((await verifySnapshot(file)).findings, []);
    const program = older.programs.etcdutl ?? older.programs.etcdctl;
    const restored = join(path, 'restored');
    await runOk([program, 'snapshot', 'restore', file, '--data-dir', restored], {
      env: { ETCDCTL_API: '3' },
    });
    for (const afterBytes of [100_000, 2_000_001, 5_000_003]) {
      await using relay = await startRelay(older.endpoints[0] ?? '', { afterBytes, does: 'flip' });
      const changed = join(path, `changed-${afterBytes}.db`);
      const saving = save([changed, ...access([throughRelay(relay.port, older)], older)]);
      await metBeforeEnd(relay, saving);
      const { code, err } = await saving;
      assert.notEqual(code, 0);
      assert.match(err, /etcd\.[a-z-]+/);
    }
    assert.deepEqual((await readdir(path)).sort(), ['restored', 'whole.db']);
  });
}
