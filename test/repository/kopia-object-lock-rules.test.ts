import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { writeJson } from '#repository/format/go-json.ts';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { listKopiaSnapshots } from '#repository/kopia/access/snapshots.ts';
import { checkKopia } from '#repository/kopia/checking/check.ts';
import { defaultMaintenance } from '#repository/kopia/format/maintenance-blob.ts';
import { removeKopiaSnapshots } from '#repository/kopia/upkeep/change-snapshots.ts';
import {
  type MaintainOptions,
  type MaintenanceReport,
  maintainKopia,
} from '#repository/kopia/upkeep/maintain.ts';
import {
  readMaintenanceParameters,
  refuseShortLocks,
  setMaintenanceParameters,
} from '#repository/kopia/upkeep/maintenance-parameters.ts';
import { readSchedule } from '#repository/kopia/upkeep/maintenance-state.ts';
import type { Undeleted } from '#repository/kopia/upkeep/remove-blobs.ts';
import { safetyFull, safetyNone } from '#repository/kopia/upkeep/safety.ts';
import { raise } from '#storage/errors.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { type FaultPlan, faulty } from '#storage/testing/faulty.ts';
import {
  DatedStore,
  HeldClock,
  identity,
  openedKopia,
  password,
  randomFiles,
  takeSnapshot,
} from './kopia-history.ts';
import { LockingStore } from './locking-store.ts';

const hour = 3_600_000;
const period = 48 * hour;
const retention = { retentionMode: 'GOVERNANCE', retentionPeriod: BigInt(period) * 1_000_000n };
const extending = 'extend-blob-retention-time';

interface Stage<S extends ObjectStore = LockingStore> {
  readonly clock: HeldClock;
  readonly store: S;
}

interface Choices {
  readonly extendObjectLocks?: boolean;
  readonly hasVersions?: boolean;
}

async function begin(choices: Choices = {}): Promise<Stage> {
  const { hasVersions = true } = choices;
  const clock = new HeldClock();
  const store = new LockingStore(clock, { hasVersions });
  await make({ clock, store }, choices);
  return { clock, store };
}

async function make(
  { clock, store }: Stage<ObjectStore>,
  { extendObjectLocks = true }: Choices,
): Promise<void> {
  const options = { password: Buffer.from(password), owner: 'u@h', identity, retention, clock };
  const made = await loadContents(await initKopia(store, options));
  await setMaintenanceParameters(
    made,
    { ...defaultMaintenance('u@h'), extendObjectLocks },
    { identity, clock },
  );
}

type Reports = Readonly<Record<string, MaintenanceReport['tasks'][number]>>;

async function maintain(
  { clock, store }: Stage<ObjectStore>,
  more: Partial<MaintainOptions> = {},
): Promise<Reports> {
  const options = { mode: 'full', safety: safetyFull, identity, clock, ...more } as const;
  const { tasks } = await maintainKopia(await openedKopia(store, clock), options);
  return Object.fromEntries(tasks.map(each => [each.task, each]));
}

async function assertSound({ clock, store }: Stage<ObjectStore>): Promise<void> {
  const findings = await Array.fromAsync(
    checkKopia(await openedKopia(store, clock), { readData: true }),
    ({ kind, text }) => (kind === 'unused' ? '' : text.en()),
  );
  assert.deepEqual(
    findings.filter(text => text !== ''),
    [],
  );
}

async function lastRun({ clock, store }: Stage<ObjectStore>, task: string) {
  const { runs } = await readSchedule(await openedKopia(store, clock));
  return runs[task]?.[0];
}

/** Packs that were to be deleted and none of which was. */
function undeletedOf({ 'full-delete-blobs': report }: Reports): readonly Undeleted[] {
  assert.equal(report?.state, 'short');
  assert.equal(report.result?.data['deletedPackCount'], 0);
  return report.result.shortfall?.undeleted ?? [];
}

/** What kopia locks: indexes, packs, and what describes the repository. */
const isLocked = (key: string): boolean => /^(?:kopia\.repository|kopia\.blobcfg|[nxpq])/.test(key);

function lockedKeys({ store }: Stage): readonly string[] {
  return [...store.files.keys()].filter(isLocked);
}

/** Hours that the lock of a blob goes on for; 0 where it has none. */
function hoursLeft({ store, clock }: Stage, key: string): number {
  const until = store.locks.get(key)?.until.getTime() ?? 0;
  return Math.max(0, (until - clock.now().getTime()) / hour);
}

test('full maintenance lets the lock of each blob end a whole period later; quick, and without being told to, it does not', async () => {
  for (const extendObjectLocks of [true, false]) {
    const stage = await begin({ extendObjectLocks });
    const { clock, store } = stage;
    await takeSnapshot(store, randomFiles(['a', 'b/c'], 50_000), { clock });
    const first = lockedKeys(stage);
    assert.ok(first.some(key => key.startsWith('p')) && first.some(key => key.startsWith('x')));
    for (let day = 0; day < 5; day++) {
      clock.goOn(24);
      await maintain(stage, { mode: 'quick' });
      const quick = extendObjectLocks || day === 0 ? 24 : 0;
      assert.equal(hoursLeft(stage, 'kopia.repository'), quick);
      const { [extending]: report } = await maintain(stage);
      assert.equal(report?.state, extendObjectLocks ? 'done' : undefined);
      const left = new Set(lockedKeys(stage).map(key => hoursLeft(stage, key)));
      if (extendObjectLocks) assert.deepEqual([...left], [48]);
      else assert.ok(left.has(0) === day > 0, [...left].join());
    }
    const others = [...store.locks.keys()].filter(key => !isLocked(key));
    assert.deepEqual(others, [], 'sessions, logs and the schedule are not locked');
    await assertSound(stage);
  }
});

test('what is recorded is what kopia records', async () => {
  const stage = await begin();
  await takeSnapshot(stage.store, randomFiles(['a'], 1000), { clock: stage.clock });
  const count = (): number => lockedKeys(stage).length;
  stage.clock.goOn(1);
  const { [extending]: planned } = await maintain(stage, { dryRun: true });
  assert.equal(planned?.state, 'planned');
  const data = { toExtendBlobCount: count(), extendedBlobCount: 0, retentionPeriod: '48h0m0s' };
  assert.deepEqual(planned?.result?.data, data);
  assert.equal(hoursLeft(stage, 'kopia.repository'), 47);
  assert.equal(await lastRun(stage, extending), undefined);
  await maintain(stage);
  const { success, extra } = (await lastRun(stage, extending)) ?? {};
  assert.equal(success, true);
  const done = { ...data, toExtendBlobCount: count(), extendedBlobCount: count() };
  const noted = JSON.parse(writeJson(extra ?? null)) as unknown;
  assert.deepEqual(noted, [{ kind: 'extendBlobRetentionStats', data: done }]);
});

test('a lock that ends later, and one of nothing that is still there, stay as they are', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  await takeSnapshot(store, randomFiles(['a'], 1000), { clock });
  const [pack = ''] = lockedKeys(stage).filter(key => key.startsWith('p'));
  const year = { mode: 'COMPLIANCE', until: new Date(clock.now().getTime() + 365 * 24 * hour) } as const;
  store.locks.set(pack, year);
  let gone = '';
  const plan: FaultPlan = ({ operation, key }) => {
    if (operation !== 'extendRetention' || !key.startsWith('q') || gone !== '') return undefined;
    gone = key;
    return { kind: 'before', error: raise['not-found']({ url: store.url, key }) };
  };
  clock.goOn(1);
  const { [extending]: report } = await maintain({ clock, store: faulty(store, plan) });
  assert.equal(report?.state, 'done');
  assert.notEqual(gone, '');
  assert.deepEqual(store.locks.get(pack), year);
});

test('a blob that cannot be locked for longer keeps neither the others nor the tasks behind', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  await takeSnapshot(store, randomFiles(['a', 'b'], 50_000), { clock });
  const plan: FaultPlan = ({ operation, key }) =>
    operation === 'extendRetention' && key.startsWith('q')
      ? { kind: 'before', error: raise.denied({ url: store.url, reason: 'AccessDenied' }) }
      : undefined;
  clock.goOn(1);
  const reports = await maintain({ clock, store: faulty(store, plan) });
  assert.equal(reports[extending]?.state, 'short');
  const error = reports[extending]?.result?.shortfall?.error;
  assert.ok(isHozonError(error, 'repository.locks-not-extended'));
  for (const language of ['en', 'ja'] as const) assert.match(error.explain(language), /"q[0-9a-f]{32}/);
  for (const key of lockedKeys(stage)) assert.equal(hoursLeft(stage, key) < 48, key.startsWith('q'), key);
  assert.equal(reports['cleanup-logs']?.state, 'done');
  const run = await lastRun(stage, extending);
  assert.deepEqual([run?.success, run?.error, run?.extra], [false, error.explain('en'), undefined]);
  assert.equal((await maintain(stage))[extending]?.state, 'done');
});

test('an outage while locks are extended ends the maintenance, and is noted', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  const broken = faulty(store, ({ operation }) =>
    operation === 'extendRetention' ? { kind: 'before' } : undefined,
  );
  await assert.rejects(maintain({ clock, store: broken }), { code: 'storage.unavailable' });
  assert.equal((await lastRun(stage, extending))?.success, false);
  assert.equal(await lastRun(stage, 'cleanup-logs'), undefined);
});

test('where nothing can be locked, maintenance says so each time and does the rest', async () => {
  const clock = new HeldClock();
  const stage = { clock, store: new DatedStore(clock) };
  await make(stage, {});
  const reports = await maintain(stage);
  assert.ok(isHozonError(reports[extending]?.result?.shortfall?.error, 'storage.unsupported'));
  assert.equal((await lastRun(stage, extending))?.success, false);
  assert.equal(reports['cleanup-logs']?.state, 'done');
});

test('locks that would end within a day of the full maintenance are refused where it is to extend them', async () => {
  const { store, clock } = await begin();
  const repository = await openedKopia(store, clock);
  const parameters = await readMaintenanceParameters(repository);
  const every = (hours: number) => ({ ...parameters.full, interval: BigInt(hours * hour) * 1_000_000n });
  refuseShortLocks(repository, { ...parameters, full: every(24) });
  refuseShortLocks(repository, { extendObjectLocks: false, full: every(25) });
  const blobConfig = { retentionMode: '', retentionPeriod: 0n };
  refuseShortLocks({ ...repository, blobConfig }, { ...parameters, full: every(25) });
  assert.throws(
    () => refuseShortLocks(repository, { ...parameters, full: every(25) }),
    thrown => isHozonError(thrown, 'repository.retention-too-short'),
  );
});

test('where what is locked cannot be deleted, maintenance names it, goes on, and deletes it when the locks have ended', async () => {
  const stage = await begin({ extendObjectLocks: false, hasVersions: false });
  const { clock, store } = stage;
  for (const name of ['a', 'b', 'c']) {
    await takeSnapshot(store, randomFiles([name], 50_000), { clock });
    clock.goOn(0.1);
  }
  const repository = await openedKopia(store, clock);
  const [first] = await listKopiaSnapshots(repository);
  await removeKopiaSnapshots(repository, [first?.id ?? ''], { identity, clock });
  const reports = await maintain(stage, { safety: safetyNone });
  const undeleted = undeletedOf(reports);
  assert.ok(undeleted.length > 3);
  for (const { file, error } of undeleted) {
    assert.ok(store.files.has(file) && /^[pq]/.test(file), file);
    assert.equal(error.code, 'storage.locked');
  }
  assert.equal(reports['cleanup-logs']?.state, 'done');
  const { error = '' } = (await lastRun(stage, 'full-delete-blobs')) ?? {};
  const [{ file: named } = { file: '' }] = undeleted;
  assert.match(error, new RegExp(`${undeleted.length} blobs .*"${named}"`));
  await assertSound(stage);
  clock.goOn(49);
  const again = await maintain(stage, { safety: safetyNone });
  assert.equal(again['full-delete-blobs']?.state, 'done');
  for (const { file } of undeleted) assert.ok(!store.files.has(file), file);
  await assertSound(stage);
});

test('where nothing can be deleted, snapshots are taken and maintained nevertheless, and what is left is told', async () => {
  const clock = new HeldClock();
  const inner = new LockingStore(clock, { hasVersions: true });
  let appendOnly = true;
  const denied = raise.denied({ url: inner.url, reason: 'AccessDenied' });
  const store = faulty(inner, ({ operation }) =>
    appendOnly && operation === 'delete' ? { kind: 'before', error: denied } : undefined,
  );
  const stage = { clock, store };
  await make(stage, {});
  const told: string[] = [];
  const onUndeleted = (file: string): void => void told.push(file);
  const repository = await openKopia(store, { password: Buffer.from(password), clock, onUndeleted });
  await setMaintenanceParameters(await loadContents(repository), defaultMaintenance('u@h'), {
    identity,
    clock,
  });
  assert.equal(told.length, 1);
  for (const name of ['a', 'b']) await takeSnapshot(store, randomFiles([name], 50_000), { clock });
  const sessions = (): readonly string[] => [...inner.files.keys()].filter(key => key.startsWith('s'));
  assert.ok(told.every(file => sessions().includes(file)));
  clock.goOn(25);
  const reports = await maintain(stage);
  assert.ok(
    Object.values(reports).every(({ state }) => state !== 'short'),
    'nothing is old enough to go',
  );
  await assertSound(stage);
  clock.goOn(100);
  const refused = await maintain(stage);
  assert.equal(refused['full-delete-blobs']?.state, 'short');
  const before = sessions();
  appendOnly = false;
  clock.goOn(2);
  assert.equal((await maintain(stage))['full-delete-blobs']?.state, 'done');
  const left = sessions();
  assert.ok(before.length > 3 && left.every(each => !told.includes(each)), left.join());
  await assertSound(stage);
});
