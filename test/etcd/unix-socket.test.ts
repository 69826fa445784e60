import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runHere } from '#cli/testing.ts';
import { verifySnapshot } from '#etcd/snapshot/verify.ts';
import { systemClock } from '#foundation/clock.ts';
import { type EtcdCluster, startEtcdCluster } from '#testbed/etcd/cluster.ts';

let root: string;
let endpoint: string;
let cluster: EtcdCluster;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-socket-'));
  endpoint = `unix://${root}/etcd.sock`;
  cluster = await startEtcdCluster({ members: 1, tls: false, started: false });
  const [member] = cluster.members;
  assert.ok(member);
  await member.start({ flags: [`--listen-client-urls=${member.endpoint},${endpoint}`] });
  await cluster.untilHealthy();
  await cluster.etcdctl(['put', 'a', '1'], { endpoints: [endpoint] });
});
after(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

for (const written of [(path: string) => `unix://${path}`, (path: string) => `unix:${path}`]) {
  test(`a member is asked and saved over a Unix socket, ${written('/PATH')}`, async () => {
    const given = written(`${root}/etcd.sock`);
    const env = {
      HOME: root,
      ETCDCTL_ENDPOINTS: given,
      ETCDCTL_COMMAND_TIMEOUT: '60s',
      KUBECONFIG: '/nonexistent/kubeconfig',
    };
    const state = await runHere(['etcd', 'status', '-o', 'json'], { env, clock: systemClock });
    assert.equal(state.code, 0, state.err);
    assert.equal((JSON.parse(state.out) as { verdict: string }).verdict, 'healthy');
    const file = join(root, `${given.length}.db`);
    const saved = await runHere(['etcd', 'snapshot', 'save', file], { env, clock: systemClock });
    assert.equal(saved.code, 0, saved.err);
    assert.deepEqual((await verifySnapshot(file)).findings, []);
  });
}

test('a socket that is not there is told as an endpoint that is not reached', async () => {
  const words = [
    'etcd',
    'snapshot',
    'save',
    join(root, 'none.db'),
    '--endpoints',
    `unix://${root}/none.sock`,
  ];
  const { code, err } = await runHere(words, { env: { HOME: root }, clock: systemClock });
  assert.notEqual(code, 0);
  assert.match(err, /none\.sock.*\[etcd\.endpoint-unreachable\]/);
});
