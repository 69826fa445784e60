import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, hash, randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { readContent } from '#repository/kopia/access/contents.ts';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { readObject } from '#repository/kopia/access/objects.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { openKopiaPipeline } from '#repository/kopia/pipeline/pipeline-writer.ts';
import { readBlob } from '#repository/restic/access/blobs.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import { openWorkerSink } from '#repository/restic/pipeline/worker-sink.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { BegunWrite, ObjectInfo, ObjectStore, PutOptions } from '#storage/object-store.ts';
import { readAll } from '#storage/read-all.ts';
import { keysOf } from '#storage/testing/contents.ts';

let directory: string;
let full: number;
/** A file of several packs, and its bytes. */
let large: [Buffer, number];
/** Of those. */
let largeHash: string;
let made = 0;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-packs-in-files-'));
  const bytes = randomBytes(90_000_000);
  large = [Buffer.from(join(directory, 'large')), bytes.length];
  await writeFile(large[0], bytes);
  largeHash = hash('sha256', bytes);
  full = openSync('/dev/full', 'r+');
});
after(async () => {
  closeSync(full);
  await rm(directory, { recursive: true });
});

/** A directory that tells of its begun writes. */
class WatchedStore extends FilesystemStore {
  readonly begun: BegunWrite[] = [];
  readonly finished: string[] = [];
  /** From which of them on, counted from 1, they lie on a disk that is full. */
  fullFrom = Number.POSITIVE_INFINITY;
  /** From which of them on, counted from 1, they cannot be begun. */
  refusedFrom = Number.POSITIVE_INFINITY;
  /** From which of them on, in the order in which they are finished, they cannot be. */
  failing = Number.POSITIVE_INFINITY;

  constructor() {
    super(join(directory, `r${++made}`));
  }

  override async begin(key: string): Promise<BegunWrite | undefined> {
    if (this.begun.length + 1 >= this.refusedFrom) throw new Error('there are no more files');
    const inner = await super.begin(key);
    if (inner === undefined) return undefined;
    const isFull = this.begun.push(inner) >= this.fullFrom;
    return {
      descriptor: isFull ? full : inner.descriptor,
      failure: thrown => inner.failure(thrown),
      abandon: () => inner.abandon(),
      finish: (final, options) => this.#finish(inner, final, options),
    };
  }

  async #finish(inner: BegunWrite, key: string, options: PutOptions | undefined): Promise<ObjectInfo> {
    if (this.finished.push(key) >= this.failing) {
      await inner.abandon();
      throw new Error('the disk is broken');
    }
    return inner.finish(key, options);
  }
}

interface Written {
  /** Stores a file. */
  readonly store: (path: Buffer, size: number) => Promise<void>;
  readonly finish: () => Promise<unknown>;
  /** The bytes of what was stored, as whoever opens the repository reads them. */
  readonly readBack: () => AsyncIterable<Uint8Array>;
}

type Open = (store: ObjectStore) => Promise<Written & AsyncDisposable>;

interface Format {
  readonly open: Open;
  readonly isPack: (key: string) => boolean;
  /** The hash that the name of a pack is, where it is one. */
  readonly hashIn?: (key: string) => string | undefined;
}

const formats: Readonly<Record<string, Format>> = {
  kopia: {
    open: async store => {
      const made = await initKopia(store, { password: Buffer.from('secret'), owner: 'me@here' });
      const writer = await openKopiaPipeline(await loadContents(made), { workers: 2 });
      let id = '';
      return {
        store: async (path, size) => {
          const [object] = await writer.files([{ path, size }]);
          id = object !== undefined && 'id' in object ? object.id : assert.fail('it was not read');
        },
        finish: () => writer.flush(),
        readBack: async function* () {
          yield* readObject(await loadContents(made), id);
        },
        [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
      };
    },
    isPack: key => key.startsWith('p'),
  },
  restic: {
    open: async store => {
      const key = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
      const id = randomBytes(32).toString('hex');
      const config = { version: 2, id, polynomial: 0x3da3358b4dc173n } as const;
      const opened = { store, key, config, keyId: '' };
      const sink = await openWorkerSink(await loadIndex(opened), { workers: 2 });
      let content: readonly string[] = [];
      return {
        store: async (path, size) => {
          const [file] = await sink.files([{ path, size }]);
          content = file !== undefined && 'content' in file ? file.content : assert.fail('it was not read');
        },
        finish: () => sink.finish(),
        readBack: async function* () {
          const repository = await loadIndex(opened);
          for (const id of content) yield await readBlob(repository, 'data', id);
        },
        [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
      };
    },
    isPack: key => key.startsWith('data/'),
    hashIn: key => key.split('/').at(-1),
  },
};

async function assertNamed(store: ObjectStore, { isPack, hashIn }: Format): Promise<void> {
  if (hashIn === undefined) return;
  for (const key of (await keysOf(store)).filter(isPack))
    assert.equal(hash('sha256', await readAll(store, key, { limit: 2 ** 26 })), hashIn(key));
}

async function hashOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const sum = createHash('sha256');
  for await (const piece of pieces) sum.update(piece);
  return sum.digest('hex');
}

async function storeLarge(writer: Written): Promise<void> {
  await writer.store(...large);
  await writer.finish();
}

async function leftIn(store: ObjectStore): Promise<readonly string[]> {
  return readdir(join(new URL(store.url).pathname, '.hozon-unfinished'));
}

for (const [name, format] of Object.entries(formats)) {
  const { open, isPack } = format;

  test(`${name}: packs are written where they stay and read back, and nothing else is left`, async () => {
    const store = new WatchedStore();
    {
      await using writer = await open(store);
      assert.deepEqual(store.begun, [], 'nothing is begun before there is something to store');
      await storeLarge(writer);
      assert.equal(await hashOf(writer.readBack()), largeHash);
    }
    assert.ok(store.finished.length >= 4, `${store.finished.length} packs`);
    const [packs, finished] = [await keysOf(store), store.finished].map(keys => keys.filter(isPack));
    assert.deepEqual(packs, finished?.toSorted());
    await assertNamed(store, format);
    assert.deepEqual(await leftIn(store), []);
  });

  test(`${name}: a disk that is full ends everything with its error, and leaves nothing`, async () => {
    for (const fullFrom of [1, 3, 6]) {
      const store = new WatchedStore();
      store.fullFrom = fullFrom;
      {
        await using writer = await open(store);
        await assert.rejects(storeLarge(writer), { code: 'storage.no-space' }, `${fullFrom}`);
      }
      assert.deepEqual(await leftIn(store), []);
      for (const key of await keysOf(store))
        assert.ok((await readAll(store, key, { limit: 2 ** 26 })).length > 0);
    }
  });

  test(`${name}: a pack that cannot be begun once others are stored ends everything, and leaves nothing`, async () => {
    for (const refusedFrom of [5, 6]) {
      const store = new WatchedStore();
      store.refusedFrom = refusedFrom;
      {
        await using writer = await open(store);
        await assert.rejects(storeLarge(writer), /there are no more files/, `${refusedFrom}`);
      }
      assert.ok(store.finished.length >= refusedFrom - 4);
      await assertNamed(store, format);
      assert.deepEqual(await leftIn(store), []);
    }
  });

  test(`${name}: a pack that cannot be finished ends everything, and leaves nothing`, async () => {
    const store = new WatchedStore();
    store.failing = 2;
    {
      await using writer = await open(store);
      await assert.rejects(storeLarge(writer), /the disk is broken/);
    }
    const there = new Set(await keysOf(store));
    assert.deepEqual(
      store.finished.filter(key => there.has(key)),
      store.finished.slice(0, 1),
    );
    assert.deepEqual(await leftIn(store), []);
  });
}

/** A thread that waits for itself answers no signal, so it is another process's. */
for (const where of ['files', 'memory']) {
  test(`kopia: contents are stored while packs of others still are, in ${where}`, async () => {
    const program = join(import.meta.dirname, 'overlapping-flushes.ts');
    const root = join(directory, `overlapping-${where}`);
    const limits = { timeout: 60_000, killSignal: 'SIGKILL' } as const;
    const { stdout } = await promisify(execFile)(process.execPath, [program, root, where], limits);
    const open = await openKopia(new FilesystemStore(root), { password: Buffer.from('secret') });
    const repository = await loadContents(open);
    const contents = stdout.trimEnd().split('\n');
    assert.equal(contents.length, 4);
    for (const content of contents) {
      const [id = '', plain] = content.split(' ');
      assert.equal((await readContent(repository, id)).toString('hex'), plain);
    }
  });
}
