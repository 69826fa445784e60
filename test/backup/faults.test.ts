import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { listBackups } from '#archive/stored/backups.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import { connect, type KubeClient } from '#kube/client/client.ts';
import type { TransportOptions } from '#kube/client/transport.ts';
import { startCluster } from '#testbed/cluster/cluster.ts';
import { expired, type FaultRule, tooManyRequests } from '#testbed/faults/rules.ts';
import { startApiServerFaults } from '#testbed/faults/targets.ts';
import { clientOf, uniqueName } from '#testbed/shared.ts';
import {
  backupSetting,
  configMap,
  contentsOf,
  directoryStore,
  findingsOf,
  runBackup,
  secret,
} from './setting.ts';

/** A namespace with objects for several pages, and what a backup of it holds. */
let place = '';
let whole: readonly string[] = [];
const setting = backupSetting('light', async setting => {
  place = await setting.place('faults');
  const made = Array.from({ length: many }, (_, index) => configMap(place, `c${index}`));
  await Promise.all(made.map(object => setting.create('configmaps', object)));
  await setting.create('secrets', secret(place, 'credentials'));
});

const pageSize = 40;
const many = 150;

/** The same cluster, in small pages. */
function inSmallPages(client: KubeClient): KubeApi {
  const list: KubeApi['list'] = (type, options) => client.list(type, { ...options, pageSize });
  return new Proxy(client, {
    get: (target, property) => {
      if (property === 'list') return list;
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Runs a backup of the namespace through a proxy with these faults, and reads it back. */
async function throughFaults(rules: readonly FaultRule[], options: TransportOptions = {}) {
  const { proxy, kubeconfig } = await startApiServerFaults(setting().cluster, { rules, seed: 7 });
  await using _proxy = proxy;
  const backoff = { attempts: 6, firstDelay: 1, maxDelay: 20 };
  await using client = await connect({ kubeconfig, backoff, ...options });
  await using location = await directoryStore();
  const outcome = await runBackup(
    { includedNamespaces: [place] },
    { api: inSmallPages(client), store: location.store },
  );
  const contents = await contentsOf(location.store, outcome.name);
  return {
    ...outcome,
    names: [...contents.keys()].sort(),
    errors: findingsOf(outcome, 'error'),
    fired: (name: string) => proxy.count(name).fired,
  };
}

suite('between a backup and its API server', () => {
  before(async () => {
    ({ names: whole } = await throughFaults([]));
    assert.equal(whole.filter(name => name.startsWith('configmaps ')).length, many + 1);
  });

  const survived: readonly (readonly [string, readonly FaultRule[], TransportOptions?])[] = [
    [
      'a server that is busy',
      [{ name: 'fault', path: '/configmaps', method: 'GET', times: 2, fault: tooManyRequests(0) }],
    ],
    [
      'answers of 503 here and there',
      [{ name: 'fault', method: 'GET', chance: 0.2, fault: { kind: 'status', status: 503 } }],
      { backoff: { attempts: 12, firstDelay: 1, maxDelay: 5 } },
    ],
    [
      'a list whose state the server has lost',
      [{ name: 'fault', path: /[?&]continue=/, nth: 2, fault: expired }],
    ],
    [
      'a list whose state the server loses again and again',
      [{ name: 'fault', path: /[?&]continue=/, nth: 2, times: 3, fault: expired }],
    ],
    [
      'connections that are cut in the middle of an answer',
      [{ name: 'fault', path: '/configmaps', times: 3, fault: { kind: 'cut', answerBytes: 2000 } }],
    ],
    [
      'connections that are cut before an answer',
      [{ name: 'fault', path: place_('secrets'), times: 2, fault: { kind: 'cut', at: 'answer' } }],
    ],
    [
      'answers that end early',
      [{ name: 'fault', path: '/configmaps', fault: { kind: 'truncate', answerBytes: 2000 } }],
    ],
    [
      'answers that never come',
      [{ name: 'fault', path: '/configmaps', fault: { kind: 'stall', answerBytes: 2000 } }],
      { idleTimeout: 3000 }, // longer than a busy server is silent
    ],
  ];
  for (const [title, rules, options] of survived) {
    test(`${title} cost nothing`, async () => {
      const { names, errors, backup, fired } = await throughFaults(rules, options);
      assert.ok(fired('fault') > 0, 'the fault was met');
      assert.deepEqual(errors, []);
      assert.equal(backup.status?.phase, 'Completed');
      assert.deepEqual(names, whole);
    });
  }

  test('a type that fails until the others are done is read then', async () => {
    const attempts = 3;
    const fault = { kind: 'status', status: 500 } as const;
    const { names, errors, fired } = await throughFaults(
      [{ name: 'fault', path: place_('secrets'), times: attempts, fault }],
      { backoff: { attempts, firstDelay: 1, maxDelay: 1 } },
    );
    assert.equal(fired('fault'), attempts);
    assert.deepEqual(errors, []);
    assert.deepEqual(names, whole);
  });

  test('a type that keeps failing is named, and the others are there', async () => {
    const fault = { kind: 'status', status: 500 } as const;
    const { names, errors, backup } = await throughFaults([
      { name: 'fault', path: place_('secrets'), times: 1000, fault },
    ]);
    assert.equal(backup.status?.phase, 'PartiallyFailed');
    assert.deepEqual(backup.status?.errors, 1);
    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? '', /^secrets\/: the objects of namespace faults-\S+ could not be listed.*500/);
    assert.deepEqual(
      names,
      whole.filter(name => !name.startsWith('secrets ')),
    );
  });

  test('a list that breaks for good in the middle is named, with what was read of it', async () => {
    const fault = { kind: 'status', status: 500 } as const;
    const path = /\/configmaps\?.*continue=/;
    const { names, errors } = await throughFaults([{ name: 'fault', path, nth: 2, times: 1000, fault }]);
    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? '', /^configmaps\/: .*could not be all listed, and beyond 80 that were read/);
    assert.equal(names.filter(name => name.startsWith('configmaps ')).length, 2 * pageSize);
    const others = (all: readonly string[]) => all.filter(name => !name.startsWith('configmaps '));
    assert.deepEqual(others(names), others(whole));
  });

  test('a server that is not there makes no backup', async () => {
    const { proxy, kubeconfig } = await startApiServerFaults(setting().cluster);
    await using client = await connect({ kubeconfig, backoff: { attempts: 2, firstDelay: 1, maxDelay: 1 } });
    await proxy[Symbol.asyncDispose]();
    await using location = await directoryStore();
    const run = runBackup({ includedNamespaces: [place] }, { api: client, store: location.store });
    await assert.rejects(run, thrown => isHozonError(thrown, 'kube.unreachable'));
    assert.deepEqual(await location.keys(), []);
  });
});

/** Part of the path of a list in the namespace, which is known later. */
function place_(resource: string): RegExp {
  return new RegExp(`/namespaces/faults-[^/]+/${resource}\\b`);
}

suite('an aggregated API whose server is away', () => {
  test('is named where it may hold what is wanted', async () => {
    await using cluster = await startCluster({ mode: 'light' });
    await using client = await clientOf(cluster);
    const group = `${uniqueName('away')}.example.com`;
    const services = (await client.discover()).byName('apiservices.apiregistration.k8s.io');
    assert.ok(services !== undefined);
    await client.create(services, {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `v1.${group}` },
      spec: {
        group,
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 10,
        insecureSkipTLSVerify: true,
        service: { namespace: 'default', name: 'nobody' },
      },
    });
    while ((await client.discover({ refresh: true })).unavailable.length === 0) {
      // the aggregator takes a moment to notice
    }
    await using location = await directoryStore();
    const options = { api: client, store: location.store };
    const open = await runBackup({}, options);
    assert.equal(open.backup.status?.phase, 'PartiallyFailed');
    assert.match(
      findingsOf(open, 'error').join('\n'),
      new RegExp(`^/: the API group ${group}/v1 could not be`),
    );
    const named = await runBackup({ includedResources: ['configmaps'] }, options);
    assert.equal(named.backup.status?.phase, 'Completed');
    await assert.rejects(runBackup({ includedResources: [`things.${group}`] }, options), thrown => {
      assert.ok(isHozonError(thrown, 'backup.invalid'));
      return thrown.message.includes('does not tell of a resource');
    });
    const stored: string[] = [];
    for await (const { name } of listBackups(location.store)) stored.push(name);
    assert.deepEqual(stored.sort(), [open.name, named.name].sort());
  });
});
