import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runHere } from '#cli/testing.ts';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { verifySnapshot } from '#etcd/snapshot/verify.ts';
import { systemClock } from '#foundation/clock.ts';
import type { KubeClient } from '#kube/client/client.ts';
import type { Cluster } from '#testbed/cluster/cluster.ts';
import { untilReady } from '#testbed/cluster/readiness.ts';
import { makeEtcdCertificates } from '#testbed/etcd/certificates.ts';
import { inPod, startEtcdPods } from '#testbed/etcd/pods.ts';
import { etcdVersions } from '#testbed/etcd/programs.ts';
import { clientOf, sharedCluster, type TestNamespace, uniqueNamespace } from '#testbed/shared.ts';

const names = ['etcd-0', 'etcd-1', 'etcd-2'];

let root: string;
let cluster: Cluster;
let client: KubeClient;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-save-pod-members-'));
  cluster = await sharedCluster('full');
  client = await clientOf(cluster);
});
after(async () => {
  await client?.[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

for (const version of etcdVersions) {
  describe(`of three members of etcd ${version} with TLS in pods, under write load`, () => {
    let namespace: TestNamespace;
    before(async () => {
      namespace = await uniqueNamespace(client);
      const certificates = await makeEtcdCertificates(join(root, version), names);
      await startEtcdPods(cluster, client, { namespace: namespace.name, version, certificates, names });
    });
    after(() => namespace?.[Symbol.asyncDispose]());

    /** Saves of one pod while another is written to, and expects everything that was written before it began. */
    async function savedUnderLoad(name: string, words: readonly string[]): Promise<void> {
      const path = await mkdtemp(join(root, 'd-'));
      await using load = await startLoad(client, { namespace: namespace.name, name: 'etcd-0' });
      const written = await load.untilWritten(10);
      const argv = ['etcd', 'snapshot', 'save', path, '--pod', `${namespace.name}/${name}`, ...words];
      const env = { HOME: root, ETCDCTL_COMMAND_TIMEOUT: '120s' };
      const ran = await runHere([...argv, '--kubeconfig', cluster.kubeconfig], { env, clock: systemClock });
      assert.equal(ran.code, 0, ran.err);
      const [file = ''] = await readdir(path);
      assert.deepEqual((await verifySnapshot(join(path, file))).findings, []);
      using bolt = BoltFile.open(join(path, file));
      const keys = await keysAt(new Records(bolt));
      for (let number = 1; number <= written; number++) {
        assert.ok(keys.get(Buffer.from(`${load.prefix}${number}`)), `${number} of ${written}`);
      }
      assert.equal(
        await inPod(client, { namespace: namespace.name, name }, ['ls', '/var/lib/etcd']),
        'member\n',
      );
    }

    test('the snapshot of one is whole through a forwarded port', () => savedUnderLoad('etcd-1', []));

    test('the snapshot of one is whole by its own etcdctl', () =>
      savedUnderLoad('etcd-2', ['--via', 'exec']));
  });
}

interface Load extends AsyncDisposable {
  readonly prefix: string;
  /** How many are written, as soon as these are so many or more. */
  untilWritten(count: number): Promise<number>;
}

/** A loop in a pod that writes one key after the other, and counts in a file how many etcd has acknowledged. */
async function startLoad(
  api: KubeClient,
  pod: { readonly namespace: string; readonly name: string },
): Promise<Load> {
  const id = randomUUID();
  const prefix = `/load/${id}/`;
  const counted = `/start/${id}`;
  const loop = `
    n=0
    while [ ! -e "$2.stop" ]; do
      n=$((n + 1))
      etcdctl --command-timeout=120s put "$1$n" "$n" >/dev/null || exit
      echo "$n" >"$2.part" && mv "$2.part" "$2"
    done`;
  const ended = api.exec(pod, { container: 'etcd', command: ['sh', '-c', loop, 'sh', prefix, counted] });
  ended.catch(() => {}); // whoever waits for its keys meets it
  return {
    prefix,
    async untilWritten(count) {
      const found: { count: number } = { count: 0 };
      const enough = async (): Promise<true | string> => {
        found.count = Number(await inPod(api, pod, ['sh', '-c', `cat ${counted} || echo 0`]));
        return found.count >= count || `${found.count} keys`;
      };
      await untilReady(enough, { what: `${count} keys`, daemons: [], seconds: 300 });
      return found.count;
    },
    async [Symbol.asyncDispose]() {
      await inPod(api, pod, ['touch', `${counted}.stop`]);
      const { exitCode, stderr } = await ended;
      assert.equal(exitCode, 0, stderr);
    },
  };
}
