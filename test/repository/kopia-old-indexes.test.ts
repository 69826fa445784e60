import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maintenanceFields } from '#cli/commands/repo/kopia/maintaining.ts';
import type { Field } from '#cli/output/outcome.ts';
import { isHozonError } from '#foundation/errors.ts';
import { listKopiaSnapshots } from '#repository/kopia/access/snapshots.ts';
import { checkKopia } from '#repository/kopia/checking/check.ts';
import { pinSnapshots } from '#repository/kopia/upkeep/change-snapshots.ts';
import {
  type MaintainOptions,
  type MaintenanceReport,
  maintainKopia,
} from '#repository/kopia/upkeep/maintain.ts';
import { compactOldIndexes } from '#repository/kopia/upkeep/old-index-compaction.ts';
import { safetyFull, safetyNone } from '#repository/kopia/upkeep/safety.ts';
import { nothingAbandoned } from '#repository/upkeep/abandon-unfinished.ts';
import { raise } from '#storage/errors.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import {
  DatedStore,
  HeldClock,
  identity,
  makeKopia,
  openedKopia,
  randomFiles,
  takeSnapshot,
} from './kopia-history.ts';

/** A repository of kopia's format 1, which has no epochs, at a time that goes on as told. */
interface Stage {
  readonly clock: HeldClock;
  readonly store: UndeletableStore;
}

/** A location that deletes nothing while it is told so. */
class UndeletableStore extends DatedStore {
  forbids: (key: string) => boolean = () => false;

  override async delete(key: string, options?: StoreOptions): Promise<void> {
    if (this.forbids(key)) throw raise.denied({ url: this.url, reason: 'not today' });
    await super.delete(key, options);
  }
}

async function begin(): Promise<Stage> {
  const clock = new HeldClock();
  const store = new UndeletableStore(clock);
  await makeKopia(store, clock, { version: 1 });
  return { clock, store };
}

async function maintain(
  { clock, store }: Stage,
  more: Partial<MaintainOptions> = {},
): Promise<MaintenanceReport['tasks']> {
  const options = { mode: 'quick', safety: safetyFull, identity, clock, ...more } as const;
  return (await maintainKopia(await openedKopia(store, clock), options)).tasks;
}

/** So many more indexes. */
async function addIndexes({ clock, store }: Stage, count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    const repository = await openedKopia(store, clock);
    const snapshots = await listKopiaSnapshots(repository);
    const pin = `${clock.now().getTime()} ${number}`;
    await pinSnapshots(repository, snapshots, { add: [pin], remove: [] }, { identity, clock });
  }
}

function count({ store }: Pick<Stage, 'store'>): readonly number[] {
  const keys = [...store.files.keys()];
  return ['n', 'm', 'l'].map(letter => keys.filter(key => key.startsWith(letter)).length);
}

function indexKeys({ store }: Stage): readonly string[] {
  return [...store.files.keys()].filter(key => key.startsWith('n'));
}

/** What a field that is coloured says. */
function textOf(field: Field | undefined): string {
  const value = field?.value;
  assert.ok(typeof value === 'object' && 'text' in value);
  return typeof value.text === 'string' ? value.text : value.text.en();
}

async function assertSound({ clock, store }: Stage): Promise<void> {
  const findings = await Array.fromAsync(checkKopia(await openedKopia(store, clock), { readData: true }));
  assert.deepEqual(
    findings.flatMap(({ kind, text }) => (kind === 'unused' ? [] : [text.en()])),
    [],
  );
}

test('what was merged goes an hour after it was replaced, and what says so an hour after that', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  await takeSnapshot(store, randomFiles(['a']), { clock });
  await addIndexes(stage, 8);
  const [first = 0] = count(stage);
  await maintain(stage);
  assert.deepEqual(count(stage), [first + 1, 1, 0], 'all are there, and one more that counts');
  clock.goOn(0.5);
  await addIndexes(stage, 8);
  await maintain(stage);
  assert.deepEqual(count(stage), [first + 10, 2, 0], 'it is too early');
  clock.goOn(1);
  await addIndexes(stage, 8);
  await maintain(stage);
  assert.deepEqual(count(stage), [10, 3, 1], 'two compactions are an hour old, and the last is not');
  clock.goOn(1.1);
  await addIndexes(stage, 8);
  await maintain(stage);
  assert.deepEqual(
    count(stage),
    [11, 2, 1],
    'so are their logs; metadata was put together, which is one more',
  );
  await assertSound(stage);
});

test('the hour goes by the clock of the storage, whatever is told when a blob is put', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  await takeSnapshot(store, randomFiles(['a']), { clock });
  await addIndexes(stage, 8);
  const [first = 0] = count(stage);
  store.put = async (key, body, options) => {
    const stored = await DatedStore.prototype.put.call(store, key, body, options);
    return { ...stored, modified: new Date(stored.modified.getTime() + 3 * 3_600_000) };
  };
  await maintain(stage);
  clock.goOn(0.5);
  await addIndexes(stage, 8);
  await maintain(stage);
  assert.deepEqual(count(stage), [first + 10, 2, 0]);
});

test('indexes stay that a log says were merged into one that is gone', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  await takeSnapshot(store, randomFiles(['a']), { clock });
  await addIndexes(stage, 8);
  const inputs = indexKeys(stage);
  await maintain(stage);
  for (const key of indexKeys(stage)) if (!inputs.includes(key)) store.files.delete(key);
  clock.goOn(1.1);
  await addIndexes(stage, 8);
  store.forbids = key => inputs.includes(key);
  const reports = await maintain(stage);
  assert.equal(reports.find(({ task }) => task === 'index-compaction')?.state, 'done');
  assert.ok(inputs.every(key => indexKeys(stage).includes(key)));
  assert.deepEqual(count(stage).slice(1), [2, 0]);
  await assertSound(stage);
});

test('indexes that cannot be deleted keep the logs that say that they do not count', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  await takeSnapshot(store, randomFiles(['a']), { clock });
  await addIndexes(stage, 8);
  store.forbids = key => key.startsWith('n');
  const refused = await maintain(stage, { safety: safetyNone });
  const compaction = refused.find(({ task }) => task === 'index-compaction');
  assert.equal(compaction?.state, 'short');
  assert.ok((compaction?.result?.shortfall?.undeleted?.length ?? 0) > 8);
  assert.deepEqual(count(stage).slice(1), [1, 0]);
  assert.equal((await openedKopia(store, clock)).epoch.indexBlobs.length, 1);
  clock.goOn(0.1);
  store.forbids = () => false;
  await addIndexes(stage, 8);
  await maintain(stage, { safety: safetyNone });
  assert.deepEqual(count(stage), [1, 0, 0]);
  await assertSound(stage);
});

test('logs that cannot be deleted are told of where nothing is put together', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  await takeSnapshot(store, randomFiles(['a']), { clock });
  await addIndexes(stage, 8);
  store.forbids = key => key.startsWith('m');
  const texts: string[] = [];
  for (let run = 0; run < 2; run++) {
    const reports = await maintain(stage, { safety: safetyNone });
    const compaction = reports.filter(({ task }) => task === 'index-compaction');
    const [field] = maintenanceFields({ mode: 'quick', tasks: compaction, ...nothingAbandoned });
    texts.push(textOf(field));
  }
  assert.deepEqual(texts, [
    'put together; 1 could not be deleted',
    '0 (0 B) removed; 1 could not be deleted',
  ]);
  assert.deepEqual(count(stage).slice(1), [1, 1]);
});

test('who merges the same indexes at the same time is noticed before anything is dropped', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  await takeSnapshot(store, randomFiles(['a']), { clock });
  const repository = await openedKopia(store, clock);
  const { indexBlobs } = repository.epoch;
  const known = [...repository.index.entries()].length;
  let entered = false;
  store.put = async (key, body, options) => {
    const stored = await DatedStore.prototype.put.call(store, key, body, options);
    if (entered) return stored;
    entered = true;
    await compactOldIndexes(repository, indexBlobs, {});
    return stored;
  };
  await assert.rejects(
    compactOldIndexes(repository, indexBlobs, { dropBefore: clock.now().getTime() }),
    thrown => isHozonError(thrown, 'repository.maintenance-elsewhere'),
  );
  assert.deepEqual(count(stage), [indexBlobs.length + 1, 1, 0], 'what was merged in vain is gone');
  const keys = [...store.files.keys()];
  store.put = () => Promise.reject(new Error('nothing is put where it is plain from the beginning'));
  await assert.rejects(compactOldIndexes(repository, indexBlobs, {}), thrown =>
    isHozonError(thrown, 'repository.maintenance-elsewhere'),
  );
  assert.deepEqual([...store.files.keys()], keys);
  assert.equal([...(await openedKopia(store, clock)).index.entries()].length, known);
  await assertSound(stage);
});
