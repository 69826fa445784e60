import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import { type IndexedRepository, loadIndex } from '#repository/restic/access/indexed.ts';
import { initRestic } from '#repository/restic/access/init.ts';
import { withLock } from '#repository/restic/access/lock.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { findSnapshot } from '#repository/restic/access/snapshots.ts';
import { snapshotStream } from '#repository/restic/backup/snapshot-stream.ts';
import { checkRestic } from '#repository/restic/checking/check.ts';
import { findEntry, readContent } from '#repository/restic/reading/browse.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { stockRestic } from '#testbed/restic.ts';

const password = 'secret';
const writing = { identity: ownIdentity(), clock: systemClock };

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restic-write-'));
});
after(() => rm(directory, { recursive: true }));

async function newRepository(name: string): Promise<IndexedRepository> {
  const store = new FilesystemStore(join(directory, name));
  return loadIndex(await initRestic(store, { password: Buffer.from(password), ...writing }));
}

async function* piecesOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 100_000) yield content.subarray(at, at + 100_000);
}

async function totalSize(name: string): Promise<number> {
  let size = 0;
  for await (const info of new FilesystemStore(join(directory, name)).list('data/')) size += info.size;
  return size;
}

test('restic checks and dumps what was written, and adds nothing to equal content', async () => {
  const repository = await newRepository('written');
  await using restic = await stockRestic({ repository: join(directory, 'written'), password });
  const content = Buffer.concat([randomBytes(40_000_000), Buffer.from('text\n'.repeat(1_000_000))]);
  const name = '日本語 "x" <&>';
  const { id } = await withLock(repository, { exclusive: false, ...writing }, signal =>
    snapshotStream(repository, piecesOf(content), { name, tags: ['a'], signal, ...writing }),
  );
  await restic.run(['check', '--read-data']);
  const [theirs] = JSON.parse(await restic.run(['snapshots', '--json'])) as Record<string, unknown>[];
  assert.deepEqual([theirs?.['id'], theirs?.['tags'], theirs?.['paths']], [id, ['a'], [`/${name}`]]);
  const target = join(directory, 'restored');
  await restic.run(['restore', id, '--target', target]);
  await writeFile(join(directory, 'content'), content);
  const before = await totalSize('written');
  await restic.run(['backup', 'content'], { cwd: directory });
  assert.ok((await totalSize('written')) - before < 10_000);
  assert.deepEqual(await Array.fromAsync(checkRestic(repository, { readData: true })), []);
  assert.deepEqual(await readdir(target), [name]);
  const restored = new FilesystemStore(target);
  const parts = await Array.fromAsync(await restored.get(name));
  assert.ok(Buffer.concat(parts).equals(content));
});

test('content that restic wrote is not stored again', async () => {
  const place = join(directory, 'theirs');
  await using restic = await stockRestic({ repository: place, password });
  const content = randomBytes(9_000_000);
  await writeFile(join(directory, 'same'), content);
  await restic.run(['init']);
  await restic.run(['backup', 'same'], { cwd: directory });
  const before = await totalSize('theirs');
  const opened = await openRestic(new FilesystemStore(place), { password: Buffer.from(password) });
  const repository = await loadIndex(opened);
  const snapshot = await snapshotStream(repository, piecesOf(content), { name: 'same', ...writing });
  assert.ok((await totalSize('theirs')) - before < 10_000);
  await restic.run(['check', '--read-data']);
  const again = await loadIndex(opened);
  const entry = await findEntry(again, await findSnapshot(again, snapshot.id), { path: '/same' });
  assert.ok(Buffer.concat(await Array.fromAsync(readContent(again, entry))).equals(content));
});

test('a location that holds a repository is not made one again; version 1 is not written', async () => {
  const { store } = await newRepository('once');
  const again = initRestic(store, { password: Buffer.from(password), ...writing });
  await assert.rejects(again, thrown => isHozonError(thrown, 'repository.exists'));
  const place = join(directory, 'version-1');
  await using restic = await stockRestic({ repository: place, password });
  await restic.run(['init', '--repository-version', '1']);
  const opened = await openRestic(new FilesystemStore(place), { password: Buffer.from(password) });
  const written = snapshotStream(await loadIndex(opened), piecesOf(Buffer.of(1)), { name: 'x', ...writing });
  await assert.rejects(written, thrown => isHozonError(thrown, 'repository.foreign'));
});

test('a stream that fails leaves no snapshot', async () => {
  const repository = await newRepository('failed');
  await using restic = await stockRestic({ repository: join(directory, 'failed'), password });
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield randomBytes(1_000_000);
    throw new Error('the source is gone');
  }
  await assert.rejects(
    snapshotStream(repository, failing(), { name: 'x', ...writing }),
    /the source is gone/,
  );
  assert.deepEqual(JSON.parse(await restic.run(['snapshots', '--json'])), []);
  await restic.run(['check', '--read-data']);
});

test('restic and we respect the locks of each other', async () => {
  const repository = await newRepository('locked');
  await using restic = await stockRestic({ repository: join(directory, 'locked'), password });
  const isLocked = (thrown: unknown): boolean => isHozonError(thrown, 'repository.locked');
  await withLock(repository, { exclusive: false, ...writing }, async () => {
    await restic.run(['snapshots']);
    await assert.rejects(restic.run(['prune']), /already locked/);
    await withLock(repository, { exclusive: false, ...writing }, async () => {});
    await assert.rejects(
      withLock(repository, { exclusive: true, ...writing }, async () => {}),
      isLocked,
    );
  });
  await withLock(repository, { exclusive: true, ...writing }, async () => {
    await assert.rejects(restic.run(['snapshots']), /already locked/);
    await assert.rejects(
      withLock(repository, { exclusive: false, ...writing }, async () => {}),
      isLocked,
    );
  });
  await restic.run(['prune']);
  assert.deepEqual(await Array.fromAsync(repository.store.list('locks/')), []);
});
