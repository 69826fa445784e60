import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { runHere } from '#cli/testing.ts';
import { systemClock } from '#foundation/clock.ts';
import { issue, makeAuthority } from '#testbed/cluster/pki.ts';
import { untilReady } from '#testbed/cluster/readiness.ts';
import { type EtcdCluster, startEtcdCluster } from '#testbed/etcd/cluster.ts';
import { expireCertificate } from '#testbed/etcd/expired.ts';
import { startWriteLoad } from '#testbed/etcd/load.ts';
import { etcdVersions } from '#testbed/etcd/programs.ts';
import { runOk } from '#testbed/processes.ts';

/** What `-o json` says, as far as it is looked at here. */
interface Shown {
  readonly clusterIds: readonly string[];
  readonly verdict: string;
  readonly findings: readonly { readonly code: string; readonly text: string }[];
  readonly leader?: string;
  readonly quorum: { readonly healthy: number; readonly reached: boolean };
  readonly alarms: readonly { readonly memberId: string; readonly alarm: string }[];
  readonly v2Data: string;
  readonly members: readonly { readonly name: string; readonly healthy?: boolean }[];
  readonly endpoints: readonly ShownEndpoint[];
  readonly preflight: readonly { readonly check: string; readonly outcome: string }[];
}

interface ShownEndpoint {
  readonly endpoint: string;
  readonly healthy: boolean;
  readonly memberId?: string;
  readonly error?: { readonly code: string };
  readonly certificate?: { readonly subject: string; readonly validTo: string };
  readonly [key: string]: unknown;
}

/** What etcdctl prints of an endpoint as JSON. */
interface Stock {
  readonly Status: {
    readonly header: { readonly member_id: unknown; readonly revision: number };
    readonly leader: unknown;
    readonly version: string;
    readonly dbSize: number;
    readonly raftTerm: number;
  };
}

/** Generous, so that a busy machine is not taken for a cluster that does not answer. */
const patient = '60s';

function variables(cluster: EtcdCluster, changed: Record<string, string> = {}): Record<string, string> {
  const { client, endpoints } = cluster;
  return {
    ETCDCTL_ENDPOINTS: endpoints.join(','),
    ETCDCTL_CACERT: client?.caFile ?? '',
    ETCDCTL_CERT: client?.certFile ?? '',
    ETCDCTL_KEY: client?.keyFile ?? '',
    ETCDCTL_COMMAND_TIMEOUT: patient,
    KUBECONFIG: '/nonexistent/kubeconfig',
    ...changed,
  };
}

async function status(env: Record<string, string>, ...flags: string[]) {
  const ran = await runHere(['etcd', 'status', ...flags], { env, clock: systemClock });
  return { ...ran, lines: ran.out.split('\n').map(line => line.trim()) };
}

async function shown(env: Record<string, string>, ...flags: string[]): Promise<Answer> {
  const { code, out, err } = await status(env, ...flags, '-o', 'json');
  assert.ok(out.startsWith('{'), err);
  return { ...(JSON.parse(out) as Shown), exit: code };
}

const codes = ({ findings }: Shown) => findings.map(({ code }) => code);

type Answer = Shown & { exit: number };

/** A machine that is busy may hold an election at any moment, so the expected answer is waited for. */
async function until(
  ask: () => Promise<Answer>,
  expected: readonly [exit: number, codes: string[]],
): Promise<Answer> {
  const seen: { last?: Answer } = {};
  const ready = async () => {
    seen.last = await ask();
    const found = [seen.last.exit, codes(seen.last)];
    return isDeepStrictEqual(found, expected) || JSON.stringify([found, seen.last.findings]);
  };
  await untilReady(ready, { what: JSON.stringify(expected) });
  assert.ok(seen.last);
  return seen.last;
}

for (const version of etcdVersions) {
  describe(`of three members of etcd ${version}, the state`, () => {
    let cluster: EtcdCluster;
    before(async () => {
      cluster = await startEtcdCluster({ version });
      await cluster.etcdctl(['put', 'a', '1']);
    });
    after(() => cluster?.[Symbol.asyncDispose]());

    it('is healthy, and every number is that of etcdctl', async () => {
      await untilReady(
        async () => {
          const ours = await until(() => shown(variables(cluster)), [0, []]);
          const stock = await stockStatus(cluster);
          const same = isDeepStrictEqual(numbersOf(ours), stock);
          return same || JSON.stringify([numbersOf(ours), stock]);
        },
        { what: 'the numbers of etcdctl' },
      );
      const state = await until(() => shown(variables(cluster)), [0, []]);
      assert.deepEqual([state.verdict, state.quorum.healthy], ['healthy', 3]);
      const subjects = state.endpoints.map(({ certificate }) => certificate?.subject);
      assert.deepEqual(subjects, ['CN=m0', 'CN=m1', 'CN=m2']);
    });

    it('is printed as etcdctl prints health and members', async () => {
      await until(() => shown(variables(cluster)), [0, []]);
      const { lines } = await status(variables(cluster));
      const members = (await cluster.etcdctl(['member', 'list'])).trim().split('\n');
      assert.equal(members.length, 3);
      const text = lines.join(' ');
      for (const member of members) assert.ok(text.includes(member), `${member} in ${text}`);
      const healthy = cluster.endpoints.map(
        endpoint => `${endpoint} is healthy: successfully committed proposal: took = `,
      );
      assert.ok(
        healthy.some(line => text.includes(line)),
        `${healthy[0]} in ${text}`,
      );
    });

    it('is of every member where --every-member says so, and names those that nobody asked', async () => {
      const one = variables(cluster, { ETCDCTL_ENDPOINTS: cluster.endpoints[0] ?? '' });
      const partly = await until(() => shown(one), [3, ['members-not-asked']]);
      for (const endpoint of cluster.endpoints) assert.ok(partly.findings[0]?.text.includes(endpoint));
      const whole = await until(() => shown(one, '--every-member'), [0, []]);
      assert.equal(whole.endpoints.length, 3);
    });

    it('is degraded while a member is down', async () => {
      await cluster.members[2]?.kill();
      const degraded = await until(() => shown(variables(cluster)), [3, ['endpoint-failed']]);
      const down = degraded.endpoints.find(({ healthy }) => !healthy);
      assert.deepEqual(
        [down?.endpoint, down?.error?.code],
        [cluster.endpoints[2], 'etcd.endpoint-unreachable'],
      );
      assert.equal(degraded.members.find(({ name }) => name === 'm2')?.healthy, false);
    });

    it('is unhealthy without a quorum', async () => {
      for (const member of cluster.members.slice(1)) await member.kill();
      let seconds = 2;
      const expected = ['no-quorum', 'endpoint-failed', 'endpoint-failed', 'endpoint-failed'];
      const lost = await until(() => {
        seconds *= 2; // longer than the machine takes for what needs no quorum, and no longer than needed
        return shown(variables(cluster, { ETCDCTL_COMMAND_TIMEOUT: `${seconds}s` }), '--preflight');
      }, [1, expected]);
      assert.deepEqual([lost.verdict, lost.quorum.reached], ['unhealthy', false]);
      const failed = lost.preflight.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check);
      assert.deepEqual(failed, ['connectivity', 'health']);
    });
  });
}

/** Of each endpoint: version, revision, size, term, and which one leads. */
function numbersOf({ endpoints }: Shown): unknown[] {
  return endpoints.map(({ version, revision, dbSize, raftTerm, isLeader }) => [
    version,
    revision,
    dbSize,
    raftTerm,
    isLeader,
  ]);
}

/** The same, of etcdctl: its JSON has ids as numbers, which JavaScript would round. */
async function stockStatus(cluster: EtcdCluster): Promise<unknown[]> {
  const text = await cluster.etcdctl(['endpoint', 'status', '-w', 'json']);
  const exact = JSON.parse(text.replaceAll(/:(\d{16,})/g, ':"$1"')) as Stock[];
  return exact.map(({ Status: s }) => [
    s.version,
    s.header.revision,
    s.dbSize,
    s.raftTerm,
    s.leader === s.header.member_id,
  ]);
}

describe('of a member of etcd with TLS, the state', () => {
  let cluster: EtcdCluster;
  before(async () => {
    cluster = await startEtcdCluster({ members: 1, flags: ['--quota-backend-bytes=1048576'] });
  });
  after(() => cluster?.[Symbol.asyncDispose]());

  async function refusal(changed: Record<string, string>): Promise<string | undefined> {
    const state = await shown(variables(cluster, changed), '--preflight');
    assert.deepEqual([state.exit, codes(state).slice(0, 2)], [1, ['no-answer', 'endpoint-failed']]);
    const failed = state.preflight.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check);
    assert.deepEqual(failed, ['certificates', 'health']);
    return state.endpoints[0]?.error?.code;
  }

  it('says which certificate is wrong', async () => {
    const other = await makeAuthority(`${cluster.dir}/other`, 'other');
    const foreign = await issue(other, { name: 'foreign' });
    const pair = { ETCDCTL_CERT: foreign.certificate, ETCDCTL_KEY: foreign.key };
    assert.equal(await refusal({ ETCDCTL_CACERT: other.certificate }), 'etcd.server-untrusted');
    assert.equal(await refusal(pair), 'etcd.client-refused');
    assert.equal(await refusal({ ETCDCTL_CERT: '', ETCDCTL_KEY: '' }), 'etcd.client-refused');
    const plain = (cluster.endpoints[0] ?? '').replace('https', 'http');
    assert.equal(await refusal({ ETCDCTL_ENDPOINTS: plain }), 'etcd.endpoint-needs-tls');
    const mixed = await status(variables(cluster, { ETCDCTL_KEY: foreign.key }));
    assert.equal(mixed.code, 2);
    assert.match(mixed.err, /etcd\.credentials-unreadable|does not belong to the certificate/);
  });

  it('tells a cluster that nobody named from a kubeconfig that is broken or absent', async () => {
    const broken = join(cluster.dir, 'broken.yaml');
    await writeFile(broken, 'users: [}');
    const outcome = async (changed: Record<string, string>, ...flags: string[]) => {
      const state = await until(() => shown(variables(cluster, changed), '--preflight', ...flags), [0, []]);
      return state.preflight.find(({ check }) => check === 'api-server')?.outcome;
    };
    assert.equal(await outcome({}), 'unknown');
    assert.equal(await outcome({ KUBECONFIG: broken }), 'failed');
    assert.equal(await outcome({}, '--kubeconfig', join(cluster.dir, 'absent.yaml')), 'failed');
  });

  it('is unhealthy with an alarm, which is named', async () => {
    const value = 'x'.repeat(400_000);
    const refused = async (key: string): Promise<boolean> =>
      (await cluster.etcdctl(['put', key], { stdin: value }).catch(String)).includes(
        'database space exceeded',
      );
    let count = 0;
    while (!(await refused(`key-${count}`))) assert.ok(++count < 20, 'the quota is never used up');
    const state = await shown(variables(cluster));
    assert.deepEqual([state.exit, codes(state)], [1, ['alarm-nospace']]);
    assert.deepEqual(state.alarms, [{ memberId: state.endpoints[0]?.memberId, alarm: 'NOSPACE' }]);
    const { lines } = await status(variables(cluster));
    assert.ok(lines.join(' ').includes('is unhealthy: failed to commit proposal: Active Alarm(s): NOSPACE'));
  });

  it('says that a user is wanted, and takes the one of the variables', async () => {
    for (const command of [
      'user add root:secret',
      'role add root',
      'user grant-role root root',
      'auth enable',
    ])
      await cluster.etcdctl(command.split(' '));
    const env = variables(cluster);
    const good = await shown({ ...env, ETCDCTL_USER: 'root:secret' });
    assert.deepEqual(codes(good), ['alarm-nospace']);
    const bad = await shown({ ...env, ETCDCTL_USER: 'root:wrong' });
    assert.equal(bad.endpoints[0]?.error?.code, 'etcd.login-refused');
    const { out, err } = await status({ ...env, ETCDCTL_USER: 'root:wrong' });
    assert.ok(!`${out}${err}`.includes('wrong'));
  });

  it('says that the certificate of the server has ended', async () => {
    assert.ok(cluster.certificates);
    await expireCertificate(cluster.certificates.authority, 'm0');
    assert.equal(await refusal({}), 'etcd.server-expired');
    const { endpoints, findings } = await shown(variables(cluster));
    assert.ok(Date.parse(endpoints[0]?.certificate?.validTo ?? '') < Date.now());
    assert.equal(
      findings.some(({ code }) => code === 'certificate-ends'),
      true,
    );
  });
});

describe('data of API 2', () => {
  it('is absent until a key is written, and found in the log and in the store', async () => {
    const flags = ['--enable-v2=true', '--snapshot-count=30'];
    await using cluster = await startEtcdCluster({ version: '3.4', members: 1, flags });
    const dataDir = cluster.members[0]?.dataDir ?? '';
    const v2Data = async () => (await shown(variables(cluster), '--data-dir', dataDir)).v2Data;
    assert.equal((await shown(variables(cluster))).v2Data, 'unknown');
    assert.equal(await v2Data(), 'absent');
    await etcdctl2(cluster, 'set', '/x', '1');
    assert.equal(await v2Data(), 'present');
    await using _load = await startWriteLoad(cluster, { restMs: 0 }); // so that etcd writes its store
    const inStore = async () => {
      const { lines } = await status(variables(cluster), '--data-dir', dataDir);
      const line = lines.find(text => text.startsWith('v2 data:')) ?? '';
      assert.match(line, /present/);
      return line.includes('keys in its store') || line;
    };
    await untilReady(inStore, { what: 'a snapshot of raft’s' });
    assert.equal((await shown(variables(cluster), '--data-dir', '/nonexistent')).v2Data, 'unknown');
  });
});

function etcdctl2({ programs, endpoints, client }: EtcdCluster, ...args: string[]): Promise<string> {
  const tls = [
    `--ca-file=${client?.caFile}`,
    `--cert-file=${client?.certFile}`,
    `--key-file=${client?.keyFile}`,
  ];
  return runOk([programs.etcdctl, `--endpoints=${endpoints.join(',')}`, ...tls, ...args], {
    env: { ETCDCTL_API: '2' },
  });
}
