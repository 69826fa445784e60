import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { openBackup } from '#archive/stored/backups.ts';
import type { FaultProxy } from '#testbed/faults/proxy.ts';
import type { Fault } from '#testbed/faults/rules.ts';
import { startObjectStoreFaults } from '#testbed/faults/targets.ts';
import type { TestObjectStore } from '#testbed/object-store/object-store.ts';
import { sharedObjectStore, uniqueBucket } from '#testbed/shared.ts';
import { rounds } from '#testbed/soak.ts';
import {
  KilledRuns,
  keysOf,
  kill,
  opened,
  type Running,
  remainsOf,
  succeed,
  wholeOrNothing,
} from './killed-runs.ts';

/** The dead run's name, and that of the one after it. */
const [dead, next] = ['dead', 'next'];

let runs: KilledRuns;
let store: TestObjectStore;
let faulty: TestObjectStore;
let proxy: FaultProxy;
let bucket = '';
/** What a whole backup holds, and what it takes. */
let expected: string[] = [];
let requests = 0;
let milliseconds = 0;

before(async () => {
  runs = await KilledRuns.start();
  store = await sharedObjectStore();
  ({ proxy, store: faulty } = await startObjectStoreFaults(store));
  bucket = await uniqueBucket(store, { prefix: 'killed' });
  await undisturbed();
});

after(async () => {
  await proxy?.stop();
  await runs?.[Symbol.asyncDispose]();
});

async function undisturbed(): Promise<void> {
  const url = await runs.urlOf(faulty, bucket, 'undisturbed');
  const begun = performance.now();
  await succeed(runs.backup(url, dead));
  milliseconds = performance.now() - begun;
  requests = proxy.seen.length;
  assert.ok(
    proxy.seen.some(({ path }) => path.includes('partNumber=2')),
    'the archive is uploaded in parts',
  );
  await using location = await opened(url);
  await using archive = await openBackup(location, dead);
  expected = await keysOf(archive);
  assert.ok(expected.length >= 9);
  assert.equal(await wholeOrNothing(location, dead, expected), 'whole');
}

/** The location's state after a kill: what it is said to have is whole, and the next run leaves nothing else. */
async function check(url: string): Promise<'whole' | 'nothing'> {
  await using location = await opened(url);
  const found = await wholeOrNothing(location, dead, expected);
  await runs.next(location, next);
  assert.equal(await wholeOrNothing(location, dead, expected), found);
  const remains = await remainsOf(location, dead);
  if (found === 'nothing') assert.deepEqual(remains, []);
  else
    assert.deepEqual(
      remains.filter(key => /hozon-run|unfinished/.test(key)),
      [],
    );
  return found;
}

/** Kills a run while the store has not answered its nth request. */
async function killedAtRequest(nth: number, fault: Fault): Promise<'whole' | 'nothing'> {
  const prefix = `request-${nth}-${randomInt(2 ** 47)}`;
  proxy.setRules([{ name: 'moment', nth, fault }]);
  const running = runs.backup(await runs.urlOf(faulty, bucket, prefix), dead);
  await Promise.race([proxy.untilFired('moment'), running.ended]);
  if (fault.kind === 'stall' && fault.answerBytes === 0) await delay(20); // the server is doing what it was asked
  await kill(running);
  proxy.setRules([]);
  return check(await runs.urlOf(store, bucket, prefix));
}

test('killed while the store has not heard its nth request, or has and could not answer, a backup is none or whole', async () => {
  const outcomes = new Set<string>();
  const kills = rounds(4);
  for (let round = 0; round < kills; round++) {
    const nth = requests - Math.floor((round * requests) / kills);
    const heard = round % 2 === 0;
    outcomes.add(await killedAtRequest(nth, { kind: 'stall', ...(heard ? { answerBytes: 0 } : {}) }));
  }
  assert.ok(outcomes.has('nothing'));
});

test('killed once velero-backup.json is stored it is whole, and before it is none', async () => {
  for (const [heard, wanted, code] of [
    [false, 'nothing', 10],
    [true, 'whole', 0],
  ] as const) {
    const prefix = `velero-backup-${wanted}`;
    const fault: Fault = { kind: 'stall', ...(heard ? { answerBytes: 0 } : {}) };
    proxy.setRules([{ name: 'last', method: 'PUT', path: 'velero-backup.json', fault }]);
    const running = runs.backup(await runs.urlOf(faulty, bucket, prefix), dead);
    await proxy.untilFired('last');
    if (heard) await stored(prefix);
    await kill(running);
    proxy.setRules([]);
    const url = await runs.urlOf(store, bucket, prefix);
    const { ended, output } = runs.hozon(url, 'backup', 'get', dead, '-o', 'name');
    await output;
    assert.deepEqual(await ended, [code, null]);
    assert.equal(await check(url), wanted);
  }
});

/** Until the server has what the proxy sent on. */
async function stored(prefix: string): Promise<void> {
  await using location = await opened(await runs.urlOf(store, bucket, prefix));
  while ((await location.head(`backups/${dead}/velero-backup.json`)) === undefined) await delay(10);
}

test('killed at random moments, a backup is none or whole', async () => {
  for (let round = 0; round < rounds(2); round++) {
    const prefix = `random-${round}`;
    const url = await runs.urlOf(store, bucket, prefix);
    const running = runs.backup(url, dead);
    await Promise.race([delay(Math.random() * milliseconds), running.ended]);
    await kill(running);
    await check(url);
  }
});

test('killed at the nth change of its directory, a backup is none or whole', async () => {
  const root = await mkdtemp(join(runs.home, 'directories-'));
  const undisturbedAt = join(root, 'undisturbed');
  const all = await changesOf(undisturbedAt);
  const kills = rounds(4);
  const outcomes = new Set<string>();
  for (let round = 0; round < kills; round++) {
    const directory = join(root, `${round}`);
    const nth = 1 + Math.floor((round * all) / kills);
    const { running, changed } = await inDirectory(directory, nth);
    await Promise.race([changed, running.ended]);
    await kill(running);
    outcomes.add(await check(pathToFileURL(directory).href));
    assert.deepEqual(await readdir(join(directory, '.hozon-unfinished')).catch(() => []), []);
    await rm(directory, { recursive: true });
  }
  assert.ok(outcomes.has('nothing'));
});

/** How many changes of a directory an undisturbed run is seen to make. */
async function changesOf(directory: string): Promise<number> {
  const { running, seen } = await inDirectory(directory, Number.POSITIVE_INFINITY);
  await succeed(running);
  assert.ok(seen() > 5);
  return seen();
}

async function inDirectory(
  directory: string,
  nth: number,
): Promise<{ running: Running; changed: Promise<void>; seen: () => number }> {
  await mkdir(directory, { mode: 0o700 });
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  const watcher = watch(directory, { recursive: true }, () => {
    count++;
    if (count >= nth) resolve();
  });
  const running = runs.backup(pathToFileURL(directory).href, dead);
  const close = (): void => watcher.close();
  running.ended.then(close, close);
  return { running, changed: promise, seen: () => count };
}

test('a backup that is still at work is left alone by another, and ends well', async () => {
  const prefix = 'alive';
  proxy.setRules([
    { name: 'slow', method: 'PUT', path: /partNumber=2|velero-backup\.json/, fault: { kind: 'stall' } },
  ]);
  const running = runs.backup(await runs.urlOf(faulty, bucket, prefix), dead);
  await proxy.untilFired('slow');
  await using location = await opened(await runs.urlOf(store, bucket, prefix));
  await runs.next(location, next);
  assert.equal(await wholeOrNothing(location, dead, expected), 'nothing');
  proxy.release();
  await succeed(running);
  assert.equal(await wholeOrNothing(location, dead, expected), 'whole');
});
