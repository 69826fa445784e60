import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import type { IndexedRepository } from '#repository/restic/access/indexed.ts';
import { checkRestic } from '#repository/restic/checking/check.ts';
import { pruneRestic } from '#repository/restic/upkeep/prune.ts';
import { type Restic, type ResticVersion, resticVersions, stockRestic } from '#testbed/restic.ts';
import { afterEveryChange, makeHistory, namesIn, opened, packBytes, password } from './tidied-history.ts';

let directory: string;
let original: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restic-prune-'));
  original = join(directory, 'original');
  await using restic = await stockRestic({ repository: original, password });
  await makeHistory(restic, join(directory, 'source'));
});
after(() => rm(directory, { recursive: true }));

async function copyOf(name: string, version?: ResticVersion): Promise<{ place: string; restic: Restic }> {
  const place = join(directory, name);
  await cp(original, place, { recursive: true });
  const which = version === undefined ? {} : { version };
  return { place, restic: await stockRestic({ repository: place, password, ...which }) };
}

/** What the last snapshot holds, as restic restores it, is what the source holds. */
async function assertRestores(restic: Restic): Promise<void> {
  const target = await mkdtemp(join(directory, 'restored-'));
  await restic.run(['restore', 'latest', '--target', target]);
  const names = await readdir(join(directory, 'source'), { recursive: true, withFileTypes: true });
  assert.deepEqual((await readdir(target, { recursive: true })).length, names.length);
  for (const entry of names.filter(each => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const restored = path.replace(join(directory, 'source'), target);
    assert.ok((await readFile(restored)).equals(await readFile(path)), entry.name);
  }
}

for (const version of resticVersions) {
  test(`restic finds nothing wrong, restores the same, and would prune no more: ${version}`, async () => {
    const { place, restic } = await copyOf(`ours-${version}`, version);
    await using _ = restic;
    const theirs = await copyOf(`theirs-${version}`, version);
    await using __ = theirs.restic;
    const plan = await pruneRestic(await opened(place));
    assert.ok(plan.totals.packs.remove > 0 && plan.totals.packs.repack > 0);
    await restic.run(['check', '--read-data']);
    await assertRestores(restic);
    await theirs.restic.run(['prune']);
    const ratio = (await packBytes(place)) / (await packBytes(theirs.place));
    assert.ok(ratio > 0.97 && ratio < 1.03, String(ratio));
    assert.deepEqual(await Array.fromAsync(checkRestic(await opened(theirs.place), { readData: true })), []);
    const before = await namesIn(place, 'data');
    await restic.run(['prune']);
    assert.deepEqual(await namesIn(place, 'data'), before);
  });
}

test('a second prune changes nothing; a dry run never does', async () => {
  const { place, restic } = await copyOf('again');
  await using _ = restic;
  const filesOf = async (): Promise<unknown> => [await namesIn(place, 'data'), await namesIn(place, 'index')];
  const before = await filesOf();
  const dry = await pruneRestic(await opened(place), { dryRun: true });
  assert.deepEqual(await filesOf(), before);
  const done = await pruneRestic(await opened(place));
  assert.deepEqual(done, dry);
  const pruned = await filesOf();
  const again = await pruneRestic(await opened(place));
  assert.deepEqual([again.repack, again.remove, again.unreferenced], [[], [], []]);
  assert.deepEqual(await filesOf(), pruned);
});

test('wherever pruning dies, restic finds nothing wrong, and the next prune completes it', async () => {
  const finished = await copyOf('finished');
  await using _ = finished.restic;
  await pruneRestic(await opened(finished.place));
  const size = await packBytes(finished.place);
  const changes = await afterEveryChange(
    original,
    async store => void (await pruneRestic(await opened(store))),
    async (place, at) => {
      await using restic = await stockRestic({ repository: place, password });
      await restic.run(['check', '--read-data']);
      await pruneRestic(await opened(place));
      assert.deepEqual(await Array.fromAsync(checkRestic(await opened(place), { readData: true })), []);
      assert.ok(Math.abs((await packBytes(place)) - size) < 20_000, `after change ${at}`);
    },
  );
  assert.ok(changes >= 8, String(changes));
});

test('what is damaged is not pruned', async () => {
  const { place, restic } = await copyOf('damaged');
  await using _ = restic;
  const repository = await opened(place);
  const { repack } = await pruneRestic(repository, { dryRun: true });
  const pack = repack.find(({ id }) => holdsData(repository, id));
  assert.ok(pack !== undefined);
  const path = join(place, 'data', pack.id.slice(0, 2), pack.id);
  const bytes = await readFile(path);
  await rm(path);
  const unfit = (thrown: unknown): boolean => isHozonError(thrown, 'repository.prune-packs-unfit');
  await assert.rejects(pruneRestic(repository), unfit);
  await writeFile(path, bytes.subarray(1));
  await assert.rejects(pruneRestic(repository), unfit);
  await writeFile(path, bytes);
  for (const name of await namesIn(place, 'index')) await rm(join(place, 'index', name));
  const missing = (thrown: unknown): boolean => isHozonError(thrown, 'repository.prune-blobs-missing');
  await assert.rejects(pruneRestic(await opened(place)), missing);
  assert.ok((await namesIn(place, 'data')).includes(pack.id));
});

test('a needed blob that cannot be read stops pruning before anything is lost', async () => {
  const { place, restic } = await copyOf('unreadable');
  await using _ = restic;
  const repository = await opened(place);
  const plan = await pruneRestic(repository, { dryRun: true });
  const copied = plan.copies.findIndex(
    (is, entry) => is === 1 && repository.index.place(entry).type === 'data',
  );
  const { pack, offset } = repository.index.place(copied);
  const path = join(place, 'data', pack.slice(0, 2), pack);
  const bytes = await readFile(path);
  bytes[offset + 20] = (bytes[offset + 20] ?? 0) ^ 1;
  await rm(path);
  await writeFile(path, bytes);
  const before = await namesIn(place, 'data');
  await assert.rejects(pruneRestic(repository), thrown => isHozonError(thrown, 'repository.damaged'));
  const after = new Set(await namesIn(place, 'data'));
  assert.deepEqual(
    before.filter(name => !after.has(name)),
    [],
  );
});

function holdsData({ index }: IndexedRepository, pack: string): boolean {
  const number = index.packs.indexOf(pack);
  return (index.entriesByPack()[number] ?? []).some(entry => !index.isTree(entry));
}
