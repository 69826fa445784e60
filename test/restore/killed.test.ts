import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readRestoreRecord } from '#archive/stored/restore-record.ts';
import { readRestore, readRestoreResults } from '#archive/stored/restores.ts';
import type { Fault } from '#testbed/faults/rules.ts';
import {
  type ApiServerFaults,
  type ObjectStoreFaults,
  startApiServerFaults,
  startObjectStoreFaults,
} from '#testbed/faults/targets.ts';
import type { TestObjectStore } from '#testbed/object-store/object-store.ts';
import { sharedObjectStore, uniqueBucket, uniqueName } from '#testbed/shared.ts';
import { rounds } from '#testbed/soak.ts';
import { KilledRuns, kill, opened, type Running, succeed } from '../backup/killed-runs.ts';
import { KilledEstate } from './killed-estate.ts';

let runs: KilledRuns;
let estate: KilledEstate;
let api: ApiServerFaults;
let objects: ObjectStoreFaults;
let store: TestObjectStore;
let bucket = '';
/** What an undisturbed restore leaves, what it asks of the API server and of the store, and what it takes. */
let expected: Record<string, string> = {};
let requests = 0;
let puts = 0;
let milliseconds = 0;

before(async () => {
  runs = await KilledRuns.start({ large: false, ownCluster: true });
  estate = new KilledEstate(runs.client, runs.small);
  api = await startApiServerFaults(runs.cluster);
  store = await sharedObjectStore();
  objects = await startObjectStoreFaults(store);
  bucket = await uniqueBucket(store, { prefix: 'killed' });
  await estate.create();
  await succeed(runs.hozon(await url(), 'backup', 'create', 'estate', '--include-namespaces', runs.small));
  await estate.remove(runs.small, { keepNamespace: true });
  await undisturbed();
});

after(async () => {
  await api?.proxy.stop();
  await objects?.proxy.stop();
  await runs?.[Symbol.asyncDispose]();
});

const url = (through: TestObjectStore = store): Promise<string> => runs.urlOf(through, bucket, 'estate');

async function undisturbed(): Promise<void> {
  const into = uniqueName('killed');
  const begun = performance.now();
  await succeed(await restoring('undisturbed', into));
  milliseconds = performance.now() - begun;
  requests = api.proxy.seen.length;
  puts = objects.proxy.seen.filter(({ method }) => method === 'PUT').length;
  assert.ok(requests >= 30, `${requests} requests`);
  await estate.settled(into);
  expected = await estate.state(into);
  for (const [resource, label] of [
    [`namespaces ${into}`, 'shop'],
    ['serviceaccounts default', 'registry'],
    ['persistentvolumeclaims data', 'Bound'],
  ] as const) {
    assert.match(expected[resource] ?? 'not there', new RegExp(label), resource);
  }
  expected = renamed(expected, into);
  await estate.remove(into);
}

/** The keys of a state name the namespace, too. */
function renamed(state: Record<string, string>, namespace: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(state).map(([key, value]) => [key.replace(namespace, 'NAMESPACE'), value]),
  );
}

/** The process that restores into a new namespace, through both proxies. */
async function restoring(name: string, into: string): Promise<Running> {
  const mapping = ['--namespace-mappings', `${runs.small}:${into}`];
  const words = ['restore', 'create', name, '--from-backup', 'estate', ...mapping];
  return runs.hozonBy(api.kubeconfig, await url(objects.store), ...words);
}

interface Attempt {
  readonly into: string;
  readonly name: string;
  readonly running: Running;
}

async function attempt(): Promise<Attempt> {
  const [into, name] = [uniqueName('killed'), uniqueName('dead')];
  return { into, name, running: await restoring(name, into) };
}

/**
 * After a restore ended early: it is shown as failed, or as what it came to; another one of the same backup, which
 * nobody disturbs, has nothing to say and leaves what an undisturbed one leaves; the record says Failed from then on.
 */
async function check({ into, name }: Attempt): Promise<string> {
  const shown = await phaseOf(name);
  assert.ok(['none', 'Failed', 'Completed'].includes(shown), shown);
  const again = uniqueName('again');
  await succeed(await restoring(again, into));
  await using location = await opened(await url());
  const { status } = await readRestore(location, again);
  assert.equal(status?.phase, 'Completed');
  if ((status?.warnings ?? 0) > 0) assert.fail(JSON.stringify(await readRestoreResults(location, again)));
  assert.equal(await storedPhase(name), shown);
  const state = await settled(into);
  assert.deepEqual(Object.keys(state).sort(), Object.keys(expected).sort());
  for (const [key, value] of Object.entries(expected)) assert.equal(state[key], value, key);
  await estate.remove(into);
  return shown;
}

/** The state once it is what is expected, or when it has had time enough: controllers may still be at work. */
async function settled(into: string): Promise<Record<string, string>> {
  for (let tries = 1; ; tries++) {
    const state = renamed(await estate.state(into), into);
    const equal = Object.entries(expected).every(([key, value]) => state[key] === value);
    if (tries >= 720 || (equal && Object.keys(state).length === Object.keys(expected).length)) return state;
    await delay(250);
  }
}

/** As `hozon restore get` shows it. */
async function phaseOf(name: string): Promise<string> {
  const running = runs.hozon(await url(), 'restore', 'get', name, '-o', 'json');
  const [stdout, stderr] = await running.output;
  const [code] = await running.ended;
  if (code === 10) return 'none';
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as { status: { phase: string } }).status.phase;
}

/** As it is stored, whoever looks. */
async function storedPhase(name: string): Promise<string> {
  await using location = await opened(await url());
  return (await readRestoreRecord(location, name))?.status?.phase ?? 'none';
}

function undisturb(): void {
  api.proxy.setRules([]);
  objects.proxy.setRules([]);
}

test('killed at any request to the API server, a restore run again leaves what an undisturbed one leaves', async () => {
  const kills = rounds(3);
  const shown = new Set<string>();
  for (let round = 0; round < kills; round++) {
    const nth = requests - Math.floor((round * requests) / kills);
    const fault: Fault = { kind: 'stall', ...(round % 2 === 0 ? { answerBytes: 0 } : {}) };
    api.proxy.setRules([{ name: 'moment', nth, fault }]);
    const dead = await attempt();
    await Promise.race([api.proxy.untilFired('moment'), dead.running.ended]);
    if (round % 2 === 0) await delay(20); // the server is doing what it was asked
    await kill(dead.running);
    undisturb();
    shown.add(await check(dead));
  }
  assert.ok(shown.has('Failed'));
});

test('killed at random moments, likewise', async () => {
  for (let round = 0; round < rounds(1); round++) {
    const dead = await attempt();
    await Promise.race([delay(Math.random() * milliseconds), dead.running.ended]);
    await kill(dead.running);
    await check(dead);
  }
});

test('cut off from the store while it works, likewise', async () => {
  const kills = rounds(1);
  for (let round = 0; round < kills; round++) {
    const nth = puts - Math.floor((round * puts) / kills);
    const times = Number.POSITIVE_INFINITY;
    objects.proxy.setRules([
      { name: 'away', method: 'PUT', path: 'restores/', nth, times, fault: { kind: 'status', status: 503 } },
    ]);
    const cut = await attempt();
    await cut.running.output;
    const [code] = await cut.running.ended;
    assert.notEqual(code, 0);
    undisturb();
    await check(cut);
  }
});

test('cut off from the API server while it works, likewise, and its record says why', async () => {
  const times = Number.POSITIVE_INFINITY;
  const nth = Math.floor(requests / 2);
  api.proxy.setRules([{ name: 'away', nth, times, fault: { kind: 'cut', at: 'request' } }]);
  const cut = await attempt();
  await cut.running.output;
  const [code] = await cut.running.ended;
  assert.notEqual(code, 0);
  undisturb();
  await using location = await opened(await url());
  const { status } = await readRestore(location, cut.name);
  assert.equal(status?.phase, 'Failed');
  assert.ok(status.failureReason);
  await check(cut);
});
