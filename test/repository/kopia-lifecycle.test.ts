import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { readContent } from '#repository/kopia/access/contents.ts';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { type OpenKopia, openKopia, openWithKey, readFormatBlobOf } from '#repository/kopia/access/open.ts';
import { listKopiaSnapshots } from '#repository/kopia/access/snapshots.ts';
import { checkKopia } from '#repository/kopia/checking/check.ts';
import { defaultMaintenance } from '#repository/kopia/format/maintenance-blob.ts';
import { deriveFormatKey, openFormatWith } from '#repository/kopia/format/repository-format.ts';
import { changeManifests } from '#repository/kopia/upkeep/change-manifests.ts';
import { changeKopiaPassword } from '#repository/kopia/upkeep/change-password.ts';
import {
  pinSnapshots,
  removeKopiaSnapshots,
  tagSnapshots,
} from '#repository/kopia/upkeep/change-snapshots.ts';
import { expireByRules } from '#repository/kopia/upkeep/expire.ts';
import {
  dueMode,
  type MaintainOptions,
  type MaintenanceReport,
  maintainKopia,
} from '#repository/kopia/upkeep/maintain.ts';
import { readMaintenanceParameters } from '#repository/kopia/upkeep/maintenance-parameters.ts';
import { safetyFull, safetyNone } from '#repository/kopia/upkeep/safety.ts';
import {
  DatedStore,
  HeldClock,
  identity,
  makeKopia,
  openedKopia,
  password,
  randomFiles,
  takeSnapshot,
} from './kopia-history.ts';
import { MemoryStore } from './memory-store.ts';
import { dyingAfterChange } from './tidied-history.ts';

interface Stage {
  readonly clock: HeldClock;
  readonly store: DatedStore;
}

async function begin(version?: number): Promise<Stage> {
  const clock = new HeldClock();
  const store = new DatedStore(clock);
  await makeKopia(store, clock, { version });
  return { clock, store };
}

async function maintain(
  { clock, store }: Stage,
  more: Partial<MaintainOptions> = {},
): Promise<Record<string, MaintenanceReport['tasks'][number]>> {
  const repository = await openedKopia(store, clock);
  const options = { mode: 'full', safety: safetyFull, identity, clock, ...more } as const;
  const { tasks } = await maintainKopia(repository, options);
  return Object.fromEntries(tasks.map(each => [each.task, each]));
}

async function assertSound({ clock, store }: Stage): Promise<void> {
  const repository = await openedKopia(store, clock);
  const findings = await Array.fromAsync(checkKopia(repository, { readData: true }));
  assert.deepEqual(
    findings.flatMap(({ kind, text }) => (kind === 'unused' ? [] : [text.en()])),
    [],
  );
}

async function forgetFirst({ clock, store }: Stage): Promise<void> {
  const repository = await openedKopia(store, clock);
  const [first] = await listKopiaSnapshots(repository);
  await removeKopiaSnapshots(repository, [first?.id ?? ''], { identity, clock });
}

function packBytes({ store }: Stage): number {
  return [...store.files].reduce((sum, [key, bytes]) => sum + (/^[pq]/.test(key) ? bytes.length : 0), 0);
}

/** Without epochs, and with them. */
const formats = [1, 3];

for (const version of formats) {
  test(`in format ${version} with full safety, space is freed by two collections four hours apart, and a day after packs were emptied`, async () => {
    const stage = await begin(version);
    const { clock, store } = stage;
    await takeSnapshot(store, randomFiles(['a', 'b'], 500_000), { clock });
    clock.goOn(0.1);
    await takeSnapshot(store, randomFiles(['c/d'], 100), { clock });
    await forgetFirst(stage);
    const full = packBytes(stage);
    const collected = (tasks: Awaited<ReturnType<typeof maintain>>) =>
      tasks['snapshot-gc']?.result?.data['deletedContentCount'];
    assert.equal(collected(await maintain(stage)), 0, 'everything is younger than a day');
    clock.goOn(25);
    const first = await maintain(stage);
    assert.equal(collected(first), 3);
    const { index } = await openedKopia(store, clock);
    const deleted = [...index.entries()].filter(each => each.deleted);
    assert.equal(deleted.length, 3, 'what was deleted now can still be read');
    assert.equal(first['full-drop-deleted-content']?.state, 'done', 'of what the collection before deleted');
    clock.goOn(25);
    const second = await maintain(stage);
    assert.equal(second['full-drop-deleted-content']?.state, 'done');
    await assertSound(stage);
    const dropped = () =>
      openedKopia(store, clock).then(({ index }) => [...index.entries()].every(each => !each.deleted));
    for (let day = 0; day < 8; day++) {
      clock.goOn(25);
      await maintain(stage);
      // Another short pack, with which the one that is nearly empty now is put together.
      if (day === 3) {
        assert.ok(await dropped());
        await takeSnapshot(store, randomFiles(['e'], 100), { clock });
      }
    }
    await assertSound(stage);
    assert.ok(packBytes(stage) < full / 10, `${packBytes(stage)} of ${full} bytes are left`);
  });
}

for (const version of formats) {
  test(`in format ${version} what a snapshot uses that was under way at a collection is brought back by the next`, async () => {
    const stage = await begin(version);
    const { clock, store } = stage;
    const files = randomFiles(['a', 'b/c']);
    await takeSnapshot(store, files, { clock });
    clock.goOn(25);
    // A second writer has the same contents in its index, and finishes once the collection has marked them.
    const racing = await openedKopia(store, clock);
    const [removed] = await listKopiaSnapshots(racing);
    await forgetFirst(stage);
    await maintain(stage);
    const repository = await openedKopia(store, clock);
    const deleted = [...repository.index.entries()].filter(each => each.deleted);
    assert.equal(deleted.length, 4);
    await changeManifests(racing, { identity, clock }, async changes => {
      if (removed !== undefined) changes.put(removed.manifest.labels, removed.manifest.data ?? null);
    });
    const findings = await Array.fromAsync(checkKopia(await openedKopia(store, clock)));
    assert.ok(findings.some(({ kind }) => kind === 'untidy'));
    assert.ok(findings.every(({ kind }) => kind === 'untidy' || kind === 'unused'));
    clock.goOn(6);
    const tasks = await maintain(stage);
    assert.equal(tasks['snapshot-gc']?.result?.data['recoveredContentCount'], 4);
    for (let day = 0; day < 4; day++) {
      clock.goOn(25);
      await maintain(stage);
    }
    await assertSound(stage);
  });
}

test('epochs advance, are compacted one by one and in ranges, and their indexes go; nothing is lost on the way', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  for (let day = 0; day < 12; day++) {
    for (let hour = 0; hour < 21; hour++) {
      if (hour % 10 === 0) await takeSnapshot(store, randomFiles([`${day}/${hour}`], 100), { clock });
      else await tag(stage, `${day}:${hour}`);
      clock.goOn(1.3);
    }
    await maintain(stage, { mode: day % 3 === 0 ? 'quick' : 'full' });
  }
  await assertSound(stage);
  const keys = [...store.files.keys()];
  const ofKind = (prefix: string) => keys.filter(key => key.startsWith(prefix)).length;
  assert.ok(ofKind('xe') <= 3 && ofKind('xe') > 0, `${ofKind('xe')} markers`);
  assert.equal(ofKind('xr'), 1);
  const compacted = keys.flatMap(key => /^xs\d+_/.exec(key)?.[0] ?? []);
  assert.ok(compacted.length > 5);
  assert.equal(new Set(compacted).size, compacted.length, `none twice: ${compacted.join(' ')}`);
  assert.ok(ofKind('xn') < 100, `${ofKind('xn')} indexes`);
  const repository = await openedKopia(store, clock);
  assert.equal((await listKopiaSnapshots(repository)).length, 12 * 3);
  assert.ok(repository.epoch.writeEpoch >= 9, String(repository.epoch.writeEpoch));
});

async function tag({ clock, store }: Stage, text: string): Promise<void> {
  const repository = await openedKopia(store, clock);
  const [first] = await listKopiaSnapshots(repository);
  if (first !== undefined) await tagSnapshots(repository, [first], { set: [text] }, { identity, clock });
}

test('only the owner maintains, unless forced, and only with a right clock, and not two at once', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  const other = { username: 'other', hostname: 'h' };
  await assert.rejects(maintain(stage, { identity: other }), thrown =>
    isHozonError(thrown, 'repository.not-maintenance-owner'),
  );
  await maintain(stage, { identity: other, force: true });
  const skewed = new HeldClock(new Date(clock.now().getTime() + 6 * 60_000).toISOString());
  await assert.rejects(maintain(stage, { clock: skewed }), thrown =>
    isHozonError(thrown, 'repository.maintenance-clock-skew'),
  );
  let entered = false;
  const second = new DatedStore(clock);
  for (const [key, bytes] of store.files) second.files.set(key, bytes);
  second.put = async (key, body, options) => {
    const stored = await DatedStore.prototype.put.call(second, key, body, options);
    if (key === 'kopia.maintenance' && !entered) {
      entered = true;
      await maintain({ clock, store: second });
    }
    return stored;
  };
  await assert.rejects(maintain({ clock, store: second }), thrown =>
    isHozonError(thrown, 'repository.maintenance-elsewhere'),
  );
});

test('full maintenance is due before quick, and each by its own time', () => {
  const parameters = defaultMaintenance('u@h');
  const due = (nextFull: bigint | undefined, nextQuick: bigint | undefined) =>
    dueMode(parameters, { nextFull, nextQuick, runs: {} }, 1000);
  assert.equal(due(undefined, undefined), 'full');
  assert.equal(due(1_000_000_000n, undefined), 'full');
  assert.equal(due(1_000_000_001n, 1_000_000_000n), 'quick');
  assert.equal(due(1_000_000_001n, 1_000_000_001n), 'none');
});

for (const version of formats) {
  test(`in format ${version} without safety one run frees everything, and a dry run changes nothing`, async () => {
    const stage = await begin(version);
    const { clock, store } = stage;
    await takeSnapshot(store, randomFiles(['a', 'b'], 300_000), { clock });
    clock.goOn(0.1);
    await takeSnapshot(store, randomFiles(['c']), { clock });
    clock.goOn(0.1);
    await forgetFirst(stage);
    clock.goOn(0.1001);
    const before = new Map(store.files);
    const planned = await maintain(stage, { safety: safetyNone, dryRun: true });
    assert.equal(planned['snapshot-gc']?.result?.data['deletedContentCount'], 3);
    assert.deepEqual(new Map(store.files), before);
    await maintain(stage, { safety: safetyNone });
    assert.ok(packBytes(stage) < 60_000, String(packBytes(stage)));
    await assertSound(stage);
  });
}

test('what cannot be followed is not collected', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  await takeSnapshot(store, randomFiles(['a/b']), { clock });
  await takeSnapshot(store, randomFiles(['c/d']), { clock });
  clock.goOn(48);
  const repository = await openedKopia(store, clock);
  const [directory] = repository.index.entries('k');
  store.files.delete(directory?.pack ?? '');
  await assert.rejects(maintain(stage), thrown => isHozonError(thrown, 'repository.file-missing'));
  const again = await openedKopia(store, clock);
  assert.deepEqual(
    [...again.index.entries()].filter(({ deleted }) => deleted),
    [],
  );
});

test('rules count complete snapshots, and pins hold', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  for (let day = 0; day < 5; day++) {
    await takeSnapshot(store, randomFiles(['a']), {
      clock,
      more: day === 3 ? { incomplete: 'canceled' } : {},
    });
    clock.goOn(24);
  }
  const repository = await openedKopia(store, clock);
  const [oldest, ...others] = await listKopiaSnapshots(repository);
  assert.ok(oldest !== undefined);
  await pinSnapshots(repository, [oldest], { add: ['always'], remove: [] }, { identity, clock });
  const policy = { counts: { daily: 2 }, within: {}, tags: [] };
  const groupBy = { host: true, paths: true, tags: false };
  const calendar = { now: BigInt(clock.now().getTime()) * 1_000_000n, zone: () => 0 };
  const [group] = expireByRules(await listKopiaSnapshots(repository), { policy, groupBy, calendar });
  assert.deepEqual(
    group?.remove.map(({ id }) => id),
    [others[2]?.id, others[0]?.id],
  );
  assert.deepEqual(
    group?.keep.map(({ reasons }) => reasons),
    [['daily snapshot'], ['daily snapshot'], ['pin: always']],
  );
});

test('after a change of the password only the new one opens', async () => {
  const { clock, store } = await begin();
  await changeKopiaPassword(await openedKopia(store, clock), Buffer.from('another'));
  await assert.rejects(openKopia(store, { password: Buffer.from(password) }), thrown =>
    isHozonError(thrown, 'repository.wrong-password'),
  );
  const { blobConfig } = await openKopia(store, { password: Buffer.from('another') });
  assert.deepEqual(blobConfig, { retentionMode: '', retentionPeriod: 0n });
});

test('whenever a change of the password dies, one of both opens the repository, which keeps its blobs as long as before', async () => {
  for (const retention of [
    { retentionMode: 'GOVERNANCE', retentionPeriod: 86_400_000_000_000n },
    { retentionMode: '', retentionPeriod: 0n },
  ]) {
    const original = new MemoryStore();
    const made = await initKopia(original, {
      password: Buffer.from(password),
      owner: 'u@h',
      identity,
      retention,
    });
    const another = await deriveFormatKey(made.formatBlob, 'another');
    const openWithEither = async (store: MemoryStore): Promise<OpenKopia> => {
      const blobs = made.blobs.through(store);
      const formatBlob = await readFormatBlobOf(blobs, {});
      const isOld = openFormatWith(formatBlob, made.formatKey) !== undefined;
      return openWithKey(blobs, { formatBlob, formatKey: isOld ? made.formatKey : another }, {});
    };
    for (let at = 1, isOver = false; !isOver; at++) {
      const store = new MemoryStore(original.files);
      const dying = dyingAfterChange(store, at);
      const blobs = made.blobs.through(dying.store);
      await changeKopiaPassword({ ...made, store: dying.store, blobs }, Buffer.from('another')).catch(
        () => {},
      );
      isOver = !dying.died();
      const found = await openWithEither(store);
      assert.deepEqual(found.blobConfig, retention);
      await changeManifests(await loadContents(found), { identity }, async changes => {
        changes.put({ type: 'some' }, {});
      });
      const settled = await openWithEither(store);
      assert.deepEqual([settled.blobConfig, settled.configIsSpare], [retention, false]);
      if (retention.retentionMode !== '') assert.ok(store.files.has('kopia.blobcfg'));
    }
  }
});

test('where nobody ever said who maintains a repository, who first does is its owner', async () => {
  const stage = await begin();
  const repository = await openedKopia(stage.store, stage.clock);
  await changeManifests(repository, { identity, clock: stage.clock }, async (changes, manifests) => {
    for (const manifest of manifests.find({ type: 'maintenance' })) changes.remove(manifest);
  });
  await maintain(stage);
  const { owner } = await readMaintenanceParameters(await openedKopia(stage.store, stage.clock));
  assert.equal(owner, 'u@h');
});

test('who reads for long finds what the maintenance of another has moved meanwhile', async () => {
  const stage = await begin();
  const { clock, store } = stage;
  for (const name of ['a', 'b', 'c']) {
    await takeSnapshot(store, randomFiles([name], 50_000), { clock });
    clock.goOn(0.1);
  }
  const early = await openedKopia(store, clock);
  const contents = [...early.index.entries()];
  for (let run = 0; run < 2; run++) {
    await maintain(stage, { safety: safetyNone });
    clock.goOn(0.1);
  }
  const isGone = ({ pack }: { pack: string }): boolean => !store.files.has(pack);
  assert.ok(contents.filter(isGone).length > 3);
  const kept = new Set([...(await openedKopia(store, clock)).index.entries()].map(({ id }) => id));
  for (const { id, original } of contents) {
    if (kept.has(id)) assert.equal((await readContent(early, id)).length, original);
  }
  const [lost] = [...early.index.entries('k')];
  assert.ok(lost !== undefined);
  store.files.delete(lost.pack);
  for (let time = 0; time < 2; time++) {
    await assert.rejects(readContent(early, lost.id), thrown =>
      isHozonError(thrown, 'repository.file-missing'),
    );
  }
});
