import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { CacheFiles } from '#repository/cache/cache-files.ts';
import { readContent } from '#repository/kopia/access/contents.ts';
import { IndexPages } from '#repository/kopia/access/index-pages.ts';
import {
  type IndexedKopia,
  type LoadContentsOptions,
  loadContents,
  refreshContents,
} from '#repository/kopia/access/indexed.ts';
import { type InitKopiaOptions, initKopia } from '#repository/kopia/access/init.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { openKopiaWriter } from '#repository/kopia/writing/plain-writer.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Call, type Fault, faulty } from '#storage/testing/faulty.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-index-pages-'));
});
after(() => rm(directory, { recursive: true }));

interface Setting {
  /** Where the repository is, and its pages. */
  readonly place: string;
  readonly cache: string;
  readonly failures: unknown[];
  /** The operations on index blobs since it was asked last. */
  readonly reads: () => readonly string[];
  fault: Fault | undefined;
  files: () => Promise<CacheFiles>;
  /** Loads the repository as every command does, its indexes on disk however small they are. */
  readonly load: (options?: LoadContentsOptions) => Promise<IndexedKopia>;
  /** Stores contents, their ids. */
  readonly write: (count: number) => Promise<readonly string[]>;
}

/** Whether an index blob is read. */
function isIndex({ key, operation }: Call): boolean {
  return /^(?:x[nsr]|n)[0-9a-f]/.test(key.replaceAll('/', '')) && operation.startsWith('get');
}

async function setting(name: string, options: Partial<InitKopiaOptions> = {}): Promise<Setting> {
  const place = join(directory, name);
  const cache = join(directory, `${name}-cache`);
  const failures: unknown[] = [];
  const store = new FilesystemStore(place);
  const opened = await initKopia(store, { password: Buffer.from('secret'), owner: 'me@here', ...options });
  let calls: Call[] = [];
  const made: Setting = {
    place,
    cache,
    failures,
    fault: undefined,
    files: async () => new CacheFiles(cache),
    reads: () => {
      const seen = calls.filter(isIndex);
      calls = [];
      return seen.map(({ operation }) => operation);
    },
    load: async (given = {}) => {
      const watched = faulty(store, call => {
        calls.push(call);
        return isIndex(call) ? made.fault : undefined;
      });
      const indexPages = new IndexPages({
        files: () => made.files(),
        onFailure: thrown => failures.push(thrown),
        mostInMemory: 0,
        leastOnDisk: 0,
      });
      const onIndexed = ({ epoch }: IndexedKopia): Promise<void> => indexPages.retain(epoch.indexBlobs);
      const blobs = opened.blobs.through(watched);
      return loadContents({ ...opened, store: watched, blobs, indexPages, onIndexed }, given);
    },
    write: async count => {
      await using writer = openKopiaWriter(await loadContents(opened), {});
      const ids = [];
      for (let each = 0; each < count; each++) ids.push(await writer.content('', randomBytes(20)));
      await writer.flush();
      return ids;
    },
  };
  return made;
}

async function kept({ cache }: Setting): Promise<string[]> {
  const names: string[] = await readdir(join(cache, 'index-pages')).catch(() => []);
  return names.sort();
}

test('contents are found on disk; the repository is read once', async () => {
  const set = await setting('found');
  const ids = [...(await set.write(500)), ...(await set.write(3))];
  const first = await set.load();
  assert.deepEqual(new Set(set.reads()), new Set(['getRange']));
  for (const id of ids) assert.equal((await readContent(first, id)).length, 20);
  assert.equal((await loadManifests(first)).all.length, 2);
  const blobs = first.epoch.indexBlobs.map(({ id }) => id);
  assert.equal(blobs.length, 3);
  assert.deepEqual(await kept(set), blobs.sort());
  const again = await set.load();
  for (const id of ids) assert.deepEqual(again.index.find(id), first.index.find(id));
  assert.equal(again.index.find('00'.repeat(16)), undefined);
  const [theirs = ''] = await set.write(1);
  set.reads();
  const now = await refreshContents(again);
  assert.equal((await readContent(now, theirs)).length, 20);
  assert.deepEqual(set.reads(), ['getRange']);
  assert.equal(now.index.hasLive(theirs), true);
  assert.equal(now.index.size, first.index.size + 1);
  assert.deepEqual(set.failures, []);
});

test('what the repository has no longer goes from the disk', async () => {
  const set = await setting('gone');
  await set.write(1);
  const { epoch, blobs } = await set.load();
  const [gone = assert.fail(), ...others] = epoch.indexBlobs;
  await blobs.delete(gone.id);
  await set.load();
  assert.deepEqual(
    await kept(set),
    others.map(({ id }) => id),
  );
});

test('a file that is damaged when it is opened is made anew, one that is later is told and made anew the next time', async () => {
  const set = await setting('damaged');
  const ids = await set.write(1000);
  await set.load();
  const pathOf = (name: string): string => join(set.cache, 'index-pages', name);
  const damage = async (from: number, end = Infinity): Promise<void> => {
    for (const name of await kept(set)) {
      const bytes = await readFile(pathOf(name));
      for (let at = from; at < Math.min(end, bytes.length); at++) bytes[at] = (bytes[at] ?? 0) ^ 1;
      await writeFile(pathOf(name), bytes);
    }
  };
  await damage(0);
  set.reads();
  const anew = await set.load();
  assert.ok(set.reads().length > 0);
  for (const id of ids) assert.ok(anew.index.find(id));
  await damage(6000, 20_000);
  const unlucky = await set.load();
  const lookUpAll = (): void => ids.forEach(id => unlucky.index.find(id));
  assert.throws(lookUpAll, thrown => isHozonError(thrown, 'repository.index-cache'));
  assert.throws(
    () => unlucky.index.size,
    thrown => isHozonError(thrown, 'repository.index-cache'),
  );
  const last = await set.load();
  for (const id of ids) assert.ok(last.index.find(id));
});

test('an index that is damaged in the repository is said to be, and is not kept', async () => {
  const set = await setting('bad');
  const ids = await set.write(100);
  const { epoch, blobs } = await set.load();
  await rm(set.cache, { recursive: true });
  const [blob = assert.fail()] = epoch.indexBlobs.toSorted((a, b) => b.size - a.size);
  const bytes = await blobs.get(blob.id, { limit: 1e6 });
  for (const at of [0, 20, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await blobs.put(blob.id, changed);
    await assert.rejects(set.load(), thrown => isHozonError(thrown, 'repository.damaged'));
    assert.equal((await kept(set)).includes(blob.id), false);
  }
  await blobs.put(blob.id, bytes);
  set.fault = { kind: 'truncate', after: 50 };
  await assert.rejects(set.load(), thrown => isHozonError(thrown, 'repository.damaged'));
  set.fault = undefined;
  assert.ok((await set.load()).index.find(ids[0] ?? ''));
  assert.deepEqual(set.failures, []);
});

test('who looks for damage hears of it although the index lies on disk whole', async () => {
  const set = await setting('looking');
  const ids = await set.write(100);
  const { epoch, blobs } = await set.load();
  const [blob = assert.fail()] = epoch.indexBlobs.toSorted((a, b) => b.size - a.size);
  const bytes = await blobs.get(blob.id, { limit: 1e6 });
  const look = async (): Promise<{ readonly damaged: readonly string[]; readonly found: IndexedKopia }> => {
    const damaged: string[] = [];
    const found = await set.load({ onDamage: id => damaged.push(id) });
    return { damaged, found };
  };
  const sound = await look();
  assert.deepEqual(sound.damaged, []);
  assert.equal(sound.found.index.size, ids.length + 1); // and a manifest
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  await blobs.put(blob.id, bytes);
  const { damaged, found } = await look();
  assert.deepEqual(damaged, [blob.id]);
  assert.equal(found.index.find(ids[0] ?? ''), undefined);
});

test('only large indexes lie on disk, where they are much together; none that is too long for an index', () => {
  const pages = new IndexPages({ files: () => assert.fail(), onFailure: () => {} });
  const among = (sizes: readonly number[]): number[] => {
    const blobs = sizes.map((size, number) => ({ id: `xn0_${number}`, size, modified: new Date(0) }));
    return Array.from(pages.among(blobs), ({ size }) => size);
  };
  const [mebibyte, gibibyte] = [2 ** 20, 2 ** 30];
  assert.deepEqual(among([31 * mebibyte, mebibyte]), []);
  assert.deepEqual(among([32 * mebibyte, mebibyte - 1]), [32 * mebibyte]);
  assert.deepEqual(among([gibibyte + 1, gibibyte, mebibyte]), [gibibyte, mebibyte]);
});

test('where nothing can be kept it is said once, and everything is found', async () => {
  const set = await setting('full');
  const ids = [...(await set.write(5)), ...(await set.write(5))];
  await writeFile(set.cache, 'no directory');
  const { index } = await set.load();
  for (const id of ids) assert.ok(index.find(id));
  assert.equal(set.failures.length, 1);
});

test('where no cache can be begun it is said once, and everything is found', async () => {
  const set = await setting('unmakable');
  const ids = [...(await set.write(5)), ...(await set.write(5))];
  const denied = new Error('EACCES: permission denied, mkdir');
  set.files = () => Promise.reject(denied);
  const { index } = await set.load();
  for (const id of ids) assert.ok(index.find(id));
  assert.deepEqual(set.failures, [denied]);
});

const others: readonly [string, Partial<InitKopiaOptions>][] = [
  ['indexes of version 1', { version: 1 }],
  ['error correction', { ecc: { name: 'REED-SOLOMON-CRC32', overheadPercent: 2 } }],
];

for (const [name, options] of others) {
  test(`${name}: such a repository is read into memory`, async () => {
    const set = await setting(name, options);
    const ids = await set.write(10);
    const repository = await set.load();
    for (const id of ids) assert.equal((await readContent(repository, id)).length, 20);
    assert.deepEqual(await kept(set), []);
    assert.deepEqual(set.failures, []);
  });
}
