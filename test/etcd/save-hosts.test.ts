import assert from 'node:assert/strict';
import { appendFile, chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Ran, runHere } from '#cli/testing.ts';
import { verifySnapshot } from '#etcd/snapshot/verify.ts';
import { systemClock } from '#foundation/clock.ts';
import { type EtcdCluster, startEtcdCluster } from '#testbed/etcd/cluster.ts';
import type { EtcdMember } from '#testbed/etcd/member.ts';
import { containerEngine } from '#testbed/hosts/container-engine.ts';
import { type SshHostOptions, startSshHost, type TestbedHost } from '#testbed/hosts/ssh-host.ts';
import { runOk } from '#testbed/processes.ts';

let root: string;
let cluster: EtcdCluster;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-save-hosts-'));
  cluster = await startEtcdCluster({ version: '3.5', flags: ['--unsafe-no-fsync'] });
  await cluster.etcdctl(['put', '/registry/thing', 'value']);
});
after(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

/** A host with the files of a member, as packages of etcd lay them out: what is secret is root's alone. */
async function hostOf(member: EtcdMember, options: SshHostOptions): Promise<TestbedHost> {
  const mounts = { '/var/lib/etcd': member.dataDir, ...options.mounts };
  const machine = await startSshHost({ hostname: member.name, ...options, mounts });
  const etc = join(machine.root, 'etc/etcd');
  await mkdir(etc, { recursive: true });
  assert.ok(member.tls);
  await cp(member.tls.caFile, join(etc, 'ca.crt'));
  await cp(member.tls.certFile, join(etc, 'peer.crt'));
  await cp(member.tls.keyFile, join(etc, 'peer.key'));
  const lines = [
    `ETCD_NAME=${member.name}`,
    `ETCD_ADVERTISE_CLIENT_URLS=${member.endpoint}`,
    'ETCD_TRUSTED_CA_FILE=/etc/etcd/ca.crt',
    'ETCD_PEER_CERT_FILE=/etc/etcd/peer.crt',
    'ETCD_PEER_KEY_FILE=/etc/etcd/peer.key',
  ];
  await writeFile(join(etc, 'etcd.conf'), `${lines.join('\n')}\n`);
  for (const name of ['etcd.conf', 'peer.key']) await chmod(join(etc, name), 0o600);
  return machine;
}

function member(at: number): EtcdMember {
  const found = cluster.members[at];
  assert.ok(found);
  return found;
}

interface Kept {
  readonly ran: Ran;
  /** Names in the directory of snapshots, and in that of the hosts' files. */
  readonly snapshots: string[];
  readonly files: string[];
  readonly at: (name: string) => string;
}

/** `hozon etcd snapshot save` of hosts, whose keys are those of all machines. */
async function save(machines: readonly TestbedHost[], words: readonly string[]): Promise<Kept> {
  const place = await mkdtemp(join(root, 'd-'));
  const [snapshots, files] = [join(place, 'snapshots'), join(place, 'files')];
  for (const directory of [snapshots, files]) await mkdir(directory);
  const known = join(place, 'known_hosts');
  const identity = join(place, 'key');
  for (const { knownHostsFile } of machines) await appendFile(known, await readFile(knownHostsFile));
  const text = await readFile(known, 'utf8');
  await appendFile(known, text.replaceAll('127.0.0.1', 'localhost'));
  const keys = await Promise.all(machines.map(({ identityFile }) => readFile(identityFile)));
  await writeFile(identity, keys[0] ?? '', { mode: 0o600 });
  const access = ['--known-hosts', known, '--identity-file', identity, '--host-files', files];
  const argv = ['etcd', 'snapshot', 'save', snapshots, ...words, ...access, '-o', 'json'];
  const ran = await runHere(argv, { env: { HOME: root }, clock: systemClock });
  const at = (name: string): string => join(name.startsWith('snapshot') ? snapshots : files, name);
  return { ran, snapshots: await readdir(snapshots), files: (await readdir(files)).sort(), at };
}

/** One key opens all machines of a test. */
async function shareKey(machines: readonly TestbedHost[]): Promise<void> {
  const [first, ...others] = machines;
  const key = await readFile(join(first?.root ?? '', 'etc/ssh/authorized_keys'));
  for (const { root: place } of others) await appendFile(join(place, 'etc/ssh/authorized_keys'), key);
}

const named = ({ address, port }: TestbedHost, user = 'root'): string => `${user}@${address}:${port}`;

interface Said {
  readonly source: string;
  readonly findings: readonly { readonly severity: string; readonly text: string }[];
  readonly hostFiles: readonly unknown[];
}

describe('of three hosts', () => {
  let machines: TestbedHost[];
  before(async () => {
    const programs = { etcdctl: cluster.programs.etcdctl };
    machines = [];
    for (const each of cluster.members) machines.push(await hostOf(each, { programs }));
    await shareKey(machines);
  });
  after(async () => {
    for (const machine of machines ?? []) await machine[Symbol.asyncDispose]();
  });

  const all = (): string[] => machines.flatMap(machine => ['--host', named(machine)]);

  test('one snapshot is taken, and the configuration directory of each member', async () => {
    const { ran, snapshots, files, at } = await save(machines, all());
    assert.equal(ran.code, 0, ran.err);
    const { source, findings, hostFiles } = JSON.parse(ran.out) as Said;
    assert.deepEqual(findings, []);
    assert.ok(machines.some(machine => source === `host ${named(machine)}`));
    const [snapshot = ''] = snapshots;
    assert.equal(snapshots.length, 1);
    assert.deepEqual((await verifySnapshot(at(snapshot))).findings, []);
    const stamp = /^snapshot_(.*)\.db$/.exec(snapshot)?.[1];
    const of = ({ port }: TestbedHost): string => `etcd-config_root_127.0.0.1_${port}_${stamp}.tar.gz`;
    assert.deepEqual(files, machines.map(of).sort());
    assert.equal(hostFiles.length, 3);
    for (const [index, machine] of machines.entries()) {
      const conf = await runOk(['tar', '-xzOf', at(of(machine)), 'etc/etcd/etcd.conf']);
      assert.match(conf, new RegExp(`^ETCD_NAME=m${index}$`, 'm'));
    }
    for (const machine of machines) assert.deepEqual(await readdir(join(machine.root, 'var/tmp')), []);
  });

  test('two names of one member are refused before anything is taken', async () => {
    const [machine] = machines;
    assert.ok(machine);
    const twice = ['--host', named(machine), '--host', `root@localhost:${machine.port}`];
    const { ran, snapshots, files } = await save(machines, twice);
    assert.equal(ran.code, 2, ran.err);
    assert.match(ran.err, /etcd\.hosts-one-member[^]*one and the same member/);
    const again = await save(machines, ['--host', named(machine), '--host', named(machine)]);
    assert.equal(again.ran.code, 2, again.ran.err);
    assert.deepEqual([snapshots, files, again.snapshots, again.files].flat(), []);
  });

  test('one that cannot be reached is named, and the rest is kept whole', async () => {
    const [lost, ...others] = machines;
    assert.ok(lost);
    await lost.crash();
    try {
      const { ran, snapshots, files, at } = await save(machines, all());
      assert.equal(ran.code, 3, ran.err);
      const { findings } = JSON.parse(ran.out) as Said;
      assert.deepEqual(
        findings.map(({ severity }) => severity),
        ['missing'],
      );
      assert.ok(findings[0]?.text.includes(named(lost)), findings[0]?.text);
      assert.deepEqual((await verifySnapshot(at(snapshots[0] ?? ''))).findings, []);
      assert.equal(files.length, others.length);
      for (const name of files) await runOk(['tar', '-tzf', at(name)]);
      const none = await save(machines, ['--host', named(lost)]);
      assert.equal(none.ran.code, 1);
      assert.match(none.ran.err, /remote\.unreachable/);
      assert.deepEqual([...none.snapshots, ...none.files], []);
    } finally {
      await lost.start();
    }
  });

  test('one whose member is down gives its files, and is named', async () => {
    await member(2).kill();
    try {
      await cluster.untilHealthy([member(0), member(1)]);
      const { ran, files } = await save(machines, all());
      assert.equal(ran.code, 3, ran.err);
      const { findings, source } = JSON.parse(ran.out) as Said;
      const [, , last] = machines;
      assert.ok(last);
      assert.equal(findings.length, 1);
      assert.ok(findings[0]?.text.includes(named(last)), findings[0]?.text);
      assert.notEqual(source, `host ${named(last)}`);
      assert.equal(files.length, 3);
    } finally {
      await cluster.start();
    }
  });
});

/** A program that answers as etcdctl does, but for a snapshot, at which it hangs. */
async function hangingEtcdctl(): Promise<string> {
  const path = join(await mkdtemp(join(root, 'p-')), 'etcdctl');
  const text = `#!/bin/sh\n[ "$1 $2" = 'snapshot save' ] || exec /opt/real/etcdctl "$@"\nprintf part >"$3.part"\nexec sleep 3600\n`;
  await writeFile(path, text, { mode: 0o755 });
  return path;
}

test('a snapshot that does not grow any more is given up, and nothing stays on the host', async () => {
  const real = await mkdtemp(join(root, 'p-'));
  await cp(cluster.programs.etcdctl, join(real, 'etcdctl'));
  await chmod(real, 0o755);
  const programs = { etcdctl: await hangingEtcdctl() };
  await using machine = await hostOf(member(0), { programs, mounts: { '/opt/real': real } });
  const words = ['--host', named(machine), '--stall-timeout', '4s'];
  const { ran, snapshots } = await save([machine], words);
  assert.equal(ran.code, 1, ran.err);
  assert.match(ran.err, /etcd\.host-stalled[^]*nothing came of it for 4 s/);
  assert.deepEqual(snapshots, []);
  assert.deepEqual(await readdir(join(machine.root, 'var/tmp')), []);
});

test('an unprivileged user saves by sudo, and is refused without', async () => {
  const programs = { etcdctl: cluster.programs.etcdctl };
  await using machine = await hostOf(member(0), { programs, sudo: true });
  const words = ['--host', named(machine, 'core')];
  const refused = await save([machine], words);
  assert.equal(refused.ran.code, 12, refused.ran.err);
  assert.match(refused.ran.err, /remote\.file-denied/);
  assert.deepEqual([...refused.snapshots, ...refused.files], []);
  const { ran, snapshots, files, at } = await save([machine], [...words, '--sudo']);
  assert.equal(ran.code, 0, ran.err);
  assert.deepEqual((await verifySnapshot(at(snapshots[0] ?? ''))).findings, []);
  assert.equal(files.length, 1);
  assert.deepEqual(await readdir(join(machine.root, 'var/tmp')), []);
  await using without = await hostOf(member(0), { programs });
  const needs = await save([without], ['--host', named(without, 'core'), '--sudo']);
  assert.match(needs.ran.err, /remote\.sudo-refused/);
});

for (const name of ['crictl', 'podman'] as const) {
  test(`where only the container has etcdctl, it is run there by ${name} (a stand-in), as root`, async () => {
    const { etcdctl } = cluster.programs;
    const engine = await containerEngine(await mkdtemp(join(root, 'e-')), { name, programs: { etcdctl } });
    await chmod(join(engine.mounts['/opt/container'] ?? '', '..'), 0o755);
    await using machine = await hostOf(member(1), { ...engine, sudo: true });
    const { ran, snapshots, at } = await save([machine], ['--host', named(machine, 'core'), '--sudo']);
    assert.equal(ran.code, 0, ran.err);
    assert.deepEqual((await verifySnapshot(at(snapshots[0] ?? ''))).findings, []);
    assert.deepEqual(await readdir(member(1).dataDir), ['member']);
  });
}
