import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/objects.ts';
import type { JournalRecord } from '#steps/journal.ts';
import { type Holder, thisHolder } from '../journal/holder.ts';
import { judgeRun } from './judge-run.ts';

const now = new Date('2026-11-21T20:00:00Z');
const key = { namespace: 'prod', name: 'west' };
const record: JournalRecord = {
  procedure: 'hosted-cluster-snapshot',
  input: {},
  direction: 'forward',
  steps: { pause: { state: 'proven' } },
};

interface Kept {
  readonly holder?: Holder | undefined;
  readonly renewed?: string;
  readonly journal?: string;
}

function lock({ holder, renewed = now.toISOString(), journal = '' }: Kept): KubeObject {
  const data = { holder: holder === undefined ? '' : JSON.stringify(holder), renewed, journal };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...key }, data };
}

const journal = JSON.stringify(record);
const here = await thisHolder(now);
const elsewhere = { ...here, host: 'bastion', machine: 'other' };
const dead = { ...here, pid: 2 ** 22 + 1, started: '1' };

async function judged(kept: Kept): Promise<string[]> {
  const found = await judgeRun(lock(kept), key, now);
  return found.map(({ severity, code }) => `${severity} ${code}`);
}

test('a run that lives is at work: nobody is told to finish it', async () => {
  for (const holder of [here, elsewhere]) {
    assert.deepEqual(await judged({ holder, journal }), ['unknown run-at-work']);
    assert.deepEqual(await judged({ holder }), ['unknown run-at-work']);
  }
});

test('a run that died, or has been silent for long, is unfinished, and the commands name the cluster whole', async () => {
  const renewed = '2026-11-21T19:58:00Z';
  for (const kept of [{ holder: undefined }, { holder: dead }, { holder: elsewhere, renewed }])
    assert.deepEqual(await judged({ ...kept, journal }), ['unsound run-unfinished']);
  const [found] = await judgeRun(lock({ journal }), key, now);
  assert.match(found?.text.en() ?? '', /snapshot prod\/west TARGET --key-repo REPO`.*undo prod\/west`/s);
});

test('a lock that keeps no run says nothing, and one that cannot be read says so', async () => {
  for (const holder of [undefined, dead]) assert.deepEqual(await judged({ holder }), []);
  assert.deepEqual(await judged({ journal: '{' }), ['unknown run-unreadable']);
});
