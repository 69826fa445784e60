import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Arbitrary, assert as assertProperty, asyncProperty } from 'fast-check';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { readContent } from '#repository/kopia/access/contents.ts';
import { readDirectory } from '#repository/kopia/access/directories.ts';
import { type IndexedKopia, loadContents } from '#repository/kopia/access/indexed.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { readObject } from '#repository/kopia/access/objects.ts';
import { type OpenKopia, openWithKey, readFormatBlobOf } from '#repository/kopia/access/open.ts';
import { readSealedBlob } from '#repository/kopia/access/sealed-blobs.ts';
import { listKopiaSnapshots, type StoredKopiaSnapshot } from '#repository/kopia/access/snapshots.ts';
import { checkKopia } from '#repository/kopia/checking/check.ts';
import { parseObjectId } from '#repository/kopia/format/object-id.ts';
import { blobIv } from '#repository/kopia/format/sealing.ts';
import { writeSnapshotManifest } from '#repository/kopia/format/snapshot-manifest.ts';
import { definedPolicies, effectivePolicy } from '#repository/kopia/policies/stored-policies.ts';
import { restoreKopiaSnapshot } from '#repository/kopia/restore/restore.ts';
import { openKopiaWriter } from '#repository/kopia/writing/plain-writer.ts';
import { rounds } from '#testbed/soak.ts';
import { distorted, spoiled } from './distorted.ts';
import { identity, makeKopia, openedKopia, randomFiles, takeSnapshot } from './kopia-history.ts';
import { MemoryStore } from './memory-store.ts';

/* What is authentic in a kopia repository, and makes no sense: who has the password may write anything. */

const readsOnly = { restores: false };
const runs = { numRuns: rounds(60) };

let directory: string;
let sound: MemoryStore;
let open: OpenKopia;
let indexed: IndexedKopia;
let snapshot: StoredKopiaSnapshot;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-fuzz-'));
  sound = new MemoryStore();
  await makeKopia(sound);
  await takeSnapshot(sound, randomFiles(['one', 'below/two', 'below/it/three', 'below/it/four'], 2000));
  indexed = await openedKopia(sound);
  open = indexed;
  const [found] = await listKopiaSnapshots(indexed);
  assert.ok(found !== undefined);
  snapshot = found;
  assert.deepEqual(await useEverything(sound), []);
});
after(() => rm(directory, { recursive: true }));

/** The repository whose keys are known, in another location. */
function through(store: MemoryStore): OpenKopia {
  return { ...open, store, blobs: open.blobs.through(store) };
}

/**
 * Reads a repository as check, snapshots, ls, dump and restore do; the codes of what was thrown. All that may be thrown is an error for
 * people, all that check may say has a text, and nothing beside the directory that is restored into may change.
 */
async function useEverything(
  store: MemoryStore,
  { restores = true }: { readonly restores?: boolean } = {},
): Promise<readonly string[]> {
  const thrown: string[] = [];
  const attempt = async (read: () => Promise<void>): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (!isHozonError(error)) throw error;
      assert.ok(error.explain('en').length < 4000 && error.explain('ja') !== '');
      thrown.push(error.code);
    }
  };
  await attempt(async () => {
    for await (const { text } of checkKopia(through(store), {})) assert.notEqual(text.en(), '');
  });
  await attempt(async () => {
    const repository = await loadContents(through(store));
    await attempt(async () => {
      const manifests = await loadManifests(repository);
      for (const { target } of definedPolicies(manifests)) effectivePolicy(manifests, target);
    });
    const all = await listKopiaSnapshots(repository);
    for (const each of all.slice(0, 5)) {
      await attempt(() => (restores ? restoreInside(repository, each) : readAll(repository, each)));
    }
  });
  return thrown;
}

/** As a restore does, without its threads. */
async function readAll(
  repository: IndexedKopia,
  { snapshot: { rootEntry } }: StoredKopiaSnapshot,
): Promise<void> {
  const waiting = rootEntry === undefined ? [] : [rootEntry];
  for (let looked = 0; looked < 50; looked++) {
    const entry = waiting.pop();
    if (entry === undefined) return;
    if (entry.type === 'd') waiting.push(...(await readDirectory(repository, entry.object)).entries);
    else await Array.fromAsync(readObject(repository, entry.object, { range: { offset: 0, length: 9000 } }));
  }
}

async function restoreInside(repository: IndexedKopia, each: StoredKopiaSnapshot): Promise<void> {
  const own = await mkdtemp(join(directory, 'own-'));
  const target = join(own, 'a/b/target');
  await mkdir(target, { recursive: true });
  await writeFile(join(own, 'a/b/beside'), 'as it was');
  try {
    await restoreKopiaSnapshot(repository, each, { target, threads: 1 });
  } finally {
    const outside = (await readdir(own, { recursive: true })).filter(name => !name.startsWith('a/b/target/'));
    assert.deepEqual(outside.toSorted(), ['a', 'a/b', 'a/b/beside', 'a/b/target']);
    await rm(own, { recursive: true });
  }
}

interface Crafted {
  readonly store: MemoryStore;
  /** Adds a content; its id. */
  readonly content: (prefix: string, bytes: Uint8Array) => Promise<string>;
  /** Adds a snapshot whose manifest, before it was changed, says that this is its root. */
  readonly snapshotOf: (object: string) => Promise<void>;
}

/** A copy of the repository, with what `craft` adds to it as anybody may who has the password. */
async function crafted(craft: (into: Crafted) => Promise<void>): Promise<MemoryStore> {
  const store = new MemoryStore(sound.files);
  const repository = await loadContents(through(store));
  await using writer = openKopiaWriter(repository, { clock: systemClock, identity });
  const content: Crafted['content'] = (prefix, bytes) => writer.content(prefix, bytes);
  await craft({
    store,
    content,
    snapshotOf: async object => {
      const { rootEntry, ...rest } = snapshot.snapshot;
      assert.ok(rootEntry !== undefined);
      const data = writeSnapshotManifest({ ...rest, rootEntry: { ...rootEntry, object } });
      await content('m', manifestContent('snapshot', data));
    },
  });
  await writer.flush();
  return store;
}

/** The bytes of a content of manifests with one in it. */
function manifestContent(type: string, data: unknown): Buffer {
  const labels = { type, hostname: 'h', username: 'u', path: '/p', policyType: 'global' };
  const entry = { id: 'ab'.repeat(16), labels, modified: '2026-01-02T03:04:05Z', data };
  return gzipSync(JSON.stringify({ entries: [entry] }));
}

function property<T>(arbitrary: Arbitrary<T>, use: (value: T) => Promise<void>): Promise<void> {
  return assertProperty(asyncProperty(arbitrary, use), runs);
}

test('whatever a directory says, reading and restoring end with errors for people, and write nowhere else', async () => {
  const root = snapshot.snapshot.rootEntry?.object ?? '';
  const plain = Buffer.concat(await Array.fromAsync(readObject(indexed, root)));
  assert.ok((await readDirectory(indexed, root)).entries.length > 1);
  let run = 0;
  await property(distorted(plain), async bytes => {
    const store = await crafted(async into => into.snapshotOf(await into.content('k', bytes)));
    await useEverything(store, { restores: run++ % 10 === 0 });
  });
});

test('names that lead elsewhere are not made', async () => {
  const root = snapshot.snapshot.rootEntry?.object ?? '';
  const plain = Buffer.concat(await Array.fromAsync(readObject(indexed, root))).toString();
  for (const name of [
    '..',
    '.',
    '',
    '/',
    '../beside',
    '../../x',
    'a/b',
    '\\u0000',
    '/etc/x',
    'x/../../../beside',
  ]) {
    const changed = plain.replace('"name":"one"', `"name":"${name}"`);
    assert.notEqual(changed, plain);
    const bytes = Buffer.from(changed);
    await useEverything(await crafted(async into => into.snapshotOf(await into.content('k', bytes))));
  }
});

test('whatever a list of parts says, reading ends with errors for people', async () => {
  const part = parseObjectId(snapshot.snapshot.rootEntry?.object);
  assert.ok(part !== undefined);
  const object = snapshot.snapshot.rootEntry?.object;
  const list = {
    stream: 'kopia:indirect',
    entries: [
      { l: 100, o: object },
      { s: 100, l: 2 ** 40, o: object },
    ],
  };
  await property(distorted(Buffer.from(JSON.stringify(list))), async bytes => {
    const store = await crafted(async into => into.snapshotOf(`I${await into.content('x', bytes)}`));
    await useEverything(store, readsOnly);
  });
});

test('whatever a manifest says, reading ends with errors for people', async () => {
  const manifests = Array.from(indexed.index.entries('m'), ({ id }) => id);
  const plain = JSON.stringify({
    entries: [
      {
        id: 'ab'.repeat(16),
        labels: { type: 'snapshot', hostname: 'h', username: 'u', path: '/p' },
        modified: '2026-01-02T03:04:05.123456789Z',
        data: writeSnapshotManifest(snapshot.snapshot),
      },
      {
        id: 'cd'.repeat(16),
        labels: { type: 'policy', policyType: 'global' },
        modified: '2026-01-02T03:04:05Z',
        data: {
          retention: { keepLatest: 3 },
          files: { ignore: ['a'] },
          compression: { compressorName: 'zstd' },
        },
      },
    ],
  });
  assert.ok(manifests.length > 0);
  await property(distorted(Buffer.from(plain)), async bytes => {
    await useEverything(
      await crafted(async into => void (await into.content('m', gzipSync(bytes)))),
      readsOnly,
    );
  });
  const sealed = await readContent(indexed, manifests[0] ?? '');
  await property(spoiled(sealed), async bytes => {
    await useEverything(await crafted(async into => void (await into.content('m', bytes))), readsOnly);
  });
});

test('whatever an index says, reading ends with errors for people', async () => {
  const id = [...sound.files.keys()].find(key => key.startsWith('xn'));
  assert.ok(id !== undefined);
  const plain = await readSealedBlob(indexed, id);
  await property(spoiled(plain), async bytes => {
    const hash = open.hash(bytes).toString('hex');
    const named = id.replace(/_[0-9a-f]+-/, `_${hash}-`);
    const sealed = open.sealer.seal(bytes, blobIv(named));
    const without = sound.with(id, undefined);
    await useEverything(without.with(named, sealed), readsOnly);
    await useEverything(sound.with(named, sealed), readsOnly);
  });
});

test('whatever the format says, opening ends with errors for people', async () => {
  const blob = sound.files.get('kopia.repository');
  assert.ok(blob !== undefined);
  await property(distorted(blob), async bytes => {
    const blobs = open.blobs.through(sound.with('kopia.repository', bytes));
    try {
      const formatBlob = await readFormatBlobOf(blobs, {});
      await openWithKey(blobs, { formatBlob, formatKey: open.formatKey }, {});
    } catch (error) {
      if (!isHozonError(error)) throw error;
    }
  });
});
