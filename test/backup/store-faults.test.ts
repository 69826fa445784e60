import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { listBackups } from '#archive/stored/backups.ts';
import { HozonError } from '#foundation/errors.ts';
import { openLocation } from '#storage/locations.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { type Call, type Fault, faulty } from '#storage/testing/faulty.ts';
import type { FaultRule } from '#testbed/faults/rules.ts';
import { startObjectStoreFaults } from '#testbed/faults/targets.ts';
import { sharedObjectStore, uniqueBucket } from '#testbed/shared.ts';
import { settingsOf } from '../storage/s3-subject.ts';
import {
  backupSetting,
  configMap,
  contentsOf,
  directoryStore,
  keysOf,
  runBackup,
  secret,
} from './setting.ts';

let place = '';
const setting = backupSetting('light', async setting => {
  place = await setting.place('store-faults');
  for (const name of ['a', 'b', 'c']) await setting.create('configmaps', configMap(place, name));
  await setting.create('secrets', secret(place, 'credentials'));
});

function spec() {
  return { includedNamespaces: [place], includedResources: ['configmaps', 'secrets', 'namespaces'] };
}

const items = 6;

async function backupsIn(store: ObjectStore): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of listBackups(store)) names.push(name);
  return names;
}

/** How a backup through a faulty store ended: whole and readable, or refused with nothing that looks like a backup. */
async function outcomeOf(store: ObjectStore, sound: ObjectStore): Promise<'stored' | 'refused'> {
  try {
    const { name } = await runBackup(spec(), { api: setting().client, store });
    assert.deepEqual(await backupsIn(sound), [name]);
    assert.equal((await contentsOf(sound, name)).size, items);
    return 'stored';
  } catch (thrown) {
    assert.ok(thrown instanceof HozonError, String(thrown));
    assert.deepEqual(await backupsIn(sound), []);
    return 'refused';
  }
}

suite('a store that fails', () => {
  /** Runs a backup with one fault at the nth call of the store, for every n that there is. */
  async function atEveryCall(fault: Fault, fits: (call: Call) => boolean = () => true): Promise<string[]> {
    const outcomes: string[] = [];
    for (let nth = 1; ; nth++) {
      await using location = await directoryStore();
      let met: Call | undefined;
      let count = 0;
      const store = faulty(location.store, call => {
        if (!fits(call) || ++count !== nth) return undefined;
        met = call;
        return fault;
      });
      const outcome = await outcomeOf(store, location.store);
      if (met === undefined) return outcomes;
      outcomes.push(`${met.operation} ${outcome}`);
      // What was left, if anything was, is swept by the next backup, which is not held up by it.
      assert.equal(await afterwards(location.store), 'whole', `${met.operation} ${met.key}`);
    }
  }

  async function afterwards(store: ObjectStore): Promise<string> {
    const before = await backupsIn(store);
    const { name } = await runBackup(spec(), { api: setting().client, store });
    const folders = new Set((await keysOf(store)).map(key => key.split('/')[1] ?? ''));
    const known = new Set([...before, name]);
    return [...folders].every(folder => known.has(folder)) ? 'whole' : `left ${[...folders].join()}`;
  }

  test('at any one call before it does anything, costs at most the backup', async () => {
    const outcomes = await atEveryCall({ kind: 'before' });
    assert.ok(outcomes.length >= 15, outcomes.join());
    assert.ok(outcomes.includes('put refused'));
  });

  test('at any one call after it has done it, costs at most the backup', async () => {
    const outcomes = await atEveryCall({ kind: 'after' });
    assert.ok(outcomes.includes('put refused'));
    assert.ok(outcomes.includes('putIfAbsent refused'));
  });

  test('in the middle of any write, costs at most the backup', async () => {
    const isPut = ({ operation }: Call): boolean => operation === 'put';
    const outcomes = await atEveryCall({ kind: 'cut-body', after: 20 }, isPut);
    assert.ok(outcomes.length >= 8, outcomes.join());
    assert.deepEqual([...new Set(outcomes)], ['put refused']);
  });

  test('for good once it has begun, leaves what the next backup removes', async () => {
    await using location = await directoryStore();
    let broken = false;
    const store = faulty(location.store, ({ operation, key }) => {
      broken ||= operation === 'put' && key.endsWith('.tar.gz');
      return broken ? { kind: 'before' } : undefined;
    });
    await assert.rejects(runBackup(spec(), { api: setting().client, store }), thrown => {
      assert.ok(thrown instanceof HozonError);
      assert.equal(thrown.code, 'backup.not-removed');
      assert.match(thrown.message, /failed \(.*injected fault.*could not be removed.*injected fault/);
      return true;
    });
    assert.deepEqual(await backupsIn(location.store), []);
    assert.equal(await afterwards(location.store), 'whole');
  });

  test('by never answering, ends with the abort, and nothing is left', async () => {
    await using location = await directoryStore();
    const abort = new AbortController();
    const reason = new Error('waited long enough');
    const store = faulty(location.store, ({ operation, key }) => {
      if (operation !== 'put' || !key.endsWith('.tar.gz')) return undefined;
      setImmediate(() => abort.abort(reason));
      return { kind: 'stall' };
    });
    const run = runBackup(spec(), { api: setting().client, store, signal: abort.signal });
    await assert.rejects(run, thrown => thrown === reason);
    assert.deepEqual(await location.keys(), []);
  });
});

suite('an S3 server that fails', () => {
  async function through(rules: readonly FaultRule[], retry: { attempts: number } = { attempts: 6 }) {
    const server = await sharedObjectStore();
    const bucket = await uniqueBucket(server);
    const { proxy, store: front } = await startObjectStoreFaults(server, { rules, seed: 3 });
    await using _proxy = proxy;
    const open = (target: typeof server) =>
      openLocation(
        { location: { kind: 's3', s3: settingsOf(target, bucket) } },
        { retry: { backoff: { ...retry, firstDelay: 1, maxDelay: 20 } } },
      );
    const [broken, sound] = [await open(front), await open(server)];
    try {
      const outcome = await outcomeOf(broken, sound);
      return { outcome, fired: proxy.fired, keys: await keysOf(sound) };
    } finally {
      await broken.close();
      await sound.close();
    }
  }

  const passing: readonly (readonly [string, FaultRule])[] = [
    ['503 now and then', { name: 'fault', chance: 0.15, fault: { kind: 'status', status: 503 } }],
    ['cut uploads', { name: 'fault', method: 'PUT', times: 2, fault: { kind: 'cut', requestBytes: 100 } }],
    [
      'lost answers',
      { name: 'fault', method: 'PUT', nth: 3, times: 2, fault: { kind: 'cut', at: 'answer' } },
    ],
    ['a cut listing', { name: 'fault', path: 'list-type=2', fault: { kind: 'cut', answerBytes: 50 } }],
  ];
  for (const [title, rule] of passing) {
    test(`with ${title}, has the backup whole or nothing that looks like one`, async () => {
      const { outcome, fired } = await through([rule]);
      assert.ok(fired > 0, 'the fault was met');
      assert.equal(outcome, 'stored');
    });
  }

  test('for the archive only, has nothing that looks like a backup, and nothing else', async () => {
    const fault = { kind: 'status', status: 500 } as const;
    const rule = { name: 'fault', method: 'PUT', path: '.tar.gz', times: 1000, fault };
    const { outcome, keys } = await through([rule], { attempts: 2 });
    assert.equal(outcome, 'refused');
    assert.deepEqual(keys, []);
  });

  test('for velero-backup.json only, has no backup, and nothing else', async () => {
    const fault = { kind: 'status', status: 500 } as const;
    const rule = { name: 'fault', method: 'PUT', path: 'velero-backup.json', times: 1000, fault };
    const { outcome, keys } = await through([rule], { attempts: 2 });
    assert.equal(outcome, 'refused');
    assert.deepEqual(keys, []);
  });
});
