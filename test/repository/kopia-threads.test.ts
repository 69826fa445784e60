import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type IndexedKopia, loadContents } from '#repository/kopia/access/indexed.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { readObject } from '#repository/kopia/access/objects.ts';
import { openKopiaPipeline } from '#repository/kopia/pipeline/pipeline-writer.ts';
import type {
  FileToStore,
  KopiaWriter,
  StoredObject,
  UnreadObject,
} from '#repository/kopia/writing/kopia-writer.ts';
import { openKopiaWriter } from '#repository/kopia/writing/plain-writer.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-pipeline-'));
});
after(() => rm(directory, { recursive: true }));

let made = 0;
async function newRepository(splitter?: string): Promise<IndexedKopia> {
  const store = new FilesystemStore(join(directory, `r${++made}`));
  const options = { password: Buffer.from('secret'), owner: 'me@here', splitter };
  return loadContents(await initKopia(store, options));
}

/** Another repository of the same keys: contents are called the same in both. */
async function twinOf(repository: IndexedKopia): Promise<IndexedKopia> {
  const twin = await newRepository(repository.format.splitter);
  return { ...twin, hash: repository.hash, format: { ...twin.format, secret: repository.format.secret } };
}

interface Plain {
  readonly plain: Buffer;
}

async function fileOf(
  name: string,
  plain: Buffer,
  options: Partial<FileToStore> = {},
): Promise<FileToStore & Plain> {
  const path = join(directory, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, plain);
  return { ...options, path: Buffer.from(path), size: plain.length, plain };
}

function stored(answer: StoredObject | UnreadObject | undefined): StoredObject {
  assert.ok(answer !== undefined && 'id' in answer, JSON.stringify(answer));
  return answer;
}

async function assertReadable(
  repository: IndexedKopia,
  plain: Buffer,
  { id, size }: StoredObject,
): Promise<void> {
  assert.equal(size, plain.length);
  const read = Buffer.concat(await Array.fromAsync(readObject(repository, id)));
  assert.ok(read.equals(plain), id);
}

/** Contents of every kind: none, small, cut, compressed, in sections, large enough to be shared by all workers. */
async function variedFiles(): Promise<(FileToStore & Plain)[]> {
  const text = Buffer.from('some line that comes again and again\n'.repeat(60_000));
  const large = Buffer.concat([
    randomBytes(15_000_000),
    Buffer.alloc(9_000_000),
    randomBytes(6_000_000),
    text,
  ]);
  const sections = { sectionSize: 5_000_000 };
  return Promise.all([
    fileOf('varied/none', Buffer.alloc(0)),
    fileOf('varied/x', Buffer.from('x')),
    fileOf('varied/random', randomBytes(3_000_000)),
    fileOf('varied/text', text, { compression: 'zstd' }),
    fileOf('varied/gzip', text.subarray(1), { compression: 'gzip' }),
    fileOf('varied/best', text.subarray(2), { compression: 'zstd-best-compression', splitter: 'FIXED-128K' }),
    fileOf('varied/large', large),
    fileOf('varied/large-text', large.subarray(3), {
      compression: 's2-default',
      splitter: 'DYNAMIC-1M-RABINKARP',
    }),
    fileOf('varied/sections', large.subarray(5), sections),
    fileOf('varied/exact', large.subarray(0, 10_000_000), sections),
    ...Array.from({ length: 200 }, (_, at) => fileOf(`varied/${at}`, Buffer.from(`file ${at}`.repeat(at)))),
  ]);
}

async function write(writer: KopiaWriter, files: readonly (FileToStore & Plain)[]): Promise<StoredObject[]> {
  await using _ = writer;
  const objects = (await writer.files(files)).map(stored);
  const whole = files.find(({ path }) => path.toString().endsWith('large'))?.plain ?? Buffer.alloc(0);
  objects.push(await writer.object([whole.subarray(0, 70_001), whole.subarray(70_001)]));
  objects.push(await writer.object([]));
  const entries = Buffer.from(`{"entries":[${randomless(4_000_000)}]}`);
  objects.push(await writer.object([entries], { prefix: 'k', compression: 'zstd-fastest' }));
  await writer.flush();
  return objects;
}

/** Text that is no stretch of equal bytes and always the same. */
function randomless(length: number): string {
  let text = '';
  for (let number = 1; text.length < length; number = (number * 48_271) % 0x7fffffff) text += `${number},`;
  return text;
}

test('threads name and cut objects as one thread does, and what they stored reads back', async () => {
  const files = await variedFiles();
  const repository = await newRepository();
  const twin = await twinOf(repository);
  const expected = await write(openKopiaWriter(twin, {}), files);
  const pipeline = await openKopiaPipeline(repository, { workers: 3 });
  const objects = await write(pipeline, files);
  assert.deepEqual(objects, expected);
  const reopened = await loadContents(repository);
  for (const [at, { plain }] of files.entries())
    await assertReadable(reopened, plain, objects[at] as StoredObject);
  assert.deepEqual(new Set(reopened.index.entries()).size, new Set(twin.index.entries()).size);
  const { dataContents, metadataContents } = pipeline.totals;
  const own = [...reopened.index.entries()].filter(({ id }) => !id.startsWith('m'));
  assert.equal(dataContents + metadataContents, own.length);
  assert.deepEqual(new Set(own.map(({ pack }) => pack.slice(0, 1))), new Set(['p', 'q']));
  assert.ok(own.every(({ id, pack }) => pack.startsWith(id.length % 2 === 1 ? 'q' : 'p')));
  const markers = await Array.fromAsync(repository.blobs.list('s'));
  assert.deepEqual(markers, []);
});

test('what is there is not stored again; what was deleted is', async () => {
  const repository = await newRepository();
  const file = await fileOf('again', randomBytes(1_000_000));
  for (const round of [0, 1, 2]) {
    const opened = await loadContents(repository);
    await using writer = await openKopiaPipeline(opened, { workers: 2 });
    const [answer] = await writer.files([file]);
    const { id } = stored(answer);
    assert.ok(writer.has(id));
    await writer.flush();
    assert.equal(writer.totals.dataContents, round === 1 ? 0 : 1);
    if (round !== 1) continue;
    await writer.remove(id);
    assert.ok(!writer.has(id));
    await writer.flush();
  }
  const { index } = await loadContents(repository);
  const [entry, ...others] = index.entries('');
  assert.ok(entry !== undefined && !entry.deleted);
  assert.deepEqual(others, []);
});

test('a writer deletes and stores again what it stored itself', async () => {
  const plain = Buffer.from('a manifest');
  for (const open of [openKopiaPipeline, openKopiaWriter]) {
    const repository = await newRepository();
    await using writer = await open(repository, {});
    const id = await writer.content('k', plain);
    await writer.remove(id);
    assert.ok(!writer.has(id));
    assert.equal(await writer.content('k', plain), id);
    await writer.flush();
    await writer.remove(id);
    await writer.flush();
    assert.equal((await loadContents(repository)).index.hasLive(id), false);
    await writer.content('k', plain);
    await writer.flush();
    assert.equal((await loadContents(repository)).index.hasLive(id), true);
  }
});

test('no thread begins for few contents', async () => {
  const threads: unknown[] = [];
  const seen = (thread: unknown): void => void threads.push(thread);
  process.on('worker', seen);
  try {
    const repository = await newRepository();
    const plains = Array.from({ length: 20 }, () => randomBytes(5000));
    await using writer = await openKopiaPipeline(repository, { workers: 2 });
    for (const round of [0, 10]) {
      for (const plain of plains.slice(round, round + 10)) await writer.content('k', plain);
      await writer.flush();
    }
    assert.deepEqual(threads, []);
    const reopened = await loadContents(repository);
    for (const plain of plains) {
      const id = await writer.content('k', plain);
      await assertReadable(reopened, plain, { id, size: plain.length });
    }
    await writer.files([await fileOf('thread', randomBytes(1000))]);
    assert.equal(threads.length, 1);
    await writer.flush();
  } finally {
    process.off('worker', seen);
  }
});

test('a large file that comes while the writer is being held is stored once it goes on, and whole', async () => {
  const small = await Promise.all(
    Array.from({ length: 20 }, (_, at) => fileOf(`held/${at}`, randomBytes(400_000))),
  );
  const large = await fileOf('held/large', randomBytes(18_000_000));
  for (const ticks of [0, 2, 5]) {
    const repository = await newRepository();
    await using writer = await openKopiaPipeline(repository, { workers: 2 });
    const smalls = writer.files(small);
    const held = writer.hold();
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    const larges = writer.files([large]);
    const goOn = await held;
    await writer.content('k', Buffer.from(`root ${ticks}`));
    await writer.flush({ goOn: true });
    goOn();
    const answers = [...(await smalls), ...(await larges)].map(stored);
    await writer.flush();
    const reopened = await loadContents(repository);
    for (const [at, { plain }] of [...small, large].entries())
      await assertReadable(reopened, plain, answers[at] as StoredObject);
  }
});

test('a writer that is given up after a checkpoint tells those who wait for it', async () => {
  const repository = await newRepository();
  const writer = await openKopiaPipeline(repository, { workers: 2 });
  const goOn = await writer.hold();
  await writer.flush({ goOn: true });
  const waiting = writer.files([await fileOf('given-up', randomBytes(18_000_000))]);
  const told = assert.rejects(waiting, /disposed of/);
  await writer[Symbol.asyncDispose]();
  await told;
  goOn();
});
