import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { performRestore } from '#etcd/restore/perform.ts';
import { planRestore, type RestorePlan } from '#etcd/restore/plan.ts';
import { keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { readStatus, type SnapshotStatus } from '#etcd/snapshot/status.ts';
import { verifySnapshot } from '#etcd/snapshot/verify.ts';
import { isHozonError } from '#foundation/errors.ts';
import { type EtcdGateway, etcdGateway } from '#testbed/cluster/etcd-gateway.ts';
import { untilReady } from '#testbed/cluster/readiness.ts';
import { type EtcdCluster, startEtcdCluster } from '#testbed/etcd/cluster.ts';
import { type EtcdVersion, etcdPrograms, etcdVersions } from '#testbed/etcd/programs.ts';
import { runOk } from '#testbed/processes.ts';
import { rounds } from '#testbed/soak.ts';

/** Of a member of one release: taken while it was written to. */
interface Taken {
  readonly file: string;
  /** What the member answered for the newest revision in the snapshot. */
  readonly keys: Keys;
}

/** Value and revision of the last change, by key. */
type Keys = Readonly<Record<string, string>>;

const directory = await mkdtemp(join(tmpdir(), 'hozon-etcd-restore-'));
const taken = new Map<EtcdVersion, Taken>();
const prefix = '/registry/';

before(async () => {
  for (const version of etcdVersions) taken.set(version, await takeSnapshot(version));
});
after(() => rm(directory, { recursive: true }));

async function takeSnapshot(version: EtcdVersion): Promise<Taken> {
  await using cluster = await startEtcdCluster({ version, members: 1 });
  await using gateway = await gatewayOf(cluster);
  for (let round = 0; round < 20; round++) await change(gateway);
  const file = join(directory, `${version}.db`);
  await whileWriting(gateway, () => cluster.etcdctl(['snapshot', 'save', file]));
  using bolt = BoltFile.open(file);
  return { file, keys: await keysIn(gateway, new Records(bolt).newest()) };
}

async function gatewayOf({ endpoints: [endpoint = ''], client }: EtcdCluster): Promise<EtcdGateway> {
  if (client === undefined) throw new Error('the cluster has no certificates');
  return etcdGateway({ endpoint, ...client });
}

/** Puts and deletes at random: values from nothing to more than a page. */
async function change(gateway: EtcdGateway): Promise<void> {
  const keys = new Set(Array.from({ length: 20 }, () => base64(`${prefix}${randomInt(200)}`)));
  const success = [...keys].map(key =>
    randomInt(5) === 0
      ? { requestDeleteRange: { key } }
      : { requestPut: { key, value: base64(randomBytes(randomInt(randomInt(4) === 0 ? 10_000 : 200))) } },
  );
  await gateway.post('/v3/kv/txn', { success });
}

async function whileWriting(gateway: EtcdGateway, work: () => Promise<unknown>): Promise<void> {
  const worked = new AbortController();
  const writing = async (): Promise<void> => {
    while (!worked.signal.aborted) await change(gateway);
  };
  const working = async (): Promise<void> => {
    try {
      await work();
    } finally {
      worked.abort();
    }
  };
  const ended = await Promise.allSettled([working(), writing()]);
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
}

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

interface Range {
  readonly kvs?: readonly { readonly key: string; readonly mod_revision: string; readonly value?: string }[];
}

/** As a member answers: at the newest revision unless told. */
async function keysIn(gateway: EtcdGateway, revision?: number): Promise<Keys> {
  const range = { key: base64(prefix), range_end: base64('/registry0'), revision };
  const { kvs = [] } = (await gateway.post('/v3/kv/range', range)) as Range;
  return Object.fromEntries(
    kvs.map(({ key, mod_revision: at, value = '' }) => [
      Buffer.from(key, 'base64').toString(),
      `${at} ${value}`,
    ]),
  );
}

function takenOf(version: EtcdVersion): Taken {
  const found = taken.get(version);
  if (found === undefined) throw new Error(`there is no snapshot of ${version}`);
  return found;
}

/** The program of a release that restores, and says the status. */
async function toolOf(version: EtcdVersion): Promise<string> {
  const { etcdutl, etcdctl } = await etcdPrograms(version);
  return etcdutl ?? etcdctl;
}

for (const version of etcdVersions) {
  describe(`a snapshot of etcd ${version}, taken while it is written to`, () => {
    test('its status is what the release itself says, and it is sound', async () => {
      const { file } = takenOf(version);
      using bolt = BoltFile.open(file);
      const status = await readStatus(bolt);
      const command = [await toolOf(version), 'snapshot', 'status', file, '-w', 'json'];
      const stock = JSON.parse(await runOk(command, { env: { ETCDCTL_API: '3' } })) as object;
      assert.deepEqual({ ...stock, version: undefined }, { ...asStock(status, version), version: undefined });
      const verified = await verifySnapshot(file);
      assert.deepEqual(verified.findings, []);
      assert.deepEqual(verified.status, status);
    });

    test('it holds the keys that the member answered', async () => {
      const { file, keys } = takenOf(version);
      using bolt = BoltFile.open(file);
      const found: Record<string, string> = {};
      for await (const { keyValue } of (await keysAt(new Records(bolt))).all()) {
        found[keyValue.key.toString()] = `${keyValue.modRevision} ${keyValue.value.toString('base64')}`;
      }
      assert.deepEqual(found, keys);
      assert.ok(Object.keys(keys).length > 50);
    });

    test('three members that are restored from it are one cluster with its keys', async () => {
      const { file, keys } = takenOf(version);
      await using cluster = await startEtcdCluster({ version, members: 3, started: false, token: 'anew' });
      const bump = version === '3.4' ? {} : { bumpRevision: 1_000_000, isMarkedCompacted: true };
      const plans: RestorePlan[] = [];
      for (const { name, dataDir } of cluster.members) {
        const { initialCluster, token } = cluster;
        const tool = { given: await toolOf(version) };
        const plan = await planRestore({
          snapshot: file,
          dataDir,
          name,
          initialCluster,
          token,
          tool,
          ...bump,
        });
        await performRestore(plan);
        assert.deepEqual(await readdir(dataDir), ['member']);
        plans.push(plan);
      }
      await cluster.start();
      await untilOneCluster(cluster, plans);
      await using gateway = await gatewayOf(cluster);
      assert.deepEqual(await keysIn(gateway), keys);
      if (version === '3.4') return;
      const revision = plans[0]?.verified.status.revision ?? 0;
      assert.ok(plans.every(plan => plan.revision === revision + 1_000_000));
      // What clients may have seen is gone, and they are told so.
      await assert.rejects(keysIn(gateway, revision), /compacted/);
    });
  });
}

function asStock(status: SnapshotStatus, version: EtcdVersion): object {
  const { hash, revision, totalSize, entries, liveKeys } = status;
  return { hash, revision, totalKey: version === '3.6' ? liveKeys : entries, totalSize };
}

/** Members, identities and, as soon as each has compacted what it was told to, the hash of all keys. */
async function untilOneCluster(cluster: EtcdCluster, plans: readonly RestorePlan[]): Promise<void> {
  const ids = (text: string, field: string): string[] =>
    [...text.matchAll(new RegExp(`"${field}":(\\d+)`, 'g'))].map(([, id]) => BigInt(id ?? 0).toString(16));
  const status = await cluster.etcdctl(['endpoint', 'status', '-w', 'json']);
  assert.deepEqual(
    ids(status, 'member_id'),
    plans.map(({ member }) => member.id),
  );
  assert.deepEqual(
    ids(status, 'cluster_id'),
    plans.map(({ clusterId }) => clusterId),
  );
  assert.equal(new Set(ids(status, 'cluster_id')).size, 1);
  assert.equal((await cluster.etcdctl(['member', 'list'])).trim().split('\n').length, 3);
  const equal = async (): Promise<true | string> => {
    const text = await cluster.etcdctl(['endpoint', 'hashkv', '-w', 'json']);
    return new Set(ids(text, 'hash')).size === 1 || text;
  };
  await untilReady(equal, { what: 'one hash of all members', daemons: [], seconds: 300 });
}

test('whatever byte is flipped, wherever it is cut, it is refused before anything is written', async () => {
  for (const version of etcdVersions) {
    const { file } = takenOf(version);
    const bytes = await readFile(file);
    const damaged = join(directory, 'damaged.db');
    for (let round = 0; round < rounds(15); round++) {
      const at = randomInt(bytes.length);
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << randomInt(8));
      // Without its whole checksum, and nothing but that, a snapshot is a copy of a database: unproven, not unsound.
      const cuts = [randomInt(bytes.length), bytes.length - 1 - randomInt(31)];
      for (const each of [flipped, ...cuts.map(cut => bytes.subarray(0, cut))]) {
        await writeFile(damaged, each);
        const { findings } = await verifySnapshot(damaged);
        const expected = each.length === bytes.length - 32 ? 'unproven' : 'unsound';
        assert.ok(
          findings.some(({ severity }) => severity === expected),
          `${each.length} bytes of ${bytes.length}, or flipped at ${at}`,
        );
      }
    }
    const dataDir = join(directory, 'never');
    const tool = { given: await toolOf(version) };
    await assert.rejects(planRestore({ snapshot: damaged, dataDir, tool }), thrown =>
      isHozonError(thrown, 'etcd.restore-unsound'),
    );
    await assert.rejects(readdir(dataDir), { code: 'ENOENT' });
  }
});
