import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { raise } from '#kube/errors.ts';
import type { KubeObject } from '#kube/objects.ts';
import type { JournalRecord } from '#steps/journal.ts';
import { type ConfigMapJournalOptions, configMapJournal } from './config-map-journal.ts';
import { thisHolder } from './holder.ts';
import { lockObject } from './lock-object.ts';

const cluster = {
  key: { namespace: 'clusters', name: 'west' },
  uid: 'first',
  object: { apiVersion: 'hypershift.openshift.io/v1beta1', kind: 'HostedCluster' },
};
const record: JournalRecord = { procedure: 'p', input: 1, direction: 'forward', steps: {} };
const answer = { what: 'configmap', message: 'no' };

/** One ConfigMap, with the API server's rules for writing it. */
class OneConfigMap {
  object: KubeObject | undefined;
  /** Thrown by the next write, behind it. */
  lostAnswer: Error | undefined;
  #version = 0;

  put(object: KubeObject): KubeObject {
    const resourceVersion = String(++this.#version);
    const uid = this.object?.metadata.uid ?? `uid-${resourceVersion}`;
    this.object = { ...object, metadata: { ...object.metadata, resourceVersion, uid } };
    const lost = this.lostAnswer;
    this.lostAnswer = undefined;
    if (lost !== undefined) throw lost;
    return this.object;
  }

  readonly api: ConfigMapJournalOptions['api'] = {
    get: async () => this.object,
    create: async (_, object) => {
      if (this.object !== undefined) throw raise['already-exists'](answer);
      return this.put(object);
    },
    replace: async (_, object) => {
      if (this.object?.metadata.resourceVersion !== object.metadata.resourceVersion)
        throw raise.conflict(answer);
      return this.put(object);
    },
    delete: async (_type, _key, { uid, resourceVersion } = {}) => {
      const was = this.object;
      if (was !== undefined && (was.metadata.uid !== uid || was.metadata.resourceVersion !== resourceVersion))
        throw raise.conflict(answer);
      this.object = undefined;
      return was !== undefined;
    },
  };

  journal(options: Partial<ConfigMapJournalOptions> = {}) {
    const quick = { renewMs: 20, silenceMs: 200 };
    return configMapJournal({ api: this.api, cluster, clock: systemClock, ...quick, ...options });
  }
}

test('what is saved is found by the next, and nothing is left where nothing is kept', async () => {
  const map = new OneConfigMap();
  {
    await using held = await map.journal().claim();
    assert.equal(held.found, undefined);
    await held.save(record);
    assert.deepEqual(await map.journal().load(), record);
  }
  {
    await using held = await map.journal().claim();
    assert.deepEqual(held.found, record);
    await held.clear();
  }
  assert.equal(map.object, undefined);
});

test('while this process holds it, another claim is refused and says who has it', async () => {
  const map = new OneConfigMap();
  await using _ = await map.journal().claim();
  await assert.rejects(
    map.journal().claim(),
    thrown => isHozonError(thrown, 'steps.locked') && thrown.message.includes(`process ${process.pid}`),
  );
});

async function heldElsewhere(map: OneConfigMap): Promise<void> {
  const holder = { ...(await thisHolder(new Date())), host: 'bastion', machine: 'another', runId: 'theirs' };
  map.put(lockObject(cluster, { holder, renewed: 'a', record }, undefined));
}

test('a holder on another machine that gives no sign is dead, and what it left is taken over', async () => {
  const map = new OneConfigMap();
  await heldElsewhere(map);
  const waited: string[] = [];
  await using held = await map.journal({ onWaiting: who => waited.push(who) }).claim();
  assert.deepEqual(held.found, record);
  assert.match(waited.join(), /bastion/);
});

test('a holder on another machine that renews its lock lives', async () => {
  const map = new OneConfigMap();
  await heldElsewhere(map);
  const claim = map.journal({ silenceMs: 60_000 }).claim();
  const holder = { ...(await thisHolder(new Date())), host: 'bastion', machine: 'another', runId: 'theirs' };
  map.put(lockObject(cluster, { holder, renewed: 'b', record }, undefined));
  await assert.rejects(claim, { code: 'steps.locked' });
});

test('of those who wait for a dead holder, the slower one is told who was faster; a lock that is given back is taken', async () => {
  const map = new OneConfigMap();
  await heldElsewhere(map);
  const slower = map.journal({ silenceMs: 60_000 }).claim();
  const holder = { ...(await thisHolder(new Date())), host: 'faster', machine: 'third', runId: 'third' };
  map.put(lockObject(cluster, { holder, renewed: 'b', record }, undefined));
  await assert.rejects(
    slower,
    thrown => isHozonError(thrown, 'steps.locked') && /faster \(process/.test(thrown.message),
  );
  const next = map.journal({ silenceMs: 60_000 }).claim();
  map.put(lockObject(cluster, { holder: undefined, renewed: 'c', record }, undefined));
  await using held = await next;
  assert.deepEqual(held.found, record);
});

test('a write whose answer was lost counts, and one that somebody else came before loses the lock', async () => {
  const map = new OneConfigMap();
  await using held = await map.journal({ renewMs: 60_000 }).claim();
  map.lostAnswer = raise['outcome-unknown']({ what: 'PUT', reason: 'cut' });
  await held.save(record);
  assert.deepEqual(await map.journal().load(), record);
  await heldElsewhere(map);
  await assert.rejects(held.save(record), { code: 'steps.lock-lost' });
  assert.equal(held.lost.aborted, true);
});

test('whoever has lost it learns so without writing', async () => {
  const map = new OneConfigMap();
  await using held = await map.journal().claim();
  const { promise, resolve } = Promise.withResolvers<void>();
  held.lost.addEventListener('abort', () => resolve());
  await heldElsewhere(map);
  await promise;
});

test('a journal that cannot be understood is left alone', async () => {
  for (const journal of ['{', '{"procedure":1}', '{"procedure":"p","direction":"up","steps":{}}']) {
    const map = new OneConfigMap();
    map.put({
      ...lockObject(cluster, { holder: undefined, renewed: '', record }, undefined),
      data: { journal },
    });
    await assert.rejects(map.journal().claim(), { code: 'hosted-cluster.journal-unreadable' });
  }
});

test('a journal of an earlier cluster of the same name counts as none, and is told', async () => {
  const map = new OneConfigMap();
  {
    await using held = await map.journal().claim();
    await held.save(record);
  }
  assert.deepEqual(map.object?.metadata.ownerReferences, [
    { apiVersion: 'hypershift.openshift.io/v1beta1', kind: 'HostedCluster', name: 'west', uid: 'first' },
  ]);
  const told: string[] = [];
  const later = { cluster: { ...cluster, uid: 'second' }, onForeign: (uid: string) => told.push(uid) };
  assert.equal(await map.journal(later).load(), undefined);
  await using held = await map.journal(later).claim();
  assert.equal(held.found, undefined);
  assert.deepEqual(told, ['first', 'first']);
  assert.equal(map.object?.metadata.ownerReferences?.[0]?.uid, 'second');
});

test('a lock that somebody deleted is made again with what it held, and is lost only to another holder', async () => {
  const map = new OneConfigMap();
  await using held = await map.journal({ renewMs: 60_000 }).claim();
  await held.save(record);
  map.object = undefined;
  await held.save({ ...record, input: 2 });
  assert.deepEqual(await map.journal().load(), { ...record, input: 2 });
  assert.equal(held.lost.aborted, false);
  map.object = undefined;
  await heldElsewhere(map);
  await assert.rejects(held.save(record), { code: 'steps.lock-lost' });
});

test('giving it back removes nothing that another one has taken', async () => {
  const map = new OneConfigMap();
  {
    await using held = await map.journal({ renewMs: 60_000 }).claim();
    await held.clear();
    await heldElsewhere(map);
  }
  assert.deepEqual(await map.journal().load(), record);
});

test('a process that time has passed by learns that its lock is another’s before it changes anything', async () => {
  const map = new OneConfigMap();
  let passed = 0;
  const clock = { ...systemClock, now: () => new Date(Date.now() + passed) };
  await using held = await map.journal({ renewMs: 60_000, clock }).claim();
  const version = map.object?.metadata.resourceVersion;
  await held.confirm();
  assert.equal(map.object?.metadata.resourceVersion, version);
  passed = 600_000;
  await held.confirm();
  assert.notEqual(map.object?.metadata.resourceVersion, version);
  await heldElsewhere(map);
  passed = 1_200_000;
  await assert.rejects(held.confirm(), { code: 'steps.lock-lost' });
});
