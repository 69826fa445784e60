import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { performRestore } from '#etcd/restore/perform.ts';
import { planRestore, type RestorePlan } from '#etcd/restore/plan.ts';
import { readClusterFacts } from '#etcd/snapshot/facts.ts';
import { type KeysAtRevision, keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { readStatus } from '#etcd/snapshot/status.ts';
import { verifySnapshot } from '#etcd/snapshot/verify.ts';
import { isHozonError } from '#foundation/errors.ts';
import { type EtcdCluster, startEtcdCluster } from '#testbed/etcd/cluster.ts';

/** One whose program resumes compactions and that removes deletions, and one that does neither. */
const releases = ['3.4', '3.6'] as const;

const directory = await mkdtemp(join(tmpdir(), 'hozon-etcd-compacted-'));
after(() => rm(directory, { recursive: true }));

async function saved(cluster: EtcdCluster, name: string): Promise<string> {
  const file = join(directory, name);
  await cluster.etcdctl(['snapshot', 'save', file]);
  return file;
}

/** Restores a snapshot for the only member of a cluster that was not started yet. */
async function restored(snapshot: string, cluster: EtcdCluster): Promise<RestorePlan> {
  const [member] = cluster.members;
  const { initialCluster, token, programs } = cluster;
  assert.ok(member);
  const { name, dataDir } = member;
  const tool = { given: programs.etcdutl ?? programs.etcdctl };
  const plan = await planRestore({ snapshot, dataDir, name, initialCluster, token, tool });
  await performRestore(plan);
  return plan;
}

async function revisionOf(cluster: EtcdCluster): Promise<number> {
  const text = await cluster.etcdctl(['endpoint', 'status', '-w', 'json']);
  return Number(/"revision":(\d+)/.exec(text)?.[1]);
}

async function textsOf(keys: KeysAtRevision): Promise<Readonly<Record<string, string>>> {
  const texts: Record<string, string> = {};
  for await (const { keyValue } of keys.all()) texts[String(keyValue.key)] = String(keyValue.value);
  return texts;
}

for (const version of releases) {
  test(`a snapshot of etcd ${version} that was compacted at a deletion is sound, and is restored`, async () => {
    await using cluster = await startEtcdCluster({ version, members: 1 });
    await cluster.etcdctl(['put', 'kept', 'value']);
    await cluster.etcdctl(['put', 'gone', 'value']);
    await cluster.etcdctl(['del', 'gone']);
    const head = await revisionOf(cluster);
    await cluster.etcdctl(['compact', String(head), '--physical']);
    const file = await saved(cluster, `deletion-${version}.db`);
    assert.deepEqual((await verifySnapshot(file)).findings, []);
    using bolt = BoltFile.open(file);
    // The deletion itself is gone where the release removes it.
    if (version === '3.4') assert.ok((await readStatus(bolt)).revision < head);
    const keys = await keysAt(new Records(bolt));
    assert.deepEqual([keys.revision, await textsOf(keys)], [head, { kept: 'value' }]);
    await using other = await startEtcdCluster({ version, members: 1, started: false, token: 'anew' });
    assert.equal((await restored(file, other)).revision, head);
    await other.start();
    assert.equal(await revisionOf(other), head);
    assert.equal(await other.etcdctl(['get', '--prefix', '', '--print-value-only']), 'value\n');
  });
}

/**
 * The same snapshot as it would be taken while it is compacted, before anything is removed: that this is going to be done is the first
 * that etcd writes.
 */
async function whileCompacting(file: string, revision: number): Promise<string> {
  const bytes = (await readFile(file)).subarray(0, -32);
  const name = 'scheduledCompactRev';
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
    bytes.writeBigUInt64BE(BigInt(revision), at + name.length);
  }
  const changed = `${file}.compacting`;
  await writeFile(changed, Buffer.concat([bytes, createHash('sha256').update(bytes).digest()]));
  return changed;
}

for (const version of releases) {
  test(`a snapshot of etcd ${version} that was taken while it was compacted is restored`, async () => {
    await using cluster = await startEtcdCluster({ version, members: 1 });
    for (let number = 0; number < 3; number++) await cluster.etcdctl(['put', 'kept', String(number)]);
    await cluster.etcdctl(['put', 'gone', 'value']);
    await cluster.etcdctl(['compact', '2', '--physical']);
    await cluster.etcdctl(['del', 'gone']);
    const compacted = await revisionOf(cluster);
    await cluster.etcdctl(['put', 'later', 'value']);
    const file = await whileCompacting(await saved(cluster, `compacting-${version}.db`), compacted);
    const { findings, facts } = await verifySnapshot(file);
    assert.deepEqual([findings, facts?.pendingCompaction], [[], compacted]);
    using bolt = BoltFile.open(file);
    await assert.rejects(keysAt(new Records(bolt), { revision: compacted - 1 }), thrown =>
      isHozonError(thrown, 'etcd.snapshot-compacted'),
    );
    await using other = await startEtcdCluster({ version, members: 1, started: false, token: 'anew' });
    const { dataDir } = other.members[0] ?? { dataDir: '' };
    await restored(file, other);
    using made = BoltFile.open(join(dataDir, 'member/snap/db'));
    const { pendingCompaction } = readClusterFacts(made);
    // Up to 3.4 the program itself goes on with it, as far as it comes; etcd does the rest.
    if (version !== '3.4') assert.equal(pendingCompaction, compacted);
    await other.start();
    assert.equal(await revisionOf(other), compacted + 1);
    assert.equal(await other.etcdctl(['get', '--prefix', '']), 'kept\n2\nlater\nvalue\n');
  });
}
