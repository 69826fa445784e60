import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';
import { cacheRoot, openCacheDirectory } from '../../cache/cache-directory.ts';
import { CacheFiles } from '../../cache/cache-files.ts';
import { type ResticCache, resticCache } from './cached.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-cache-'));
});
after(() => rm(directory, { recursive: true }));

interface Setting {
  /** The store behind the cache. */
  readonly inner: ObjectStore;
  /** What was read of it. */
  readonly reads: string[];
  readonly cached: ResticCache;
  readonly cache: string;
  readonly failures: unknown[];
  /** Another process with the same cache. */
  readonly again: () => ResticCache;
}

async function setting(): Promise<Setting> {
  const place = await mkdtemp(join(directory, 'one-'));
  const plain = new FilesystemStore(join(place, 'repository'));
  const cache = join(place, 'cache');
  const reads: string[] = [];
  const failures: unknown[] = [];
  const inner: ObjectStore = {
    url: plain.url,
    get: (key, options) => {
      reads.push(key);
      return plain.get(key, options);
    },
    getRange: (key, range, options) => {
      reads.push(`${key} ${range.offset}`);
      return plain.getRange(key, range, options);
    },
    put: (key, body, options) => plain.put(key, body, options),
    putIfAbsent: (key, body, options) => plain.putIfAbsent(key, body, options),
    head: (key, options) => plain.head(key, options),
    list: (prefix, options) => plain.list(prefix, options),
    listPrefixes: (prefix, options) => plain.listPrefixes(prefix, options),
    delete: (key, options) => plain.delete(key, options),
    presign: async () => undefined,
    unfinished: prefix => plain.unfinished(prefix),
    abandon: write => plain.abandon(write),
    close: () => plain.close(),
  };
  const again = (): ResticCache =>
    resticCache(inner, new CacheFiles(cache), { onFailure: thrown => failures.push(thrown) });
  return { inner, reads, cached: again(), cache, failures, again };
}

function idOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function file(store: ObjectStore, folder: string, content = randomBytes(5000)) {
  const id = idOf(content);
  const key = folder === 'data' ? `data/${id.slice(0, 2)}/${id}` : `${folder}/${id}`;
  await store.put(key, content);
  return { id, key, content };
}

const limit = 1_000_000;

async function range(store: ObjectStore, key: string, offset: number, length: number): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(await store.getRange(key, { offset, length })));
}

test('snapshots and indexes are read once, keys and locks each time', async () => {
  const { inner, reads, cached, again, failures } = await setting();
  for (const folder of ['index', 'snapshots', 'locks', 'keys']) {
    const { key, content } = await file(inner, folder);
    for (const { store } of [cached, cached, again()]) {
      assert.ok(content.equals(await readAll(store, key, { limit })));
    }
    const times = folder === 'locks' || folder === 'keys' ? 3 : 1;
    assert.deepEqual(
      reads.splice(0),
      Array.from({ length: times }, () => key),
    );
  }
  assert.deepEqual(failures, []);
});

test('what is written goes into the cache, sealed as it is, for its owner alone', async () => {
  const { cached, reads, cache } = await setting();
  const { key, content } = await file(cached.store, 'snapshots');
  assert.ok(content.equals(await readAll(cached.store, key, { limit })));
  assert.deepEqual(reads, []);
  assert.ok(content.equals(await readFile(join(cache, key))));
  assert.equal((await stat(join(cache, key))).mode & 0o777, 0o600);
  assert.equal((await stat(dirname(join(cache, key)))).mode & 0o777, 0o700);
});

test('a damaged file of the cache is thrown away and read anew', async () => {
  const { inner, cached, reads, cache, again } = await setting();
  const { key, content } = await file(inner, 'index');
  const pack = await file(inner, 'data');
  await cached.useTreePacks(new Set([pack.id]));
  await readAll(cached.store, key, { limit });
  await range(cached.store, pack.key, 10, 20);
  for (const each of [key, pack.key]) await writeFile(join(cache, each), randomBytes(5000));
  reads.length = 0;
  const other = again();
  await other.useTreePacks(new Set([pack.id]));
  assert.ok(content.equals(await readAll(other.store, key, { limit })));
  assert.ok(pack.content.subarray(10, 30).equals(await range(other.store, pack.key, 10, 20)));
  assert.deepEqual(reads, [key, pack.key]);
  assert.ok(content.equals(await readFile(join(cache, key))));
  assert.ok(pack.content.equals(await readFile(join(cache, pack.key))));
});

test('packs of trees are fetched whole, once; others are not kept', async () => {
  const { inner, cached, reads } = await setting();
  const [trees, data] = [await file(inner, 'data'), await file(inner, 'data')];
  await cached.useTreePacks(new Set([trees.id]));
  const offsets = [0, 100, 4000, 17];
  const all = await Promise.all(offsets.map(offset => range(cached.store, trees.key, offset, 50)));
  for (const [at, bytes] of all.entries()) {
    const offset = offsets[at] ?? 0;
    assert.ok(bytes.equals(trees.content.subarray(offset, offset + 50)));
  }
  await range(cached.store, data.key, 1, 2);
  await range(cached.store, data.key, 1, 2);
  assert.deepEqual(reads, [trees.key, `${data.key} 1`, `${data.key} 1`]);
});

test('a pack that is damaged in the repository is read there, and not kept', async () => {
  const { inner, cached, cache } = await setting();
  const { key, id } = await file(inner, 'data');
  await inner.delete(key);
  const other = randomBytes(5000);
  await inner.put(key, other);
  await cached.useTreePacks(new Set([id]));
  assert.ok(other.subarray(5, 10).equals(await range(cached.store, key, 5, 5)));
  await assert.rejects(readFile(join(cache, key)), { code: 'ENOENT' });
  await inner.delete(key);
  const gone = cached.store.getRange(key, { offset: 0, length: 5 });
  await assert.rejects(gone, thrown => isHozonError(thrown, 'storage.not-found'));
});

test('what the repository lists no longer is removed', async () => {
  const { inner, cached, cache } = await setting();
  const kept = await file(cached.store, 'snapshots');
  const gone = await file(cached.store, 'snapshots');
  const deleted = await file(cached.store, 'snapshots');
  const pack = await file(inner, 'data');
  await cached.useTreePacks(new Set([pack.id]));
  await range(cached.store, pack.key, 0, 10);
  await inner.delete(gone.key);
  await cached.store.delete(deleted.key);
  assert.equal((await readdir(join(cache, 'snapshots'))).length, 2);
  for await (const _ of cached.store.list('snapshots/'));
  assert.deepEqual(await readdir(join(cache, 'snapshots')), [kept.id]);
  await cached.useTreePacks(new Set());
  assert.deepEqual(await readdir(dirname(join(cache, pack.key))), []);
});

test('the cache may be deleted at any time', async () => {
  const { inner, cached, cache, failures } = await setting();
  const pack = await file(inner, 'data');
  const index = await file(cached.store, 'index');
  await cached.useTreePacks(new Set([pack.id]));
  for (let round = 0; round < 3; round++) {
    await rm(cache, { recursive: true });
    assert.ok(pack.content.subarray(0, 9).equals(await range(cached.store, pack.key, 0, 9)));
    assert.ok(index.content.equals(await readAll(cached.store, index.key, { limit })));
  }
  assert.deepEqual(failures, []);
});

test('a cache that cannot be written is told once, and nothing fails', async () => {
  const { inner, cached, cache, failures } = await setting();
  await writeFile(cache, 'a file where the directory should be');
  const [first, second] = [await file(inner, 'index'), await file(cached.store, 'snapshots')];
  for (const { key, content } of [first, second]) {
    assert.ok(content.equals(await readAll(cached.store, key, { limit })));
  }
  assert.equal(failures.length, 1);
});

test('a body that fails on its way leaves nothing behind', async () => {
  const { inner, cache, cached } = await setting();
  const pack = await file(inner, 'data');
  const failing: ObjectStore = {
    ...cached.store,
    get: async () => ({
      async *[Symbol.asyncIterator]() {
        yield pack.content.subarray(0, 100);
        throw new Error('the connection is gone');
      },
    }),
  };
  const failures: unknown[] = [];
  const other = resticCache(failing, new CacheFiles(cache), { onFailure: each => failures.push(each) });
  await other.useTreePacks(new Set([pack.id]));
  await assert.rejects(range(other.store, pack.key, 0, 10), /the connection is gone/);
  assert.deepEqual(await readdir(dirname(join(cache, pack.key))), []);
  assert.deepEqual(failures, []);
});

test('many processes share a cache', async () => {
  const { inner, again, failures } = await setting();
  const packs = await Promise.all(Array.from({ length: 5 }, () => file(inner, 'data')));
  const stores = Array.from({ length: 6 }, again);
  await Promise.all(
    stores.map(async (cached, at) => {
      await cached.useTreePacks(new Set(packs.map(({ id }) => id)));
      for (const { key, content } of packs) {
        assert.ok(content.subarray(at, at + 99).equals(await range(cached.store, key, at, 99)));
        if (at === 0) await cached.store.list('index/')[Symbol.asyncIterator]().next();
      }
    }),
  );
  assert.deepEqual(failures, []);
});

test('old caches and abandoned files go, others stay', async () => {
  const root = join(directory, 'root');
  const [own, old, recent] = ['a', 'b', 'c'].map(letter => letter.repeat(64));
  const clock = { now: () => new Date() };
  for (const id of [own, old, recent]) await openCacheDirectory(root, { id: id ?? '', clock });
  await mkdir(join(root, 'somebody elses'));
  const longAgo = new Date(Date.now() - 31 * 86_400_000);
  for (const name of [old ?? '', 'somebody elses']) await utimes(join(root, name), longAgo, longAgo);
  const cache = await openCacheDirectory(root, { id: own ?? '', clock: systemClock });
  assert.deepEqual(new Set(await readdir(root)), new Set(['CACHEDIR.TAG', own, recent, 'somebody elses']));
  assert.equal((await stat(cache)).mode & 0o777, 0o700);
  await mkdir(join(cache, 'index'));
  for (const name of ['x.1-2.tmp', 'y.1-2.tmp']) await writeFile(join(cache, 'index', name), '');
  await utimes(join(cache, 'index/x.1-2.tmp'), longAgo, longAgo);
  await new CacheFiles(cache).retain('index', () => false);
  assert.deepEqual(await readdir(join(cache, 'index')), ['y.1-2.tmp']);
});

test('the place of caches', () => {
  const env = { HOME: '/home/a' };
  assert.equal(cacheRoot({ env }), '/home/a/.cache/hozon/restic');
  assert.equal(cacheRoot({ env: { ...env, XDG_CACHE_HOME: '/x' } }), '/x/hozon/restic');
  assert.equal(cacheRoot({ env: { ...env, RESTIC_CACHE_DIR: '/r' } }), '/r/hozon');
  assert.equal(cacheRoot({ env, chosen: '/c' }), '/c');
  assert.equal(cacheRoot({ env: {} }), undefined);
});
