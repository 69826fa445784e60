import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '#foundation/clock.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import { type OpenRepository, openRestic } from '#repository/restic/access/open.ts';
import { listSnapshots } from '#repository/restic/access/snapshots.ts';
import { checkRestic } from '#repository/restic/checking/check.ts';
import { findEntry } from '#repository/restic/reading/browse.ts';
import { recover } from '#repository/restic/upkeep/recover.ts';
import { repairIndex } from '#repository/restic/upkeep/repair-index.ts';
import { repairPacks } from '#repository/restic/upkeep/repair-packs.ts';
import { repairSnapshots } from '#repository/restic/upkeep/repair-snapshots.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';
import { afterEveryChange, makeHistory, namesIn, opened, password } from './tidied-history.ts';

const running = { identity: ownIdentity(), clock: systemClock };

let directory: string;
let original: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restic-repair-'));
  original = join(directory, 'original');
  await using restic = await stockRestic({ repository: original, password });
  await makeHistory(restic, join(directory, 'source'));
});
after(() => rm(directory, { recursive: true }));

async function copyOf(name: string): Promise<{ place: string; restic: Restic }> {
  const place = join(directory, name);
  await cp(original, place, { recursive: true });
  return { place, restic: await stockRestic({ repository: place, password }) };
}

async function restoredNames(restic: Restic, snapshot = 'latest'): Promise<readonly string[]> {
  const target = await mkdtemp(join(directory, 'restored-'));
  await restic.run(['restore', snapshot, '--target', target]);
  return (await readdir(target, { recursive: true })).sort();
}

async function findings(place: string): Promise<unknown[]> {
  return Array.fromAsync(checkRestic(await opened(place), { readData: true }));
}

/** A file of the latest snapshot, its first blob, and how many blobs lie before and behind that in its pack. */
interface Place {
  readonly path: string;
  /** What the file repeats. */
  readonly word: string;
  readonly pack: string;
  readonly offset: number;
  readonly length: number;
  readonly before: number;
  readonly behind: number;
  /** The pack's. */
  readonly file: string;
}

/** restic stores small files in any order: one of the lasting ones is taken that has others on both its sides. */
async function amidOthers(place: string): Promise<Place> {
  const repository = await opened(place);
  const { index } = repository;
  const latest = (await listSnapshots(repository)).at(-1);
  assert.ok(latest !== undefined);
  const all = Array.from({ length: index.size }, (_, at) => index.place(at));
  for (let number = 0; number < 6; number++) {
    const path = `/below/it/lasting ${number}`;
    const { node } = await findEntry(repository, latest, { path });
    const [blob] = index.places('data', node.content?.[0] ?? '');
    assert.ok(blob !== undefined);
    const { pack, offset, length } = blob;
    const others = all.filter(each => each.pack === pack && each.offset !== offset);
    const before = others.filter(each => each.offset < offset).length;
    const behind = others.length - before;
    const file = join(place, 'data', pack.slice(0, 2), pack);
    if (before > 0 && behind > 0) {
      return { path, word: `${number} `, pack, offset, length, before, behind, file };
    }
  }
  throw new Error('no lasting file lies between others');
}

async function rewrite(file: string, change: (bytes: Buffer) => Uint8Array): Promise<void> {
  const bytes = await readFile(file);
  await rm(file);
  await writeFile(file, change(bytes));
}

function flipped(at: number): (bytes: Buffer) => Buffer {
  return bytes => {
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
}

async function removeIndexes(place: string): Promise<void> {
  for (const name of await namesIn(place, 'index')) await rm(join(place, 'index', name));
}

test('indexes that are lost or damaged are made again from the packs', async () => {
  const { place, restic } = await copyOf('indexes');
  await using _ = restic;
  await removeIndexes(place);
  const lost = await repairIndex(await opened(place));
  assert.equal(lost.added.length, (await namesIn(place, 'data')).length);
  await restic.run(['check', '--read-data']);
  const [name] = await namesIn(place, 'index');
  await rewrite(join(place, 'index', name ?? ''), flipped(100));
  const damaged = await repairIndex(await openedWithoutIndex(place));
  assert.deepEqual([damaged.damagedIndexes, damaged.added.length], [[name], lost.added.length]);
  await restic.run(['check', '--read-data']);
  assert.deepEqual(
    await restoredNames(restic),
    (await readdir(join(directory, 'source'), { recursive: true })).sort(),
  );
  const nothing = await repairIndex(await opened(place));
  assert.deepEqual([nothing.damagedIndexes, nothing.added, nothing.forgotten], [[], [], []]);
});

test('every header is read where no index is to be believed; packs that are gone are forgotten', async () => {
  const { place, restic } = await copyOf('headers');
  await using _ = restic;
  const before = await namesIn(place, 'index');
  await repairIndex(await opened(place), { readAllPacks: true });
  const after = await namesIn(place, 'index');
  assert.deepEqual(
    after.filter(name => before.includes(name)),
    [],
  );
  await restic.run(['check', '--read-data']);
  const { pack, file } = await amidOthers(place);
  await rm(file);
  const dry = await repairIndex(await opened(place), { dryRun: true });
  assert.deepEqual(await namesIn(place, 'index'), after);
  const repair = await repairIndex(await opened(place));
  assert.deepEqual([repair.forgotten, repair], [[pack], dry]);
});

test('what is left of damaged packs is saved, and snapshots go on without the rest', async () => {
  const { place, restic } = await copyOf('packs');
  await using _ = restic;
  const { path, pack, offset, before, behind, file } = await amidOthers(place);
  await rewrite(file, flipped(offset + 20));
  const gone = pack.replace(/./g, 'a');
  const unknown = await repairPacks(await opened(place), [gone]);
  assert.deepEqual(unknown, { packs: [{ id: gone, saved: 0, lost: 0, gone: true }], undeleted: [] });
  const dry = await repairPacks(await opened(place), [pack], { dryRun: true });
  const done = await repairPacks(await opened(place), [gone, pack]);
  const [, repair] = done.packs;
  assert.deepEqual([repair], dry.packs);
  assert.deepEqual([repair?.lost, repair?.saved], [1, before + behind]);
  assert.ok(!(await namesIn(place, 'data')).includes(pack));
  const said = await repairSnapshots(await opened(place), { forget: true, dryRun: true });
  assert.equal((await namesIn(place, 'snapshots')).includes(said[0]?.id ?? ''), true);
  const repaired = await repairSnapshots(await opened(place), { forget: true });
  assert.deepEqual(
    repaired.map(each => each.kind === 'repaired' && each.changes),
    [[{ path, what: 'content' }]],
  );
  await restic.run(['check', '--read-data']);
  assert.deepEqual(await findings(place), []);
  assert.deepEqual(
    await restoredNames(restic),
    (await readdir(join(directory, 'source'), { recursive: true })).sort(),
  );
  assert.deepEqual(await repairSnapshots(await opened(place)), []);
});

test('of a pack that was cut off, what lies before the cut is saved', async () => {
  const { place, restic } = await copyOf('cut');
  await using _ = restic;
  const { path, word, pack, offset, length, before, behind, file } = await amidOthers(place);
  await rewrite(file, bytes => bytes.subarray(0, offset + length));
  const {
    packs: [repair],
  } = await repairPacks(await opened(place), [pack]);
  assert.deepEqual([repair?.saved, repair?.lost], [before + 1, behind]);
  await repairSnapshots(await opened(place), { forget: true });
  await restic.run(['check', '--read-data']);
  assert.equal(await restic.run(['dump', 'latest', path]), word.repeat(50_000));
});

test('a directory that is lost becomes empty, and the repaired snapshot stands beside the broken one', async () => {
  const { place, restic } = await copyOf('directories');
  await using _ = restic;
  const repository = await opened(place);
  const [latest] = await listSnapshots(repository);
  assert.ok(latest !== undefined);
  const { node } = await findEntry(repository, latest, { path: '/below/it' });
  const [tree] = repository.index.places('tree', node.subtree ?? '');
  assert.ok(tree !== undefined);
  await rewrite(join(place, 'data', tree.pack.slice(0, 2), tree.pack), flipped(tree.offset + 20));
  await repairPacks(repository, [tree.pack]);
  const [repair] = await repairSnapshots(await opened(place));
  assert.ok(repair?.kind === 'repaired');
  assert.deepEqual(repair.changes, [{ path: '/below/it', what: 'directory' }]);
  const listed = JSON.parse(await restic.run(['snapshots', '--json'])) as Record<string, unknown>[];
  const marks = new Map(listed.map(({ id, original, tags }) => [id, [original, tags]]));
  assert.deepEqual(marks.get(latest.id), [undefined, undefined]);
  assert.deepEqual(marks.get(repair.repaired), [latest.id, ['repaired']]);
  const again = await repairSnapshots(await opened(place));
  assert.deepEqual([again, (await namesIn(place, 'snapshots')).length], [[repair], 2]);
  const names = await restoredNames(restic, repair.repaired ?? '');
  assert.ok(
    names.includes('below/it') && names.includes('below/changing 1') && !names.includes('below/it/lasting 1'),
  );
});

test('a snapshot whose root is gone is removed only where that is asked for', async () => {
  const { place, restic } = await copyOf('roots');
  await using _ = restic;
  const repository = await opened(place);
  const [latest] = await listSnapshots(repository);
  const [root] = repository.index.places('tree', latest?.document.tree ?? '');
  assert.ok(root !== undefined);
  await rewrite(join(place, 'data', root.pack.slice(0, 2), root.pack), flipped(root.offset + 20));
  await repairPacks(repository, [root.pack]);
  assert.deepEqual(await repairSnapshots(await opened(place)), [{ kind: 'lost', id: latest?.id }]);
  assert.equal((await namesIn(place, 'snapshots')).length, 1);
  await repairSnapshots(await opened(place), { forget: true });
  assert.equal((await namesIn(place, 'snapshots')).length, 0);
  await restic.run(['check', '--read-data']);
});

test('what forgotten snapshots held is found again, also without indexes', async () => {
  const { place, restic } = await copyOf('forgotten');
  await using _ = restic;
  for (const name of await namesIn(place, 'snapshots')) await rm(join(place, 'snapshots', name));
  await removeIndexes(place);
  const { roots, snapshot, unreadable } = await recover(await opened(place), running);
  assert.deepEqual([roots.length, unreadable], [3, 0]);
  assert.deepEqual([snapshot?.document.paths, snapshot?.document.tags], [['/recover'], ['recovered']]);
  await restic.run(['check', '--read-data']);
  const names = await restoredNames(restic);
  for (const root of roots) assert.ok(names.includes(`${root.slice(0, 8)}/below`), root);
  const again = await recover(await opened(place), running);
  assert.deepEqual([again.roots, again.snapshot], [[], undefined]);
});

test('wherever a repair dies, the next one completes it', async () => {
  const { place } = await copyOf('dying-repairs');
  const { path, pack, offset, file } = await amidOthers(place);
  const other = path.endsWith('2') ? '/below/it/lasting 3' : '/below/it/lasting 2';
  await rewrite(file, flipped(offset + 20));
  const changes = await afterEveryChange(
    place,
    async store => {
      await repairIndex(await opened(store), { readAllPacks: true });
      await repairPacks(await opened(store), [pack]);
      await repairSnapshots(await opened(store), { forget: true });
    },
    async left => {
      await repairIndex(await opened(left));
      await repairPacks(await opened(left), [pack]);
      await repairSnapshots(await opened(left), { forget: true });
      await using restic = await stockRestic({ repository: left, password });
      await restic.run(['check', '--read-data']);
      assert.equal((await namesIn(left, 'snapshots')).length, 1);
      assert.equal((await restic.run(['dump', 'latest', other])).length, 100_000);
    },
  );
  assert.ok(changes >= 10, String(changes));
});

/** Without its index, which may be damaged. */
async function openedWithoutIndex(place: string): Promise<OpenRepository> {
  return openRestic(new FilesystemStore(place), { password: Buffer.from(password) });
}
