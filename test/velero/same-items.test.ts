import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '#kube/objects.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { openS3 } from '#storage/s3/store.ts';
import { startCluster } from '#testbed/cluster/cluster.ts';
import { namespaces } from '#testbed/cluster/types.ts';
import { clientOf, sharedObjectStore, uniqueBucket } from '#testbed/shared.ts';
import { startVelero } from '#testbed/velero/velero.ts';
import { settingsOf } from '../storage/s3-subject.ts';
import {
  type Cases,
  makePolicies,
  type Outcomes,
  queueForVelero,
  type Setting,
  type Taken,
  takenByHozon,
  takenByVelero,
} from './both.ts';
import { makeEstate } from './estate.ts';
import { type Difference, exceptions } from './exceptions.ts';
import { cases, casesWithLabel } from './specs.ts';

let outcomes: { readonly velero: Outcomes; readonly hozon: Outcomes };

/** What must end, in the order in which it was begun. */
const parts = new AsyncDisposableStack();

before(async () => {
  // Backups of all namespaces are compared too, so nobody else may change the cluster.
  const cluster = parts.use(await startCluster({ mode: 'light' }));
  const client = parts.use(await clientOf(cluster));
  await makeEstate(client);
  const store = await sharedObjectStore();
  const bucket = await uniqueBucket(store);
  const velero = parts.use(await startVelero({ cluster, store, bucket }));
  const root = await mkdtemp(join(tmpdir(), 'hozon-velero-'));
  parts.defer(() => rm(root, { recursive: true }));
  const stored = await openS3(settingsOf(store, bucket));
  parts.defer(() => stored.close());
  const setting = { client, velero, stores: { velero: stored, hozon: new FilesystemStore(root) } };
  const first = await byBoth(cases, setting);
  const labels = { 'velero.io/exclude-from-backup': 'true' };
  await client.patch(namespaces, { name: 'vault' }, { type: 'merge', body: { metadata: { labels } } });
  const second = await byBoth(casesWithLabel, setting);
  outcomes = {
    velero: new Map([...first.velero, ...second.velero]),
    hozon: new Map([...first.hozon, ...second.hozon]),
  };
});

after(() => parts.disposeAsync());

async function byBoth(some: Cases, setting: Setting): Promise<typeof outcomes> {
  await makePolicies(some, setting);
  await queueForVelero(some, setting);
  const [velero, hozon] = await Promise.all([takenByVelero(some, setting), takenByHozon(some, setting)]);
  return { velero, hozon };
}

const all = { ...cases, ...casesWithLabel };

suite('a backup by Hozon has the items that Velero’s has', () => {
  for (const name of Object.keys(all)) {
    test(name, () => {
      const unexplained = differencesOf(name).filter(
        difference => !exceptions.some(({ explains }) => explains(difference)),
      );
      const said = [outcomeOf('velero', name), outcomeOf('hozon', name)].map(({ refusal }) => refusal);
      assert.deepEqual(
        unexplained.map(({ only, what }) => `${only}: ${what}`),
        [],
        said.join('\n'),
      );
    });
  }

  test('under so many specs', () => {
    assert.ok(Object.keys(all).length >= 40);
    const stored = Object.keys(all).filter(name => outcomeOf('hozon', name).items.size > 0);
    assert.ok(stored.length >= 40, `${stored.length}`);
  });

  test('and every exception is one still', () => {
    const differences = Object.keys(all).flatMap(differencesOf);
    const idle = exceptions.filter(({ explains }) => !differences.some(explains));
    assert.deepEqual(
      idle.map(({ title }) => title),
      [],
    );
  });

  test('and an object that did not change meanwhile is the same in both', () => {
    const pairs = Object.keys(all).flatMap(name =>
      pairsOf(outcomeOf('velero', name), outcomeOf('hozon', name)),
    );
    assert.ok(pairs.length > 1000, `${pairs.length}`);
    const differing = pairs.filter(([theirs, ours]) => !isDeepStrictEqual(theirs, ours));
    assert.deepEqual(differing, []);
  });
});

function outcomeOf(who: keyof typeof outcomes, name: string): Taken {
  const found = outcomes[who].get(name);
  if (found === undefined) throw new Error(`${who} made no backup ${name}`);
  return found;
}

function differencesOf(name: string): Difference[] {
  const theirs = outcomeOf('velero', name);
  const ours = outcomeOf('hozon', name);
  const found = { name, case: all[name] ?? { spec: {} } };
  const only = (who: 'velero' | 'hozon', these: Taken, others: Taken): Difference[] =>
    [...these.items]
      .filter(([what]) => !others.items.has(what) && !comesAndGoes(what))
      .map(([what, { metadata }]) => ({
        ...found,
        only: who,
        what,
        clusterScoped: metadata.namespace === undefined,
      }));
  const phases = `${theirs.phase}/${ours.phase}`;
  return [
    ...only('velero', theirs, ours),
    ...only('hozon', ours, theirs),
    ...(theirs.phase === ours.phase
      ? []
      : [{ ...found, only: 'phase', what: phases, clusterScoped: false } as const]),
  ];
}

/** Controllers note what they do as events, whenever they do it. The estate has one of its own. */
function comesAndGoes(what: string): boolean {
  return /^events(\.events\.k8s\.io)? /.test(what) && !what.endsWith('/opened.1');
}

function pairsOf(theirs: Taken, ours: Taken): [KubeObject, KubeObject][] {
  return [...theirs.items].flatMap(([what, object]) => {
    const other = ours.items.get(what);
    const isSame = other?.metadata.resourceVersion === object.metadata.resourceVersion;
    return other !== undefined && isSame ? [[object, other] as [KubeObject, KubeObject]] : [];
  });
}
