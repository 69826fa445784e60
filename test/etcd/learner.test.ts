import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ran, runHere } from '#cli/testing.ts';
import { systemClock } from '#foundation/clock.ts';
import { untilReady } from '#testbed/cluster/readiness.ts';
import { type EtcdCluster, startEtcdCluster } from '#testbed/etcd/cluster.ts';
import type { EtcdMember } from '#testbed/etcd/member.ts';

let root: string;
let cluster: EtcdCluster;
let voter: EtcdMember;
let learner: EtcdMember;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-learner-'));
  cluster = await startEtcdCluster({ version: '3.6', started: false });
  const [first, second] = cluster.members;
  assert.ok(first && second);
  [voter, learner] = [first, second];
  const alone = `${voter.name}=${voter.peerUrl}`;
  await voter.start({ initialCluster: alone });
  await cluster.untilHealthy([voter]);
  const endpoints = [voter.endpoint];
  await cluster.etcdctl(['put', 'a', '1'], { endpoints });
  const addition = ['member', 'add', learner.name, '--learner', `--peer-urls=${learner.peerUrl}`];
  await cluster.etcdctl(addition, { endpoints });
  await learner.start({ state: 'existing', initialCluster: `${alone},${learner.name}=${learner.peerUrl}` });
  const answering = async (): Promise<true | string> => {
    const asked = cluster.etcdctl(['get', 'a', '--consistency=s'], { endpoints: [learner.endpoint] });
    const said = await asked.catch(String);
    return said === 'a\n1\n' || said;
  };
  await untilReady(answering, { what: 'the learner', seconds: 300 });
});
after(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

function run(words: readonly string[], endpoints: readonly EtcdMember[]): Promise<Ran> {
  const env = {
    HOME: root,
    ETCDCTL_ENDPOINTS: endpoints.map(({ endpoint }) => endpoint).join(','),
    ETCDCTL_CACERT: cluster.client?.caFile ?? '',
    ETCDCTL_CERT: cluster.client?.certFile ?? '',
    ETCDCTL_KEY: cluster.client?.keyFile ?? '',
    ETCDCTL_COMMAND_TIMEOUT: '60s',
    KUBECONFIG: '/nonexistent/kubeconfig',
  };
  return runHere(['etcd', ...words], { env, clock: systemClock });
}

interface Shown {
  readonly verdict: string;
  readonly findings: readonly { readonly code: string; readonly text: string }[];
  readonly quorum: { readonly voters: number; readonly healthy: number };
  readonly members: readonly { readonly name: string; readonly isLearner: boolean }[];
  readonly endpoints: readonly { readonly endpoint: string; readonly isLearner: boolean }[];
}

test('the state names a learner, and does not count it as a voter', async () => {
  const { out, err } = await run(['status', '-o', 'json'], [voter, learner]);
  assert.ok(out.startsWith('{'), err);
  const shown = JSON.parse(out) as Shown;
  assert.equal(shown.verdict, 'healthy');
  assert.deepEqual(
    shown.findings.map(({ code }) => code),
    ['learner'],
  );
  assert.deepEqual([shown.quorum.voters, shown.quorum.healthy], [1, 1]);
  const learners = shown.members.filter(({ isLearner }) => isLearner).map(({ name }) => name);
  assert.deepEqual(learners, [learner.name]);
  const endpoints = shown.endpoints.filter(({ isLearner }) => isLearner);
  assert.deepEqual(
    endpoints.map(({ endpoint }) => endpoint),
    [learner.endpoint],
  );
});

test('no snapshot is taken of a learner, wherever it stands among the endpoints', async () => {
  for (const endpoints of [
    [learner, voter],
    [voter, learner],
  ]) {
    const at = await mkdtemp(join(root, 'd-'));
    const { code, out, err } = await run(['snapshot', 'save', `${at}/`, '-o', 'json'], endpoints);
    assert.equal(code, 0, err);
    assert.equal((JSON.parse(out) as { source: string }).source, voter.endpoint);
    assert.equal((await readdir(at)).length, 1);
  }
});

test('a learner alone is refused with what to do, and nothing is written', async () => {
  const at = await mkdtemp(join(root, 'd-'));
  const { code, err } = await run(['snapshot', 'save', `${at}/`], [learner]);
  assert.equal(code, 1, err);
  assert.match(err, /a learner, which may not have all of the data yet.*\[etcd\.save-learner\]/);
  assert.ok(err.includes(learner.endpoint), err);
  assert.match(err, /etcdctl member promote/);
  assert.deepEqual(await readdir(at), []);
});
