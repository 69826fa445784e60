import assert from 'node:assert/strict';
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runHere } from '#cli/testing.ts';
import { findEtcdctl } from '#etcd/hosts/etcdctl.ts';
import { hostSource } from '#etcd/hosts/host-source.ts';
import { findMember } from '#etcd/hosts/member-on-host.ts';
import { type HostScratch, hostScratch } from '#etcd/hosts/scratch.ts';
import { configurationDirectory, liveRevisions, staticResources } from '#etcd/hosts/static-resources.ts';
import { dataDirectoryOn, v2Backup } from '#etcd/hosts/v2-on-host.ts';
import { fileSink } from '#etcd/save/file-sink.ts';
import { saveSnapshot } from '#etcd/save/save-snapshot.ts';
import { readV2Data } from '#etcd/v2/v2-data.ts';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { Host } from '#remote/host.ts';
import { sshHost } from '#remote/ssh.ts';
import { type EtcdCluster, startEtcdCluster } from '#testbed/etcd/cluster.ts';
import { startSshHost, type TestbedHost } from '#testbed/hosts/ssh-host.ts';
import { run, runOk } from '#testbed/processes.ts';

const isCode = (code: string) => (thrown: unknown) => isHozonError(thrown, code);

function reach(machine: TestbedHost): Host {
  return sshHost({
    destination: machine.address,
    port: machine.port,
    user: 'root',
    identityFile: machine.identityFile,
    knownHostsFile: machine.knownHostsFile,
    configurationFile: machine.configurationFile,
  });
}

const scratchOn = (host: Host): HostScratch => hostScratch(host, { onLeft: path => assert.fail(path) });

/** The names in a compressed or plain tar, and what `tar` says of one of them. */
async function listed(chunks: AsyncIterable<Buffer>): Promise<string> {
  const bytes = Buffer.concat(await Array.fromAsync(chunks));
  return runOk(['tar', bytes[0] === 0x1f ? '-tzvf' : '-tvf', '-'], { stdin: bytes });
}

function namesIn(listing: string): string[] {
  return listing
    .trim()
    .split('\n')
    .map(line => line.split(/\s+/).at(-1) ?? '');
}

describe('a member of 3.4 on a host, as OpenShift 3.11 lays it out', () => {
  let cluster: EtcdCluster;
  let machine: TestbedHost;
  let host: Host;
  let directory: string;

  before(async () => {
    cluster = await startEtcdCluster({ version: '3.4', members: 1, flags: ['--enable-v2'] });
    const [member] = cluster.members;
    assert.ok(member);
    machine = await startSshHost({
      hostname: 'master-0.example.com',
      programs: { etcdctl: cluster.programs.etcdctl },
      mounts: { '/var/lib/etcd': member.dataDir },
    });
    await layOut311(machine, cluster);
    host = reach(machine);
    directory = await mkdtemp(join(machine.dir, 'saved-'));
  });
  after(async () => {
    await host?.[Symbol.asyncDispose]();
    await machine?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  test('is found by its configuration', async () => {
    assert.deepEqual(await findMember(host), {
      layout: 'etcd.conf',
      dataDir: '/var/lib/etcd',
      endpoint: cluster.endpoints[0],
      tls: { ca: '/etc/etcd/ca.crt', cert: '/etc/etcd/peer.crt', key: '/etc/etcd/peer.key' },
    });
  });

  test('gives a snapshot that is whole, and nothing stays on the host', async () => {
    await cluster.etcdctl(['put', '/registry/thing', 'value']);
    const source = hostSource({ scratch: scratchOn(host), member: await findMember(host) });
    const saved = await saveSnapshot(source, fileSink(directory), { name: 'snapshot_a.db' });
    const path = join(directory, 'snapshot_a.db');
    const status = JSON.parse(
      await runOk([cluster.programs.etcdctl, 'snapshot', 'status', path, '-w', 'json'], {
        env: { ETCDCTL_API: '3' },
      }),
    ) as { revision: number; totalSize: number };
    assert.equal(status.revision, 2);
    assert.equal(saved.size, status.totalSize + 32);
    assert.equal((await host.run(['ls', '-A', '/var/tmp'])).stdout.toString(), '');
  });

  test('keeps nothing where the snapshot is given up, here or there', async () => {
    const member = await findMember(host);
    const controller = new AbortController();
    const source = hostSource({ scratch: scratchOn(host), member });
    await assert.rejects(
      async () => {
        for await (const _ of source.open({ signal: controller.signal }))
          controller.abort(new Error('enough'));
      },
      { message: 'enough' },
    );
    assert.equal((await host.run(['ls', '-A', '/var/tmp'])).stdout.toString(), '');
  });

  test('keeps nothing where the user gives it up while a file is written, although nobody waits for the source', async () => {
    await using own = reach(machine);
    const scratch = scratchOn(own);
    const controller = new AbortController();
    const { signal } = controller;
    const whole = hostSource({ scratch, member: await findMember(own) });
    const source = {
      ...whole,
      async *open() {
        for await (const piece of whole.open({ signal })) {
          yield piece;
          controller.abort(new Error('enough'));
        }
      },
    };
    const saving = saveSnapshot(source, fileSink(directory), { name: 'snapshot_b.db', signal });
    await assert.rejects(saving, { message: 'enough' });
    await scratch.settled();
    await own[Symbol.asyncDispose]();
    assert.equal((await host.run(['ls', '-A', '/var/tmp'])).stdout.toString(), '');
    assert.deepEqual(
      (await readdir(directory)).filter(name => name.includes('snapshot_b')),
      [],
    );
  });

  test('keeps nothing where the machine that asked is gone', () => cutOffWhileFilling(machine, host));

  test('says what etcdctl said where that fails', async () => {
    const member = { ...(await findMember(host)), endpoint: 'https://127.0.0.1:1' };
    const opened = Array.fromAsync(
      hostSource({ scratch: scratchOn(host), member }).open({ signal: AbortSignal.timeout(120_000) }),
    );
    await assert.rejects(opened, isCode('remote.command-failed'));
    assert.equal((await host.run(['ls', '-A', '/var/tmp'])).stdout.toString(), '');
  });

  test('gives its configuration directory, with owners and modes', async () => {
    const listing = await listed(configurationDirectory(host));
    assert.deepEqual(namesIn(listing).sort(), [
      'etc/etcd/',
      'etc/etcd/ca.crt',
      'etc/etcd/etcd.conf',
      'etc/etcd/peer.crt',
      'etc/etcd/peer.key',
    ]);
    assert.match(listing, /^-rw------- 0\/0 .* etc\/etcd\/peer\.key$/m);
  });

  test('tells whether it has v2 data, and gives it as etcd takes it again', async () => {
    const member = await findMember(host);
    assert.equal((await readV2Data(dataDirectoryOn(host, member.dataDir))).v2Data, 'absent');
    await v2(host, ['set', '/openshift.com/network/config', 'flannel']);
    assert.equal((await readV2Data(dataDirectoryOn(host, member.dataDir))).v2Data, 'present');
    assert.equal((await readV2Data(dataDirectoryOn(host, '/nowhere'))).v2Data, 'unknown');
    const bytes = Buffer.concat(await Array.fromAsync(v2Backup({ scratch: scratchOn(host), member })));
    assert.equal((await host.run(['ls', '-A', '/var/tmp'])).stdout.toString(), '');
    await runOk(['tar', '-xf', '-', '-C', directory], { stdin: bytes });
    assert.equal(await valueServedFrom(join(directory, 'v2')), 'flannel');
  });

  test('is saved by the command, with what lies on the host apart from it', () => savedByCommand(machine));
});

/** `hozon etcd snapshot save --host`, with what lies on the host in a directory of its own. */
async function savedByCommand(machine: TestbedHost): Promise<void> {
  const reached = ['--host', `root@${machine.address}`, '--ssh-port', String(machine.port)];
  const keys = ['--identity-file', machine.identityFile, '--known-hosts', machine.knownHostsFile];
  const apart = await mkdtemp(join(machine.dir, 'apart-'));
  const together = await mkdtemp(join(machine.dir, 'together-'));
  const argv = [
    'etcd',
    'snapshot',
    'save',
    together,
    ...reached,
    ...keys,
    '--host-files',
    apart,
    '-o',
    'json',
  ];
  const { code, out, err } = await runHere(argv, { env: { HOME: machine.dir }, clock: systemClock });
  assert.equal(code, 0, err);
  const said = JSON.parse(out) as { verified: string; hostFiles: { place: string }[]; v2Data: string };
  assert.equal(said.verified, 'everything');
  const [snapshot = ''] = await readdir(together);
  const stamp = /^snapshot_(.*)\.db$/.exec(snapshot)?.[1];
  assert.deepEqual((await readdir(apart)).sort(), [
    `etcd-config_root_127.0.0.1_${stamp}.tar.gz`,
    `etcd-v2_root_127.0.0.1_${stamp}.tar`,
  ]);
  assert.equal(said.hostFiles.length, 2);
  assert.equal(said.v2Data, 'present');
}

/** Cuts the machine that asked off while a command fills its directory on the host, and waits until that is gone. */
async function cutOffWhileFilling(machine: TestbedHost, host: Host): Promise<void> {
  const own = reach(machine);
  const cutOff: Host = { ...own, run: () => Promise.reject(new Error('the network is gone')) };
  const left: string[] = [];
  const reading = Array.fromAsync(
    hostScratch(cutOff, { onLeft: path => left.push(path) }).read({
      within: '/var/tmp',
      prefix: 'hozon-snapshot',
      fill: path => ['sh', '-c', 'echo secret >"$1/part"; exec sleep 3600', 'sh', path],
      output: 'cat -- "$d/part"',
      called: 'sleep',
      failure: () => new Error('it ended by itself'),
    }),
  );
  const lost = assert.rejects(reading, isCode('remote.connection-lost'));
  const until = (condition: string) =>
    host.run(['sh', '-c', `until ${condition}; do sleep 0.1; done`], {
      signal: AbortSignal.timeout(180_000),
    });
  await until('[ -e /var/tmp/hozon-snapshot-*/part ]');
  await own[Symbol.asyncDispose]();
  await lost;
  await until('[ -z "$(ls -A /var/tmp)" ]');
  assert.equal(left.length, 1);
}

async function v2(host: Host, args: readonly string[]): Promise<void> {
  const { tls, endpoint } = await findMember(host);
  assert.ok(tls);
  const access = [
    '--endpoints',
    endpoint,
    '--ca-file',
    tls.ca,
    '--cert-file',
    tls.cert,
    '--key-file',
    tls.key,
  ];
  const { code, stderr } = await host.run(['env', 'ETCDCTL_API=2', 'etcdctl', ...access, ...args]);
  assert.equal(code, 0, stderr);
}

/** What an etcd that begins anew on a v2 backup answers for the key of the test. */
async function valueServedFrom(dataDir: string): Promise<string> {
  await using renewed = await startEtcdCluster({
    version: '3.4',
    members: 1,
    tls: false,
    flags: ['--enable-v2', '--force-new-cluster'],
    started: false,
  });
  const [member] = renewed.members;
  assert.ok(member);
  await cp(dataDir, member.dataDir, { recursive: true });
  await chmod(member.dataDir, 0o700);
  await renewed.start();
  const env = { ETCDCTL_API: '2', ETCDCTL_ENDPOINTS: member.endpoint };
  const got = await run([renewed.programs.etcdctl, 'get', '/openshift.com/network/config'], { env });
  return got.stdout.trim() || got.stderr;
}

async function layOut311(machine: TestbedHost, cluster: EtcdCluster): Promise<void> {
  const etc = join(machine.root, 'etc/etcd');
  await mkdir(etc, { recursive: true });
  const { client } = cluster;
  assert.ok(client);
  await cp(client.caFile, join(etc, 'ca.crt'));
  await cp(client.certFile, join(etc, 'peer.crt'));
  await cp(client.keyFile, join(etc, 'peer.key'));
  await chmod(join(etc, 'peer.key'), 0o600);
  const lines = [
    'ETCD_NAME=master-0.example.com',
    '#ETCD_SNAPSHOT_COUNT=10000',
    'ETCD_DATA_DIR=/var/lib/etcd/',
    `ETCD_ADVERTISE_CLIENT_URLS=${cluster.endpoints[0]}`,
    'ETCD_TRUSTED_CA_FILE=/etc/etcd/ca.crt',
    'ETCD_PEER_CERT_FILE="/etc/etcd/peer.crt"',
    'ETCD_PEER_KEY_FILE=/etc/etcd/peer.key',
  ];
  await writeFile(join(etc, 'etcd.conf'), `${lines.join('\n')}\n`);
}

test('a member on a host is not reached by what is for other ways', async () => {
  for (const flags of [
    ['--cacert', 'ca.crt'],
    ['--endpoints', 'https://127.0.0.1:2379'],
    ['--server-name', 'm0'],
    ['--via', 'exec'],
    ['--ssh-port', '70000'],
  ]) {
    const { code, err } = await runHere(['etcd', 'snapshot', 'save', '/tmp', '--host', 'm0', ...flags]);
    assert.equal(code, 2, err);
    assert.ok(err.includes(flags[0] ?? ''), err);
  }
});

describe('a control plane host as OpenShift 4 lays it out', () => {
  let machine: TestbedHost;
  let host: Host;
  const live = { 'kube-apiserver': 7, 'kube-controller-manager': 5, 'kube-scheduler': 6, etcd: 3 };

  before(async () => {
    machine = await startSshHost({ hostname: 'ip-10-0-0-1.example.com' });
    host = reach(machine);
    const kubernetes = join(machine.root, 'etc/kubernetes');
    await mkdir(join(kubernetes, 'manifests'), { recursive: true });
    for (const [pod, revision] of Object.entries(live)) {
      await layOutRevision(kubernetes, pod, revision);
      await layOutRevision(kubernetes, pod, revision - 1);
      await writeFile(
        join(kubernetes, `manifests/${pod}-pod.yaml`),
        `spec:\n  volumes:\n  - hostPath:\n      path: /etc/kubernetes/static-pod-resources/${pod}-pod-${revision}\n`,
      );
    }
    const scripts = join(kubernetes, 'static-pod-resources/etcd-certs/configmaps/etcd-scripts');
    await mkdir(scripts, { recursive: true });
    await writeFile(join(scripts, 'etcd.env'), variables);
  });
  after(async () => {
    await host?.[Symbol.asyncDispose]();
    await machine?.[Symbol.asyncDispose]();
  });

  test('names the member itself, not its cluster, and paths of the host', async () => {
    assert.deepEqual(await findMember(host), {
      layout: 'openshift-4',
      dataDir: '/var/lib/etcd',
      endpoint: 'https://10.0.0.1:2379',
      tls: {
        ca: '/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-all-bundles/server-ca-bundle.crt',
        cert: '/etc/kubernetes/static-pod-resources/etcd-certs/secrets/etcd-all-certs/etcd-peer-a.crt',
        key: '/etc/kubernetes/static-pod-resources/etcd-certs/secrets/etcd-all-certs/etcd-peer-a.key',
      },
    });
  });

  test('has its live revisions in the manifests, and only those go into the tar', async () => {
    const revisions = Object.fromEntries((await liveRevisions(host)).map(each => [each.pod, each.revision]));
    assert.deepEqual(revisions, live);
    const listing = await listed(staticResources(host, {}));
    const expected = Object.entries(live).flatMap(([pod, revision]) => {
      const base = `static-pod-resources/${pod}-pod-${revision}/`;
      return [base, `${base}${pod}-pod.yaml`, `${base}secrets/`, `${base}secrets/key`];
    });
    assert.deepEqual(namesIn(listing).sort(), expected.sort());
    assert.match(listing, /^-rw------- 0\/0 .*etcd-pod-3\/secrets\/key$/m);
  });

  test('is refused while a revision is being rolled out, unless forced', async () => {
    const resources = join(machine.root, 'etc/kubernetes');
    await layOutRevision(resources, 'kube-scheduler', 10);
    try {
      await assert.rejects(listed(staticResources(host, {})), isCode('etcd.host-rolling-out'));
      const names = namesIn(await listed(staticResources(host, { force: true })));
      assert.ok(names.includes('static-pod-resources/kube-scheduler-pod-6/'));
      assert.ok(!names.some(name => name.includes('kube-scheduler-pod-10')));
    } finally {
      await rm(join(resources, 'static-pod-resources/kube-scheduler-pod-10'), { recursive: true });
    }
  });

  test('is refused where a static pod is stopped', async () => {
    const manifest = join(machine.root, 'etc/kubernetes/manifests/etcd-pod.yaml');
    await rename(manifest, `${manifest}.kept`);
    try {
      await assert.rejects(listed(staticResources(host, {})), isCode('remote.file-missing'));
    } finally {
      await rename(`${manifest}.kept`, manifest);
    }
  });

  test('without etcdctl is told so', async () => {
    await assert.rejects(findEtcdctl(host), isCode('etcd.host-no-etcdctl'));
  });

  test('that is none is told so', async () => {
    await using other = await startSshHost();
    await using bare = reach(other);
    await assert.rejects(findMember(bare), isCode('etcd.host-no-member'));
    await assert.rejects(liveRevisions(bare), isCode('etcd.host-static-missing'));
  });
});

async function layOutRevision(kubernetes: string, pod: string, revision: number): Promise<void> {
  const base = join(kubernetes, `static-pod-resources/${pod}-pod-${revision}`);
  await mkdir(join(base, 'secrets'), { recursive: true });
  await writeFile(join(base, `${pod}-pod.yaml`), 'kind: Pod\n');
  await writeFile(join(base, 'secrets/key'), 'secret', { mode: 0o600 });
}

const variables = `export ALL_ETCD_ENDPOINTS="https://10.0.0.1:2379,https://10.0.0.2:2379"
export ETCDCTL_API="3"
export ETCDCTL_CACERT="/etc/kubernetes/static-pod-certs/configmaps/etcd-all-bundles/server-ca-bundle.crt"
export ETCDCTL_CERT="/etc/kubernetes/static-pod-certs/secrets/etcd-all-certs/etcd-peer-a.crt"
export ETCDCTL_ENDPOINTS="https://10.0.0.1:2379,https://10.0.0.2:2379"
export ETCDCTL_KEY="/etc/kubernetes/static-pod-certs/secrets/etcd-all-certs/etcd-peer-a.key"
export ETCD_DATA_DIR="/var/lib/etcd"
export NODE_ip_10_0_0_1_example_com_ETCD_URL_HOST="10.0.0.1"
export NODE_ip_10_0_0_1_example_com_IP="10.0.0.1"
export NODE_ip_10_0_0_2_example_com_IP="10.0.0.2"
`;
