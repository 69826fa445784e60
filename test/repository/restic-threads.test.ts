import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readBlob } from '#repository/restic/access/blobs.ts';
import { type IndexedRepository, loadIndex } from '#repository/restic/access/indexed.ts';
import type { OpenRepository } from '#repository/restic/access/open.ts';
import { idOf } from '#repository/restic/format/ids.ts';
import type { LocalFile, StoredContent, UnreadContent } from '#repository/restic/pipeline/content-sink.ts';
import { openPlainSink } from '#repository/restic/pipeline/plain-sink.ts';
import { openWorkerSink } from '#repository/restic/pipeline/worker-sink.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore } from '#storage/object-store.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-worker-sink-'));
});
after(() => rm(directory, { recursive: true }));

let made = 0;
function newRepository(
  store: ObjectStore = new FilesystemStore(join(directory, `r${++made}`)),
): Promise<IndexedRepository> {
  const key = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
  const config = { version: 2, id: randomBytes(32).toString('hex'), polynomial: 0x3da3358b4dc173n } as const;
  return loadIndex({ store, key, config, keyId: '' } satisfies OpenRepository);
}

async function fileOf(
  name: string,
  content: Uint8Array,
): Promise<LocalFile & { readonly plain: Uint8Array }> {
  const path = join(directory, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return { path: Buffer.from(path), size: content.length, plain: content };
}

function stored(content: StoredContent | UnreadContent | undefined): StoredContent {
  assert.ok(content !== undefined && 'content' in content, JSON.stringify(content));
  return content;
}

/** What somebody finds who opens the repository anew: the content, and each blob in one place only. */
async function assertReadable(
  repository: IndexedRepository,
  plain: Uint8Array,
  { content, size }: StoredContent,
): Promise<void> {
  assert.equal(size, plain.length);
  const parts: Buffer[] = [];
  for (const id of content) parts.push(await readBlob(repository, 'data', id));
  assert.ok(Buffer.concat(parts).equals(plain));
}

function assertNothingTwice({ index }: IndexedRepository): void {
  for (let entry = 0; entry < index.size; entry++) {
    const { type, id } = index.place(entry);
    assert.equal(index.places(type, id).length, 1, `${type} ${id}`);
  }
}

async function* piecesOf(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

/** Contents of every kind: none, small, cut, with runs of zeros, large enough to be shared by all workers. */
async function variedFiles(): Promise<(LocalFile & { readonly plain: Uint8Array })[]> {
  const text = Buffer.from('some line that comes again and again\n'.repeat(60_000));
  const holey = Buffer.concat([randomBytes(700_000), Buffer.alloc(3_000_000), randomBytes(900_000)]);
  const large = Buffer.concat([
    randomBytes(15_000_000),
    Buffer.alloc(9_000_000),
    randomBytes(6_000_000),
    text,
  ]);
  const contents = [Buffer.alloc(0), Buffer.from('x'), randomBytes(512 * 1024), text, holey, large];
  const small = Array.from({ length: 300 }, (_, at) => Buffer.from(`file ${at}`.repeat(at)));
  return Promise.all([...contents, ...small].map((content, at) => fileOf(`varied/${at}`, content)));
}

test('contents are cut and named as by one thread, and read back from what was stored', async () => {
  const files = await variedFiles();
  const plain = await newRepository();
  const repository = await newRepository();
  const expected = await openPlainSink(plain).files(files);
  await using sink = await openWorkerSink(repository, { workers: 3 });
  const contents = await sink.files(files);
  assert.deepEqual(contents, expected);
  const tree = Buffer.from('{"nodes":[]}\n');
  assert.equal(await sink.tree(tree), idOf(tree));
  const totals = await sink.finish();
  const reopened = await loadIndex(repository);
  for (const [at, { plain }] of files.entries()) await assertReadable(reopened, plain, stored(contents[at]));
  assert.deepEqual(await readBlob(reopened, 'tree', idOf(tree)), tree);
  assertNothingTwice(reopened);
  assert.equal(totals.dataBlobs + totals.treeBlobs, reopened.index.size);
  assert.equal(totals.treeBlobs, 1);
  const blobs = Array.from({ length: reopened.index.size }, (_, entry) => reopened.index.place(entry));
  assert.equal(
    totals.addedPacked,
    blobs.reduce((sum, { length }) => sum + length, 0),
  );
});

test('packs are closed at the size that the repository is opened with', async () => {
  const files = await variedFiles();
  for (const packSize of [4 * 1024 * 1024, 32 * 1024 * 1024]) {
    const opened = { ...(await newRepository()), packSize };
    await using sink = await openWorkerSink(opened, { workers: 2 });
    const contents = await sink.files(files);
    await sink.finish();
    const reopened = await loadIndex(opened);
    for (const [at, { plain }] of files.entries())
      await assertReadable(reopened, plain, stored(contents[at]));
    const sizes = await packSizes(opened);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    assert.equal(sizes.length >= bytes / (packSize + 8 * 1024 * 1024), true, sizes.join());
    assert.equal(sizes.length > 1, bytes > packSize, sizes.join());
  }
});

async function packSizes({ store }: OpenRepository): Promise<number[]> {
  const packs = await Array.fromAsync(store.list('data/'));
  return packs.map(({ size }) => size);
}

test('streams are cut as files are', async () => {
  const plain = Buffer.concat([randomBytes(12_000_000), Buffer.alloc(2_000_000), randomBytes(1000)]);
  const file = await fileOf('streamed', plain);
  const repository = await newRepository();
  await using sink = await openWorkerSink(repository, { workers: 2 });
  const [[inFile], large, small, none] = await Promise.all([
    sink.files([file]),
    sink.stream(piecesOf(plain, 5_000_000)),
    sink.stream(piecesOf(plain, 70_001)),
    sink.stream(piecesOf(Buffer.alloc(0), 1)),
  ]);
  await sink.finish();
  assert.deepEqual(large, stored(inFile));
  assert.deepEqual(small, large);
  assert.deepEqual(none, { content: [], size: 0 });
  const reopened = await loadIndex(repository);
  await assertReadable(reopened, plain, large);
  assertNothingTwice(reopened);
});
