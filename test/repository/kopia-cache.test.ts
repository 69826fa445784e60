import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '#foundation/clock.ts';
import { withKopiaCache } from '#repository/kopia/access/cached.ts';
import { readContent } from '#repository/kopia/access/contents.ts';
import { type IndexedKopia, loadContents, refreshContents } from '#repository/kopia/access/indexed.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { openKopiaWriter } from '#repository/kopia/writing/plain-writer.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { MemoryStore } from './memory-store.ts';

const password = Buffer.from('password');

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-cache-'));
});
after(() => rm(directory, { recursive: true }));

interface Setting {
  readonly store: MemoryStore;
  /** Ids of the blobs of which anything was read, since they were last looked at. */
  readonly reads: () => string[];
  readonly open: (root?: string) => Promise<IndexedKopia>;
  readonly root: string;
  readonly failures: unknown[];
}

async function setting(): Promise<Setting> {
  const store = new MemoryStore();
  await initKopia(store, { password, owner: 'somebody@somewhere' });
  const root = await mkdtemp(join(directory, 'cache-'));
  let reads: string[] = [];
  const failures: unknown[] = [];
  const watched = watch(store, key => reads.push(key));
  return {
    store,
    root,
    failures,
    reads: () => {
      const seen = reads;
      reads = [];
      return seen.filter(key => !/^(?:kopia)?\./.test(key)).sort();
    },
    open: async (place = root) => {
      const open = await openKopia(watched, { password });
      const onFailure = (thrown: unknown): number => failures.push(thrown);
      return loadContents(await withKopiaCache(open, { root: place, clock: systemClock, onFailure }));
    },
  };
}

function watch(inner: MemoryStore, onRead: (key: string) => void): ObjectStore {
  const watched = Object.create(inner) as ObjectStore;
  return Object.assign(watched, {
    get: (...args: Parameters<ObjectStore['get']>) => {
      onRead(args[0]);
      return inner.get(...args);
    },
    getRange: (...args: Parameters<ObjectStore['getRange']>) => {
      onRead(args[0]);
      return inner.getRange(...args);
    },
  });
}

async function readAllOf(repository: IndexedKopia): Promise<Buffer[]> {
  const contents = [...repository.index.entries()].map(({ id }) => id);
  return Promise.all(contents.map(id => readContent(repository, id)));
}

test('indexes and packs of metadata are read once, packs of data each time', async () => {
  const { store, open, reads } = await setting();
  await using writer = openKopiaWriter(await open(), {});
  const data = randomBytes(10_000);
  await writer.content('', data);
  await writer.content('k', randomBytes(100));
  await writer.flush();
  const ids = [...store.files.keys()];
  const kept = ids.filter(id => /^(?:xn|q)/.test(id));
  reads();
  const first = await open();
  assert.ok((await readAllOf(first)).some(content => content.equals(data)));
  const packs = ids.filter(id => id.startsWith('p'));
  const firstReads = new Set(reads());
  assert.deepEqual(
    [
      packs.every(id => firstReads.has(id)),
      kept.filter(id => id.startsWith('q')).every(id => firstReads.has(id)),
    ],
    [true, true],
  );
  assert.equal((await readAllOf(await open())).length, first.index.size);
  assert.deepEqual(reads(), packs);
});

test('a damaged file of the cache is read anew, and goes with what it is of', async () => {
  const { store, open, reads, root, failures } = await setting();
  await loadManifests(await open());
  const files = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile() && entry.name !== 'CACHEDIR.TAG')
    .map(entry => join(entry.parentPath, entry.name));
  assert.equal(files.length, 2);
  for (const file of files) {
    const bytes = await readFile(file);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await writeFile(file, bytes);
  }
  reads();
  const repository = await open();
  const { all } = await loadManifests(repository);
  assert.equal(all.length, 2);
  assert.deepEqual(reads(), [...store.files.keys()].filter(id => /^(?:xn|q)/.test(id)).sort());
  const [before] = repository.epoch.indexBlobs;
  await using writer = openKopiaWriter(repository, {});
  await writer.content('', randomBytes(100));
  await writer.flush();
  store.files.delete(before?.id ?? '');
  const after = (await open()).epoch.indexBlobs.map(({ id }) => id);
  const left = await readdir(root, { recursive: true });
  assert.deepEqual(
    left.map(path => basename(path)).filter(name => name.startsWith('xn')),
    after,
  );
  assert.deepEqual(failures, []);
});

test('a cache that cannot be had is told once, and nothing fails', async () => {
  const { open, root, failures } = await setting();
  const file = join(root, 'file');
  await writeFile(file, '');
  assert.equal((await loadManifests(await open(file))).all.length, 2);
  assert.equal(failures.length, 1);
});

test('what others write is seen as soon as the contents are loaded again', async () => {
  const { open } = await setting();
  const [mine, theirs] = [await open(), await open()];
  await using writer = openKopiaWriter(theirs, {});
  const id = await writer.content('', randomBytes(100));
  await writer.flush();
  assert.equal(mine.index.find(id), undefined);
  const again = await refreshContents(mine);
  assert.equal((await readContent(again, id)).length, 100);
  assert.equal(mine.index.hasLive(id), true);
});
