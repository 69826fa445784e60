import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runHere } from '#cli/testing.ts';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { verifySnapshot } from '#etcd/snapshot/verify.ts';
import { systemClock } from '#foundation/clock.ts';
import { type EtcdCluster, startEtcdCluster } from '#testbed/etcd/cluster.ts';
import { startWriteLoad } from '#testbed/etcd/load.ts';
import { etcdVersions } from '#testbed/etcd/programs.ts';
import { startSshHost, type TestbedHost } from '#testbed/hosts/ssh-host.ts';
import { runOk } from '#testbed/processes.ts';

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-save-versions-'));
});
after(() => rm(root, { recursive: true, force: true }));

/** What `-o json` says, as far as it is looked at here. */
interface Said {
  readonly place: string;
  readonly name: string;
  readonly source: string;
  readonly verified: string;
  readonly status: Readonly<Record<string, unknown>>;
}

/** Saves while the cluster is written to, and holds the file against what was acknowledged before it began and what etcd says of it. */
async function savedUnderLoad(cluster: EtcdCluster, words: readonly string[]): Promise<Said> {
  const path = await mkdtemp(join(root, 'd-'));
  await using load = await startWriteLoad(cluster);
  await load.untilAcknowledged(50);
  const known = [...load.acknowledged.keys()];
  const argv = ['etcd', 'snapshot', 'save', path, ...words, '-o', 'json'];
  const env = { HOME: root, ETCDCTL_COMMAND_TIMEOUT: '120s' }; // a busy machine is not taken for a member that does not answer
  const { code, out, err } = await runHere(argv, { env, clock: systemClock });
  await load.stop();
  assert.equal(code, 0, err);
  const said = JSON.parse(out) as Said;
  assert.match(said.name, /^snapshot_\d{4}-\d\d-\d\d_\d{6}\.db$/);
  assert.equal(said.place, join(path, said.name));
  assert.deepEqual(await readdir(path), [said.name]);
  assert.equal(said.verified, 'everything');
  assert.equal((await stat(said.place)).mode & 0o777, 0o600);
  assert.deepEqual((await verifySnapshot(said.place)).findings, []);
  const { hash, revision, totalSize, ...counts } = said.status;
  const entries = cluster.version === '3.6' ? counts['totalKey'] : counts['totalEntries'];
  assert.deepEqual([hash, revision, entries, totalSize], await stockStatus(cluster, said.place));
  using file = BoltFile.open(said.place);
  const keys = await keysAt(new Records(file));
  assert.deepEqual(
    known.filter(key => keys.get(Buffer.from(key)) === undefined),
    [],
  );
  return said;
}

async function stockStatus({ programs }: EtcdCluster, file: string): Promise<unknown[]> {
  const program = programs.etcdutl ?? programs.etcdctl;
  const env = { ETCDCTL_API: '3' };
  const text = await runOk([program, 'snapshot', 'status', file, '-w', 'json'], { env });
  const { hash, revision, totalKey, totalSize } = JSON.parse(text) as Record<string, unknown>;
  return [hash, revision, totalKey, totalSize];
}

function access({ client, endpoints }: EtcdCluster): string[] {
  assert.ok(client);
  const { caFile, certFile, keyFile } = client;
  return ['--endpoints', endpoints.join(','), '--cacert', caFile, '--cert', certFile, '--key', keyFile];
}

/** The configuration of a member as packages of etcd lay it out. */
async function layOut({ root: place }: TestbedHost, cluster: EtcdCluster): Promise<void> {
  const etc = join(place, 'etc/etcd');
  await mkdir(etc, { recursive: true });
  const { client } = cluster;
  assert.ok(client);
  await cp(client.caFile, join(etc, 'ca.crt'));
  await cp(client.certFile, join(etc, 'peer.crt'));
  await cp(client.keyFile, join(etc, 'peer.key'));
  const lines = [
    `ETCD_ADVERTISE_CLIENT_URLS=${cluster.endpoints[0]}`,
    'ETCD_TRUSTED_CA_FILE=/etc/etcd/ca.crt',
    'ETCD_PEER_CERT_FILE=/etc/etcd/peer.crt',
    'ETCD_PEER_KEY_FILE=/etc/etcd/peer.key',
  ];
  await writeFile(join(etc, 'etcd.conf'), `${lines.join('\n')}\n`);
}

for (const version of etcdVersions) {
  describe(`of three members of etcd ${version} with TLS, under write load`, () => {
    let cluster: EtcdCluster;
    before(async () => {
      const flags = version === '3.4' ? [] : ['--unsafe-no-fsync'];
      cluster = await startEtcdCluster({ version, flags });
    });
    after(() => cluster?.[Symbol.asyncDispose]());

    test('the snapshot holds everything that was acknowledged before it began', async () => {
      const { source } = await savedUnderLoad(cluster, access(cluster));
      assert.ok(cluster.endpoints.includes(source));
    });

    test('so does that of a member behind sshd, by its own etcdctl', async () => {
      const [member] = cluster.members;
      const { etcdctl } = cluster.programs;
      await using machine = await startSshHost({
        programs: { etcdctl },
        mounts: { '/var/lib/etcd': member?.dataDir ?? '' },
      });
      await layOut(machine, cluster);
      const { address, port, identityFile, knownHostsFile } = machine;
      const reached = ['--host', `root@${address}`, '--ssh-port', String(port)];
      const keys = ['--identity-file', identityFile, '--known-hosts', knownHostsFile];
      const { source } = await savedUnderLoad(cluster, [...reached, ...keys]);
      assert.equal(source, `host root@${address}`);
      assert.deepEqual(await readdir(join(machine.root, 'var/tmp')), []);
    });
  });
}
