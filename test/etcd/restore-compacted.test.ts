import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { performRestore } from '#etcd/restore/perform.ts';
import { planRestore, type RestorePlan } from '#etcd/restore/plan.ts';
import { type KeysAtRevision, keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { readStatus } from '#etcd/snapshot/status.ts';
import { verifySnapshot } from '#etcd/snapshot/verify.ts';
import { type EtcdCluster, startEtcdCluster } from '#testbed/etcd/cluster.ts';
import { etcdVersions } from '#testbed/etcd/programs.ts';

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

for (const version of etcdVersions) {
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
