import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type IndexedKopia, loadContents } from '#repository/kopia/access/indexed.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { listKopiaSnapshots } from '#repository/kopia/access/snapshots.ts';
import { checkKopia } from '#repository/kopia/checking/check.ts';
import { removeKopiaSnapshots } from '#repository/kopia/upkeep/change-snapshots.ts';
import { maintainKopia } from '#repository/kopia/upkeep/maintain.ts';
import { safetyFull, safetyNone } from '#repository/kopia/upkeep/safety.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';
import { hozonOn } from './hozon.ts';

/*
 * Repositories of kopia's format 1, without epochs: indexes `n…`, logs of what was merged `m…` and of what is to be removed `l…`.
 */
const password = 'p';
const identity = { username: 'u', hostname: 'h' };
const full = { mode: 'full', safety: safetyNone, identity } as const;
const quick = { ...full, mode: 'quick' } as const;

let directory: string;
let original: string;
let source: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-format-1-'));
  original = join(directory, 'original');
  source = join(directory, 'source');
  await mkdir(join(source, 'a/b'), { recursive: true });
  await using kopia = await kopiaOn(original);
  await kopia.create(['--format-version=1']);
  for (let round = 0; round < 4; round++) await takeNext(kopia, round);
});
after(() => rm(directory, { recursive: true }));

/** A snapshot by kopia: one large file came, one went. */
async function takeNext(kopia: Kopia, round: number): Promise<void> {
  await writeFile(join(source, `a/big ${round}`), randomBytes(1_500_000));
  await writeFile(join(source, 'a/b/text'), `${round} `.repeat(9000));
  await rm(join(source, `a/big ${round - 1}`), { force: true });
  await kopia.run(['snapshot', 'create', source]);
}

async function kopiaOn(place: string): Promise<Kopia> {
  return stockKopia({ storage: { path: place }, password, identity });
}

/** Works on a copy of the repository, to which kopia is connected. */
async function inCopy(work: (place: string, kopia: Kopia) => Promise<void>): Promise<void> {
  const place = await mkdtemp(join(directory, 'copy-'));
  await cp(original, place, { recursive: true, preserveTimestamps: true });
  await using kopia = await kopiaOn(place);
  await kopia.connect();
  await work(place, kopia);
}

async function opened(place: string): Promise<IndexedKopia> {
  return loadContents(await openKopia(new FilesystemStore(place), { password: Buffer.from(password) }));
}

/** kopia finds nothing wrong, nor do we, and both know the same contents and the same indexes. */
async function assertSound(place: string, kopia: Kopia): Promise<void> {
  await kopia.run(['snapshot', 'verify', '--verify-files-percent=100']);
  await kopia.run(['content', 'verify', '--full', '--include-deleted']);
  const repository = await opened(place);
  const findings = await Array.fromAsync(checkKopia(repository, { readData: true }));
  assert.deepEqual(
    findings.map(({ text }) => text.en()),
    [],
  );
  const contents = (await kopia.json(['content', 'list', '--deleted'])) as { contentID: string }[];
  assert.deepEqual(contents.map(({ contentID }) => contentID).sort(), contentsOf(repository));
  const indexes = (await kopia.json(['index', 'list'])) as { id: string }[];
  assert.deepEqual(indexes.map(({ id }) => id).sort(), indexesOf(repository));
}

function contentsOf({ index }: IndexedKopia): readonly string[] {
  return Array.from(index.entries(), ({ id }) => id).sort();
}

function indexesOf({ epoch }: IndexedKopia): readonly string[] {
  return epoch.indexBlobs.map(({ id }) => id).sort();
}

/** How many blobs there are whose names begin so. */
async function count(place: string, letter: string): Promise<number> {
  const { blobs } = await opened(place);
  return (await Array.fromAsync(blobs.list(letter))).length;
}

async function bytesOf(place: string): Promise<number> {
  const names = await readdir(place, { recursive: true });
  const sizes = await Promise.all(names.map(name => stat(join(place, name))));
  return sizes.reduce((sum, info) => sum + (info.isFile() ? info.size : 0), 0);
}

async function removeAllButLast(place: string): Promise<void> {
  const repository = await opened(place);
  const gone = (await listKopiaSnapshots(repository)).slice(0, -1).map(({ id }) => id);
  await removeKopiaSnapshots(repository, gone, { identity });
}

test('maintenance of format 1 frees what is forgotten; kopia goes on from it, and it goes on from kopia', async () => {
  await inCopy(async (place, kopia) => {
    await removeAllButLast(place);
    const before = await bytesOf(place);
    const report = await maintainKopia(await opened(place), full);
    assert.deepEqual(
      report.tasks.map(({ task, state }) => `${task} ${state}`),
      [
        'snapshot-gc done',
        'full-rewrite-contents done',
        'full-drop-deleted-content done',
        'full-delete-blobs done',
        'cleanup-logs done',
      ],
    );
    assert.ok((await bytesOf(place)) < before * 0.5, `${await bytesOf(place)} of ${before}`);
    assert.deepEqual([await count(place, 'n'), await count(place, 'm'), await count(place, 'l')], [1, 0, 0]);
    await assertSound(place, kopia);
    await takeNext(kopia, 4);
    const { stderr } = await kopia.end(['maintenance', 'run', '--full', '--safety=none']);
    assert.match(stderr, /GC found 0 unused contents/);
    await assertSound(place, kopia);
    await takeNext(kopia, 5);
    await maintainKopia(await opened(place), full);
    await maintainKopia(await opened(place), quick);
    await assertSound(place, kopia);
    const { schedule } = (await kopia.json(['maintenance', 'info'])) as {
      schedule: { runs: Record<string, { success?: boolean }[]> };
    };
    assert.ok(Object.values(schedule.runs).every(runs => runs.every(({ success }) => success === true)));
    assert.equal(schedule.runs['full-drop-deleted-content']?.length, 3);
  });
});

test('what kopia would still keep is kept: nothing is dropped or deleted before its time', async () => {
  await inCopy(async (place, kopia) => {
    await removeAllButLast(place);
    const before = [await count(place, 'n'), await count(place, 'p'), await count(place, 'q')];
    const report = await maintainKopia(await opened(place), { ...full, safety: safetyFull });
    const states = new Map(report.tasks.map(({ task, state }) => [task, state]));
    assert.equal(states.get('full-drop-deleted-content'), 'waiting');
    assert.deepEqual([await count(place, 'n'), await count(place, 'p'), await count(place, 'q')], before);
    await assertSound(place, kopia);
  });
});

test('many small indexes become one, which kopia and we take for the same; each goes on from what the other merged', async () => {
  await inCopy(async (place, kopia) => {
    const hozon = hozonOn(place, password);
    for (const pin of ['a', 'b', 'c']) await hozon.run(['pin', '--add', pin]);
    const known = contentsOf(await opened(place));
    assert.ok(indexesOf(await opened(place)).length >= 8, `${indexesOf(await opened(place)).length} indexes`);
    const before = await count(place, 'n');
    const report = await maintainKopia(await opened(place), { ...quick, safety: safetyFull });
    assert.deepEqual(
      report.tasks.map(({ task }) => task),
      ['quick-rewrite-contents', 'full-delete-blobs', 'index-compaction', 'cleanup-logs'],
    );
    assert.equal(indexesOf(await opened(place)).length, 1);
    assert.deepEqual([await count(place, 'n'), await count(place, 'm')], [before + 1, 1]);
    assert.deepEqual(contentsOf(await opened(place)), known);
    await assertSound(place, kopia);
    await takeNext(kopia, 6);
    await kopia.run(['index', 'optimize', '--all', '--max-small-blobs=1', '--dangerous-commands=enabled']);
    assert.equal(indexesOf(await opened(place)).length, 1);
    await assertSound(place, kopia);
    await hozon.run(['snapshot', source]);
    await maintainKopia(await opened(place), full);
    assert.deepEqual([await count(place, 'n'), await count(place, 'm'), await count(place, 'l')], [1, 0, 0]);
    await assertSound(place, kopia);
  });
});

test('what kopia and we write while the repository is maintained stays', async () => {
  await inCopy(async (place, kopia) => {
    await removeAllButLast(place);
    const { length } = await listKopiaSnapshots(await opened(place));
    const safe = { ...full, safety: safetyFull };
    const writing = (async () => {
      for (let round = 0; round < 2; round++) await kopia.run(['snapshot', 'create', source]);
    })();
    const ours = (async () => {
      for (let round = 0; round < 2; round++) await hozonOn(place, password).run(['snapshot', source]);
    })();
    for (let round = 0; round < 3; round++) {
      await maintainKopia(await opened(place), safe);
      await maintainKopia(await opened(place), { ...safe, mode: 'quick' });
    }
    await Promise.all([writing, ours]);
    await maintainKopia(await opened(place), safe);
    assert.equal((await listKopiaSnapshots(await opened(place))).length, length + 4);
    await assertSound(place, kopia);
  });
});

test('every command that changes a repository works on one of format 1, but for a change of its password', async () => {
  await inCopy(async (place, kopia) => {
    const hozon = hozonOn(place, password);
    const number = async (): Promise<number> => (await listKopiaSnapshots(await opened(place))).length;
    const taken = await number();
    await hozon.run(['snapshot', source]);
    await hozon.run(['tag', '--add', 'a:b']);
    await hozon.run(['policy', 'set', 'global', '--set', 'retention.keepLatest=9']);
    await hozon.run(['rewrite', '--exclude', 'text', '--forget']);
    await hozon.run(['forget', '--keep-last', '3', '--confirm']);
    const left = await number();
    assert.equal(left, 3 + 1, 'three of kopia and our own');
    const other = join(directory, 'other');
    const repositories = { RESTIC_FROM_PASSWORD: password };
    await hozonOn(other, password).run(['init', '--format', 'kopia', '--format-version', '1']);
    await hozonOn(other, password).run(['copy', '--from-repo', place], { env: repositories });
    const { code, err } = await hozon.end(['key', 'passwd', '--new-password-file', join(source, 'a/b/text')]);
    assert.ok(code !== 0, err);
    const ours = await kopia.end(['repository', 'change-password', '--new-password=other']);
    assert.notEqual(ours.exitCode, 0);
    await hozon.run(['maintenance', 'set', '--owner', 'me']);
    await hozon.run(['maintenance', 'run', '--full', '--safety', 'none']);
    await hozon.run(['maintenance', 'run']);
    await hozon.run(['check', '--read-data']);
    await assertSound(place, kopia);
    const { blobs } = await opened(place);
    for await (const { id } of blobs.list('n')) await blobs.delete(id);
    await hozon.run(['repair', 'index']);
    assert.equal(await number(), left);
    await kopia.run(['snapshot', 'verify', '--verify-files-percent=100']);
    assert.ok(taken > 3);
  });
});
