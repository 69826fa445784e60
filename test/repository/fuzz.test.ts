import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { assert as assertProperty, asyncProperty, constant, constantFrom, integer, oneof } from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import { readBlob } from '#repository/restic/access/blobs.ts';
import { readDocumentText } from '#repository/restic/access/files.ts';
import type { IndexedRepository } from '#repository/restic/access/indexed.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { listSnapshots, type StoredSnapshot } from '#repository/restic/access/snapshots.ts';
import { checkRestic } from '#repository/restic/checking/check.ts';
import { idOf } from '#repository/restic/format/ids.ts';
import { readContent, walkSnapshot } from '#repository/restic/reading/browse.ts';
import { seal, unseal } from '#repository/restic/sealing/seal.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { stockRestic } from '#testbed/restic.ts';
import { rounds } from '#testbed/soak.ts';
import { CraftedRepository, openQuick } from './crafted.ts';
import { distorted, spoiled } from './distorted.ts';
import { MemoryStore } from './memory-store.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';
import { writeSmallHistory } from './small-history.ts';

const runs = { numRuns: rounds(150) };

let sound: MemoryStore;
let repository: IndexedRepository;
before(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-fuzz-'));
  await using _directory = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
  const place = join(directory, 'repository');
  await makeQuickRepository(new FilesystemStore(place));
  await using restic = await stockRestic({ repository: place, password: quickPassword, version: 'new' });
  await writeSmallHistory(join(directory, 'source'), restic);
  sound = await MemoryStore.copyOf(new FilesystemStore(place));
  repository = await openQuick(sound);
  assert.deepEqual(await readEverything(sound), []);
});

/**
 * Reads a repository as check, snapshots, ls and dump do; the codes of what was thrown. All that may be thrown is an error for people,
 * and all that check may say has a text.
 */
async function readEverything(store: MemoryStore): Promise<readonly string[]> {
  const thrown: string[] = [];
  const attempt = async (read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (!isHozonError(error)) throw error;
      assert.ok(error.explain('en').length < 2000 && error.explain('ja') !== '');
      thrown.push(error.code);
    }
  };
  await attempt(async () => {
    const opened = await openRestic(store, { password: Buffer.from(quickPassword) });
    for await (const { text } of checkRestic(opened, { readData: true })) assert.notEqual(text.en(), '');
  });
  await attempt(async () => {
    const indexed = await openQuick(store);
    for (const snapshot of await listSnapshots(indexed)) {
      await attempt(() => readSnapshot(indexed, snapshot));
    }
  });
  return thrown;
}

async function readSnapshot(indexed: IndexedRepository, snapshot: StoredSnapshot): Promise<void> {
  for await (const entry of walkSnapshot(indexed, snapshot)) {
    if (entry.node.type === 'file')
      await Array.fromAsync(readContent(indexed, entry), ({ length }) => length);
  }
}

/** A repository in which a file below a folder says something else, sealed and named as it ought to be. */
function withDocument(folder: 'index' | 'snapshots', id: string, plain: Uint8Array): MemoryStore {
  const bytes = seal(repository.key, plain);
  return sound.with(`${folder}/${id}`, undefined).with(`${folder}/${idOf(bytes)}`, bytes);
}

for (const folder of ['index', 'snapshots'] as const) {
  test(`whatever a file below ${folder}/ says, reading ends with errors for people`, async () => {
    const [key = ''] = [...sound.files.keys()].filter(each => each.startsWith(`${folder}/`));
    const id = key.slice(folder.length + 1);
    const text = await readDocumentText(repository, folder, id);
    const anything = asyncProperty(distorted(text), async plain => {
      await readEverything(withDocument(folder, id, plain));
    });
    await assertProperty(anything, runs);
  });
}

test('whatever a directory says, reading ends with errors for people', async () => {
  const snapshots = await listSnapshots(repository);
  const trees = await Promise.all(
    snapshots.map(({ document }) => readBlob(repository, 'tree', document.tree)),
  );
  const anything = asyncProperty(constantFrom(...trees).chain(distorted), async plain => {
    const crafted = new CraftedRepository({ ...repository, store: new MemoryStore(sound.files) });
    const [root = ''] = await crafted.blobs('tree', [plain]);
    const above = await crafted.tree([{ name: 'directory', type: 'dir', subtree: root }]);
    await crafted.snapshot(root);
    await crafted.snapshot(above);
    await readEverything(crafted.opened.store as MemoryStore);
  });
  await assertProperty(anything, runs);
});

test('whatever the header of a pack says, reading ends with errors for people', async () => {
  const [key = ''] = [...sound.files.keys()].filter(each => each.startsWith('data/'));
  const pack = Buffer.from(sound.files.get(key) ?? []);
  const length = pack.readUInt32LE(pack.length - 4);
  const contents = pack.subarray(0, pack.length - 4 - length);
  const header = unseal(repository.key, pack.subarray(contents.length, -4));
  assert.ok(header !== undefined);
  const anything = asyncProperty(
    spoiled(header),
    oneof(constant(undefined), integer({ min: 0, max: 2 ** 32 - 1 })),
    async (plain, announced) => {
      const sealed = seal(repository.key, plain);
      const trailer = Buffer.alloc(4);
      trailer.writeUInt32LE(announced ?? sealed.length);
      const spoiledPack = Buffer.concat([contents, sealed, trailer]);
      const found = await readEverything(sound.with(key, spoiledPack));
      assert.deepEqual(found, []);
    },
  );
  await assertProperty(anything, runs);
});

test('whatever the config or a key file says, opening ends with errors for people', async () => {
  const config = unseal(repository.key, sound.files.get('config') ?? Buffer.alloc(0));
  const [keyFile = ''] = [...sound.files.keys()].filter(each => each.startsWith('keys/'));
  assert.ok(config !== undefined);
  const anyConfig = asyncProperty(distorted(config), async plain => {
    await readEverything(sound.with('config', seal(repository.key, plain)));
  });
  await assertProperty(anyConfig, runs);
  const key = sound.files.get(keyFile) ?? Buffer.alloc(0);
  const anyKey = asyncProperty(distorted(key), async bytes => {
    await readEverything(sound.with(keyFile, undefined).with(`keys/${idOf(bytes)}`, bytes));
  });
  await assertProperty(anyKey, runs);
});

test('bytes that become absurdly many are not decompressed', async () => {
  const bomb = zstdCompressSync(Buffer.alloc(300_000_000));
  for (const folder of ['index', 'snapshots'] as const) {
    const plain = Buffer.concat([Buffer.of(2), bomb]);
    const found = await readEverything(withDocument(folder, '', plain));
    assert.ok(found.includes('repository.damaged'));
  }
});
