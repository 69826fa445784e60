import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Ran, runHere } from '#cli/testing.ts';
import { BoltFile } from '#etcd/bolt/bolt-file.ts';
import { keysAt } from '#etcd/snapshot/key-values.ts';
import { Records } from '#etcd/snapshot/records.ts';
import { systemClock } from '#foundation/clock.ts';
import { untilReady } from '#testbed/cluster/readiness.ts';
import { type EtcdCluster, startEtcdCluster } from '#testbed/etcd/cluster.ts';
import type { EtcdMember } from '#testbed/etcd/member.ts';
import type { EtcdVersion } from '#testbed/etcd/programs.ts';

const right = 'the value that was written';
const wrong = 'the value of nobody at all';

interface Shown {
  readonly verdict: string;
  readonly findings: readonly { readonly code: string; readonly severity: string; readonly text: string }[];
  readonly quorum: { readonly reached: boolean };
  readonly alarms: readonly { readonly alarm: string }[];
  readonly dataComparison: { readonly groups: readonly (readonly string[])[] };
  readonly source: string;
}

/** Etcd's own check is made by whoever leads, and takes the leader's data for right. */
interface Scene {
  readonly version: EtcdVersion;
  readonly altered: 'a follower' | 'the leader';
}

const scenes: readonly Scene[] = [
  { version: '3.4', altered: 'a follower' },
  { version: '3.5', altered: 'a follower' },
  { version: '3.6', altered: 'a follower' },
  { version: '3.6', altered: 'the leader' },
];

for (const { version, altered } of scenes) {
  describe(`where the data of ${altered} of etcd ${version} was altered, and etcd has found that out,`, () => {
    let root: string;
    let cluster: EtcdCluster;
    let victim: EtcdMember;
    before(async () => {
      root = await mkdtemp(join(tmpdir(), 'hozon-corrupt-'));
      const isLeader = altered === 'the leader';
      cluster = await startEtcdCluster({ version, tls: false, flags: isLeader ? [] : [checking] });
      await cluster.etcdctl(['put', 'a', right]);
      victim = await follower(cluster);
      await victim.stop();
      await alter(victim);
      await victim.start({ flags: [checking] });
      await untilServing(victim, cluster);
      const raised = async () => {
        if (isLeader) await lead(victim, cluster);
        const list = await cluster.etcdctl(['alarm', 'list']);
        return list.includes('CORRUPT') || list;
      };
      await untilReady(raised, { what: 'the alarm CORRUPT' });
    });
    after(async () => {
      await cluster?.[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    });

    function hozon(words: readonly string[], members: readonly EtcdMember[] = cluster.members): Promise<Ran> {
      const env = {
        HOME: root,
        ETCDCTL_ENDPOINTS: members.map(({ endpoint }) => endpoint).join(','),
        ETCDCTL_COMMAND_TIMEOUT: '60s',
        KUBECONFIG: '/nonexistent/kubeconfig',
      };
      return runHere(['etcd', ...words], { env, clock: systemClock });
    }

    async function state(exit: number): Promise<Shown> {
      const { code, out, err } = await hozon(['status', '-o', 'json']);
      assert.equal(code, exit, `${out}${err}`);
      return JSON.parse(out) as Shown;
    }

    it('the status names the member that is wrong, and says what to do', async () => {
      const id = await idOf(victim, cluster);
      const shown = await state(1);
      assert.equal(shown.verdict, 'unhealthy');
      assert.equal(shown.quorum.reached, true);
      assert.deepEqual([...new Set(shown.alarms.map(({ alarm }) => alarm))], ['CORRUPT']);
      const codes = shown.findings.map(({ code }) => code);
      assert.deepEqual([...new Set(codes)].sort(), ['alarm-corrupt', 'data-differs']);
      assert.deepEqual(shown.dataComparison.groups.slice(1), [[id]]);
      const differing = shown.findings.filter(({ code }) => code === 'data-differs');
      assert.equal(differing.length, 1);
      const text = differing[0]?.text ?? '';
      assert.ok(text.includes(`etcdctl member remove ${id}`), text);
      assert.ok(text.includes(`etcdctl member add ${victim.name} --peer-urls=${victim.peerUrl}`), text);
      const { out } = await hozon(['status']);
      assert.match(out, /Alarms: +CORRUPT/);
    });

    it('a snapshot is taken of a member that is right', async () => {
      const file = join(root, 'good.db');
      const { code, out, err } = await hozon(['snapshot', 'save', file, '-o', 'json']);
      assert.equal(code, 0, err);
      assert.notEqual((JSON.parse(out) as Shown).source, victim.endpoint);
      assert.equal(await valueIn(file), right);
      assert.match(err, new RegExp(`${victim.name}.*is the one that is wrong`));
    });

    it('a snapshot of one member alone is taken, and is no success', async () => {
      const file = join(root, 'bad.db');
      const { code, out, err } = await hozon(['snapshot', 'save', file, '-o', 'json'], [victim]);
      assert.equal(code, 3, err);
      const { findings } = JSON.parse(out) as Shown;
      assert.ok(findings.some(({ severity, text }) => severity === 'unproven' && /CORRUPT/.test(text)));
      assert.equal(await valueIn(file), wrong);
    });

    it('what the status says to do makes the cluster healthy again', async () => {
      const endpoints = cluster.members.filter(member => member !== victim).map(({ endpoint }) => endpoint);
      const id = await idOf(victim, cluster);
      await victim.stop();
      await rename(victim.dataDir, `${victim.dataDir}-wrong`);
      // Etcd refuses both until the others have been connected for some seconds.
      const member = (...words: string[]) =>
        untilReady(
          async () =>
            (await cluster.etcdctl(['member', ...words], { endpoints })).includes('Member') || 'no answer',
          {
            what: words.join(' '),
          },
        );
      await member('remove', id);
      await member('add', victim.name, `--peer-urls=${victim.peerUrl}`);
      await victim.start({ state: 'existing', flags: [] });
      await untilServing(victim, cluster);
      await cluster.etcdctl(['alarm', 'disarm'], { endpoints });
      await cluster.untilHealthy();
      const healed = async () => {
        const { code, out } = await hozon(['status', '-o', 'json']);
        return code === 0 || out;
      };
      await untilReady(healed, { what: 'a healthy cluster' });
      assert.equal(
        await cluster.etcdctl(['get', 'a', '--print-value-only', '--consistency=s'], {
          endpoints: [victim.endpoint],
        }),
        `${right}\n`,
      );
    });
  });
}

/** Etcd 3.6 still knows the name of 3.4 and 3.5. */
const checking = '--experimental-corrupt-check-time=1s';

/** While the alarm is raised its `/health` fails, but reads are served. */
async function untilServing({ name, endpoint }: EtcdMember, cluster: EtcdCluster): Promise<void> {
  const served = async () => {
    const keys = await cluster.etcdctl(['get', 'a', '--keys-only'], { endpoints: [endpoint] });
    return keys.startsWith('a') || keys;
  };
  await untilReady(served, { what: name });
}

/** Bbolt has no checksums of pages: nobody sees this but who compares. */
async function alter({ dataDir }: EtcdMember): Promise<void> {
  const file = join(dataDir, 'member/snap/db');
  const bytes = await readFile(file);
  let count = 0;
  for (let at = bytes.indexOf(right); at >= 0; at = bytes.indexOf(right, at)) {
    bytes.write(wrong, at);
    count++;
  }
  assert.ok(count > 0);
  await writeFile(file, bytes);
}

interface StockStatus {
  readonly Endpoint: string;
  readonly Status: { readonly leader: string; readonly header: { readonly member_id: string } };
}

/** Of each endpoint; ids as text, because JavaScript would round them. */
async function statuses(cluster: EtcdCluster): Promise<readonly StockStatus[]> {
  const text = await cluster.etcdctl(['endpoint', 'status', '-w', 'json']);
  return JSON.parse(text.replaceAll(/":(\d{10,})/g, '":"$1"')) as StockStatus[];
}

async function follower(cluster: EtcdCluster): Promise<EtcdMember> {
  const of = (await statuses(cluster)).find(({ Status }) => Status.leader !== Status.header.member_id);
  const found = cluster.members.find(({ endpoint }) => endpoint === of?.Endpoint);
  assert.ok(found);
  return found;
}

async function idOf({ endpoint }: EtcdMember, cluster: EtcdCluster): Promise<string> {
  const own = (await statuses(cluster)).find(({ Endpoint }) => Endpoint === endpoint);
  return BigInt(own?.Status.header.member_id ?? '').toString(16);
}

async function lead(member: EtcdMember, cluster: EtcdCluster): Promise<void> {
  const id = await idOf(member, cluster);
  const leads = async () => {
    const [first] = await statuses(cluster);
    const leader = BigInt(first?.Status.leader ?? '0').toString(16);
    if (leader === id) return true;
    const leading = (await statuses(cluster)).find(({ Status }) => Status.leader === Status.header.member_id);
    await cluster.etcdctl(['move-leader', id], { endpoints: [leading?.Endpoint ?? ''] });
    return leader;
  };
  await untilReady(leads, { what: `${member.name} as the leader` });
}

async function valueIn(file: string): Promise<string | undefined> {
  using bolt = BoltFile.open(file);
  return (await keysAt(new Records(bolt))).get(Buffer.from('a'))?.value.toString();
}
