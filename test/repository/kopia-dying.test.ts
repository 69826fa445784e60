import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#foundation/clock.ts';
import { type IndexedKopia, loadContents } from '#repository/kopia/access/indexed.ts';
import { listKopiaSnapshots } from '#repository/kopia/access/snapshots.ts';
import { checkKopia } from '#repository/kopia/checking/check.ts';
import { removeKopiaSnapshots, tagSnapshots } from '#repository/kopia/upkeep/change-snapshots.ts';
import { maintainKopia } from '#repository/kopia/upkeep/maintain.ts';
import { recoverIndex } from '#repository/kopia/upkeep/recover-index.ts';
import { safetyNone } from '#repository/kopia/upkeep/safety.ts';
import { type Fault, faulty } from '#storage/testing/faulty.ts';
import { DatedStore, identity, makeKopia, openedKopia, randomFiles, takeSnapshot } from './kopia-history.ts';
import { dyingAfterChange } from './tidied-history.ts';

interface Work {
  readonly run: (repository: IndexedKopia) => Promise<unknown>;
  /** How many snapshots there may be while it has not ended, and how many there are once it has. */
  readonly during: readonly number[];
  readonly after: number;
}

const works: Readonly<Record<string, Work>> = {
  'full maintenance': {
    run: repository => maintainKopia(repository, { mode: 'full', safety: safetyNone, identity }),
    during: [2],
    after: 2,
  },
  'removing a snapshot': {
    run: async repository => {
      const [first] = await listKopiaSnapshots(repository);
      return removeKopiaSnapshots(repository, [first?.id ?? ''], { identity });
    },
    during: [2, 1],
    after: 1,
  },
  'tagging a snapshot': {
    run: async repository => {
      const snapshots = await listKopiaSnapshots(repository);
      return tagSnapshots(repository, snapshots, { set: ['a:b'] }, { identity });
    },
    during: [2],
    after: 2,
  },
  'recovering the index': {
    run: repository => recoverIndex(repository, { identity, readAllPacks: true }),
    during: [2],
    after: 2,
  },
};

/** Three snapshots, of which the first is removed again. */
async function history(version?: number): Promise<DatedStore> {
  const store = new DatedStore(systemClock);
  await makeKopia(store, undefined, { version });
  const files = randomFiles(['lasting', 'below/it'], 3000);
  await takeSnapshot(store, { ...files, ...randomFiles(['gone', 'below/gone']) });
  await takeSnapshot(store, { ...files, ...randomFiles(['second']) });
  await takeSnapshot(store, { ...files, ...randomFiles(['third']) });
  const repository = await openedKopia(store);
  const [first] = await listKopiaSnapshots(repository);
  await removeKopiaSnapshots(repository, [first?.id ?? ''], { identity });
  return store;
}

function copyOf(store: DatedStore): DatedStore {
  const copy = new DatedStore(systemClock);
  for (const [key, bytes] of store.files) copy.files.set(key, bytes);
  return copy;
}

async function through(base: IndexedKopia, store: DatedStore): Promise<IndexedKopia> {
  return loadContents({ ...base, store, blobs: base.blobs.through(store) });
}

async function assertSound(base: IndexedKopia, store: DatedStore, counts: readonly number[]): Promise<void> {
  const repository = await through(base, store);
  const findings = await Array.fromAsync(checkKopia(repository, { readData: true }));
  const damage = findings.filter(({ kind }) => kind !== 'unused');
  assert.deepEqual(
    damage.map(({ text }) => text.en()),
    [],
  );
  const { length } = await listKopiaSnapshots(repository);
  assert.ok(counts.includes(length), `${length} snapshots`);
}

/** Without epochs, and with them. */
const formats = [1, 3];
const cases = formats.flatMap(version =>
  Object.entries(works).map(([name, work]) => ({ version, name, work })),
);

for (const { version, name, work } of cases) {
  test(`${name} leaves a sound repository of format ${version} when it dies after any of its changes, and ends well when run again`, async () => {
    const original = await history(version);
    const base = await openedKopia(original);
    let changes = 0;
    for (let at = 1; ; at++) {
      const copy = copyOf(original);
      const { store, died } = dyingAfterChange(copy, at);
      const dying = { ...base, store, blobs: base.blobs.through(store) };
      await work.run(await loadContents(dying)).catch(() => {});
      if (!died()) break;
      changes++;
      await assertSound(base, copy, [...work.during, work.after]);
      const repository = await through(base, copy);
      if (name !== 'removing a snapshot') await work.run(repository);
      await assertSound(base, copy, [...work.during, work.after]);
    }
    assert.ok(changes > 0 || name === 'recovering the index');
  });
}

test('a store that fails now and then costs a run, and nothing else', async () => {
  const original = await history();
  const base = await openedKopia(original);
  let failures = 0;
  for (let round = 0; round < 12; round++) {
    const copy = copyOf(original);
    const error = new Error('the store is out of order');
    const store = faulty(copy, (): Fault | undefined => {
      if (Math.random() > 0.06) return undefined;
      return { kind: Math.random() < 0.5 ? 'before' : 'after', error };
    });
    const unsteady = { ...base, store, blobs: base.blobs.through(store) };
    const full = { mode: 'full', safety: safetyNone, identity } as const;
    await maintainKopia(unsteady, full).catch((thrown: unknown) => {
      assert.equal(thrown, error);
      failures++;
    });
    await assertSound(base, copy, [2]);
    await maintainKopia(await through(base, copy), full);
    await assertSound(base, copy, [2]);
  }
  assert.ok(failures > 0);
});
