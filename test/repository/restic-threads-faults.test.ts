import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readBlob } from '#repository/restic/access/blobs.ts';
import { type IndexedRepository, loadIndex } from '#repository/restic/access/indexed.ts';
import type { LocalFile } from '#repository/restic/pipeline/content-sink.ts';
import { openWorkerSink } from '#repository/restic/pipeline/worker-sink.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { type Fault, faulty } from '#storage/testing/faulty.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-sink-faults-'));
});
after(() => rm(directory, { recursive: true }));

let made = 0;
const newStore = (): ObjectStore => new FilesystemStore(join(directory, `r${++made}`));

function repositoryIn(store: ObjectStore): Promise<IndexedRepository> {
  const key = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
  const config = { version: 2, id: randomBytes(32).toString('hex'), polynomial: 0x3da3358b4dc173n } as const;
  return loadIndex({ store, key, config, keyId: '' });
}

async function fileOf(name: string, content: Uint8Array): Promise<LocalFile> {
  const path = join(directory, name);
  await writeFile(path, content);
  return { path: Buffer.from(path), size: content.length };
}

/** More than all slots hold, in a large file that the workers share and in small ones. */
async function muchContent(): Promise<LocalFile[]> {
  const large = await fileOf('large', randomBytes(70_000_000));
  const small = Array.from({ length: 30 }, (_, at) => fileOf(`small-${at}`, randomBytes(1_000_000)));
  return [large, ...(await Promise.all(small))];
}

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  return Array.fromAsync(store.list(prefix), ({ key }) => key);
}

test('a file that cannot be read is an answer of its own, and the others are stored', async () => {
  const repository = await repositoryIn(newStore());
  const good = await fileOf('good', Buffer.from('good'));
  const link = Buffer.from(join(directory, 'link'));
  await symlink('good', link);
  const gone = { path: Buffer.from(join(directory, 'gone')), size: 3 };
  const goneLarge = { ...gone, size: 50_000_000 };
  const folder = { path: Buffer.from(directory), size: 10 };
  await using sink = await openWorkerSink(repository, { workers: 2 });
  const [first, ...others] = await sink.files([good, gone, goneLarge, folder, { path: link, size: 4 }]);
  const codes = others.map(each => ('error' in each ? each.error.code : 'none'));
  assert.deepEqual(codes, ['ENOENT', 'ENOENT', 'EISDIR', 'ELOOP']);
  assert.ok(others.every(each => 'error' in each && each.error.path !== undefined));
  assert.ok(first !== undefined && 'content' in first);
  await sink.finish();
  const reopened = await loadIndex(repository);
  assert.equal((await readBlob(reopened, 'data', first.content[0] ?? '')).toString(), 'good');
});

test('what a stream throws is thrown, and the sink goes on', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield randomBytes(3_000_000);
    throw new Error('the pod is gone');
  }
  await using sink = await openWorkerSink(await repositoryIn(newStore()), { workers: 2 });
  await assert.rejects(sink.stream(broken()), /the pod is gone/);
  const whole = (async function* () {
    yield Buffer.from('whole');
  })();
  assert.equal((await sink.stream(whole)).content.length, 1);
  await sink.finish();
});

test('many files of the same content, at the same time: it is stored once', async () => {
  const repository = await repositoryIn(newStore());
  const content = randomBytes(3_000_000);
  const files = await Promise.all(Array.from({ length: 24 }, (_, at) => fileOf(`same-${at}`, content)));
  await using sink = await openWorkerSink(repository, { workers: 4 });
  const contents = await Promise.all(files.map(file => sink.files([file])));
  const ids = new Set(contents.flat().flatMap(each => ('content' in each ? each.content : [])));
  const totals = await sink.finish();
  assert.equal(totals.dataBlobs, ids.size);
  assert.equal((await loadIndex(repository)).index.size, ids.size);
});

test('what the repository had before is not stored again, and is known by its size', async () => {
  const store = newStore();
  const repository = await repositoryIn(store);
  const file = await fileOf('known', randomBytes(2_000_000));
  const tree = Buffer.from('{"nodes":[]}\n');
  for (const [round, added] of [
    [0, true],
    [1, false],
  ] as const) {
    const opened = await loadIndex(repository);
    await using sink = await openWorkerSink(opened, { workers: 2 });
    const [stored] = await sink.files([file]);
    assert.ok(stored !== undefined && 'content' in stored);
    await sink.tree(tree);
    const size = stored.content.reduce((sum, id) => sum + (sink.dataSize(id) ?? 0), 0);
    assert.equal(size, 2_000_000);
    assert.ok(stored.content.every(id => sink.hasData(id)) && !sink.hasData('0'.repeat(64)));
    const totals = await sink.finish();
    assert.deepEqual([totals.dataBlobs > 0, totals.treeBlobs], [added, added ? 1 : 0], `round ${round}`);
  }
});

test('a store that refuses a pack ends everything with its error, and no index names what is missing', async () => {
  const files = await muchContent();
  for (const failing of [1, 3]) {
    const inner = newStore();
    let packs = 0;
    const store = faulty(inner, ({ operation, key }): Fault | undefined => {
      if (operation !== 'put' || !key.startsWith('data/')) return undefined;
      return ++packs === failing ? { kind: 'before', error: new Error('the disk is full') } : undefined;
    });
    await using sink = await openWorkerSink(await repositoryIn(store), { workers: 3 });
    const work = async (): Promise<void> => {
      await sink.files(files);
      await sink.finish();
    };
    await assert.rejects(work(), /the disk is full/);
    await assert.rejects(sink.files(files), /the disk is full/);
    await assert.rejects(sink.tree(Buffer.from('{}')), /the disk is full/);
    assert.deepEqual(await keysOf(inner, 'index/'), []);
  }
});

test('a store that stands still holds the threads back; an abort ends that', {
  timeout: 600_000,
}, async () => {
  const files = await muchContent();
  const controller = new AbortController();
  const reason = new Error('never mind');
  let packs = 0;
  const store = faulty(newStore(), ({ operation, key }) => {
    if (operation !== 'put' || !key.startsWith('data/')) return undefined;
    if (++packs === 2) setImmediate(() => controller.abort(reason)); // as many as are stored at the same time
    return { kind: 'stall' };
  });
  const { signal } = controller;
  await using sink = await openWorkerSink(await repositoryIn(store), { workers: 3, signal });
  await assert.rejects(sink.files(files), reason);
  await assert.rejects(sink.finish(), reason);
  assert.equal(packs, 2);
});

test('a worker that cannot begin, or fails at its work, ends everything', { timeout: 600_000 }, async () => {
  const good = await repositoryIn(newStore());
  const shortKey = { ...good, key: { ...good.key, encrypt: Buffer.alloc(5) } };
  const noPolynomial = { ...good, config: { ...good.config, polynomial: 'none' as unknown as bigint } };
  const file = await fileOf('some', randomBytes(1000));
  for (const [repository, message] of [
    [shortKey, /key length/i],
    [noPolynomial, /BigInt/],
  ] as const) {
    await using sink = await openWorkerSink(repository, { workers: 2 });
    await assert.rejects(sink.files([file]), message);
    await assert.rejects(sink.finish(), message);
  }
});

test('a sink that is left unfinished leaves no index, and stops', async () => {
  const store = newStore();
  {
    await using sink = await openWorkerSink(await repositoryIn(store), { workers: 2 });
    await sink.files([await fileOf('left', randomBytes(40_000_000))]);
  }
  assert.deepEqual(await keysOf(store, 'index/'), []);
});

test('an index is written after so long, and the packs it names are there', async () => {
  const store = newStore();
  let now = 0;
  const clock = { now: () => new Date(), monotonic: () => (now += 11 * 60_000), sleep: async () => {} };
  const repository = await repositoryIn(store);
  await using sink = await openWorkerSink(repository, { workers: 2, clock });
  await sink.files([await fileOf('long', randomBytes(60_000_000))]);
  await sink.finish();
  assert.ok((await keysOf(store, 'index/')).length >= 3);
  const { index } = await loadIndex(repository);
  const packs = new Set(index.packs);
  const stored = (await keysOf(store, 'data/')).map(key => key.slice('data/xx/'.length));
  assert.deepEqual(new Set(stored), packs);
});

test('a tree larger than a pack is stored in one of its own', async () => {
  const repository = await repositoryIn(newStore());
  const tree = Buffer.from(`{"nodes":["${randomBytes(18_000_000).toString('hex')}"]}\n`);
  await using sink = await openWorkerSink(repository, { workers: 2, compression: 'off' });
  const id = await sink.tree(tree);
  await sink.tree(tree);
  const totals = await sink.finish();
  assert.deepEqual([totals.treeBlobs, totals.added], [1, tree.length]);
  assert.ok((await readBlob(await loadIndex(repository), 'tree', id)).equals(tree));
});

test('a file that is replaced while the workers share it is stored as it was', async () => {
  const repository = await repositoryIn(newStore());
  const content = randomBytes(60_000_000);
  const file = await fileOf('replaced', content);
  await using sink = await openWorkerSink(repository, { workers: 3 });
  const work = sink.files([file]);
  const other = await fileOf('other', randomBytes(60_000_000));
  await rename(other.path, file.path);
  const [stored] = await work;
  assert.ok(stored !== undefined && 'content' in stored);
  await sink.finish();
  const reopened = await loadIndex(repository);
  const parts: Buffer[] = [];
  for (const id of stored.content) parts.push(await readBlob(reopened, 'data', id));
  assert.ok(content.equals(Buffer.concat(parts)));
});
