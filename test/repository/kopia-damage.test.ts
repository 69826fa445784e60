import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { readDirectory } from '#repository/kopia/access/directories.ts';
import { type IndexedKopia, loadContents } from '#repository/kopia/access/indexed.ts';
import { objectContents } from '#repository/kopia/access/objects.ts';
import { type OpenKopia, openKopia } from '#repository/kopia/access/open.ts';
import { listKopiaSnapshots } from '#repository/kopia/access/snapshots.ts';
import { checkKopia } from '#repository/kopia/checking/check.ts';
import { readOwnIndex } from '#repository/kopia/checking/own-index.ts';
import type { DirectoryEntry } from '#repository/kopia/format/directory.ts';
import { giveUpPacks } from '#repository/kopia/upkeep/give-up-packs.ts';
import { maintainKopia } from '#repository/kopia/upkeep/maintain.ts';
import { recoverIndex } from '#repository/kopia/upkeep/recover-index.ts';
import { repairKopiaSnapshots } from '#repository/kopia/upkeep/repair-snapshots.ts';
import { safetyFull } from '#repository/kopia/upkeep/safety.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { soakFactor } from '#testbed/soak.ts';
import {
  DatedStore,
  identity,
  makeKopia,
  openedKopia,
  password,
  randomFiles,
  takeSnapshot,
} from './kopia-history.ts';
import { MemoryStore } from './memory-store.ts';

/** Positions at which the blobs are damaged in all, at most; `HOZON_SOAK` covers every byte. */
const positions = soakFactor() === 1 ? 400 : Number.POSITIVE_INFINITY;

let sound: MemoryStore;
let open: OpenKopia;
/** The bytes of a pack that a content takes, and what cannot be restored without it: `SNAPSHOT PATH`. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly suffers: readonly string[];
}
let partsOf: Map<string, readonly Part[]>;
/** Of packs: what nobody vouches for. */
let loose: Map<string, readonly (readonly [from: number, to: number])[]>;

before(async () => {
  sound = new DatedStore(systemClock);
  await makeKopia(sound, undefined, { splitter: 'FIXED-128K' });
  const files = randomFiles(['one', 'below/two', 'below/it/three'], 2000);
  await takeSnapshot(sound, { ...files, large: randomFiles(['x'], 300_000)['x'] ?? Buffer.alloc(0) });
  await takeSnapshot(sound, { ...files, ...randomFiles(['below/four']) });
  await maintainKopia(await openedKopia(sound), { mode: 'quick', safety: safetyFull, identity });
  const repository = await openedKopia(sound);
  open = repository;
  partsOf = await partsOfPacks(repository);
  loose = await looseBytes(repository);
  assert.deepEqual(await findings(sound), { files: [], paths: [], unused: [] });
});

interface Found {
  readonly files: readonly string[];
  readonly paths: readonly string[];
  readonly unused: readonly string[];
}

/** What `check --read-data` finds, of a repository whose key is known. */
async function findings(store: MemoryStore): Promise<Found> {
  const all = await Array.fromAsync(checkKopia(through(store), { readData: true }));
  return {
    files: all.flatMap(each => (each.kind === 'file' ? [each.file] : [])),
    paths: all.flatMap(each => (each.kind === 'path' ? [`${each.snapshot} ${each.path}`] : [])).sort(),
    unused: all.flatMap(each => (each.kind === 'unused' ? [each.file] : [])),
  };
}

function through(store: MemoryStore): OpenKopia {
  return { ...open, store, blobs: open.blobs.through(store) };
}

/** Which bytes of which packs the paths of which snapshots need. */
async function partsOfPacks(repository: IndexedKopia): Promise<Map<string, Part[]>> {
  const needed = new Map<string, Set<string>>();
  const need = (id: string, by: string): void => {
    needed.set(id, (needed.get(id) ?? new Set()).add(by));
  };
  const visit = async (entry: DirectoryEntry, snapshot: string, path: string): Promise<void> => {
    const spelled = `${snapshot} ${path === '' ? '/' : path}`;
    for (const { content } of await objectContents(repository, entry.object)) need(content, spelled);
    if (entry.object.startsWith('I')) need(entry.object.slice(1), spelled);
    if (entry.type !== 'd') return;
    const { entries } = await readDirectory(repository, entry.object);
    for (const each of entries) await visit(each, snapshot, `${path}/${each.name}`);
  };
  for (const { id, snapshot } of await listKopiaSnapshots(repository)) {
    if (snapshot.rootEntry !== undefined) await visit(snapshot.rootEntry, id, '');
  }
  const parts = new Map<string, Part[]>();
  for (const { id, pack, offset, length } of repository.index.entries()) {
    const part = { from: offset, to: offset + length, suffers: [...(needed.get(id) ?? [])] };
    parts.set(pack, [...(parts.get(pack) ?? []), part]);
  }
  return parts;
}

/** The random bytes that a pack begins with, and those before its own index: kopia seals neither. */
async function looseBytes(
  repository: IndexedKopia,
): Promise<Map<string, readonly (readonly [number, number])[]>> {
  const ranges = new Map<string, readonly (readonly [number, number])[]>();
  for (const [id, parts] of partsOf) {
    const size = sound.files.get(id)?.length ?? 0;
    const { offset } = await readOwnIndex(repository, { id, size });
    const [first, last] = [
      Math.min(...parts.map(({ from }) => from)),
      Math.max(...parts.map(({ to }) => to)),
    ];
    ranges.set(id, [
      [0, first],
      [last, offset],
    ]);
  }
  return ranges;
}

/** What is lost with these parts. Below a directory that is lost nothing else is named. */
function lostWith(parts: readonly Part[]): string[] {
  const lost = new Set(parts.flatMap(({ suffers }) => suffers));
  return [...lost].filter(each => !ancestors(each).some(above => lost.has(above))).sort();
}

/** `ID /a/b` → `ID /`, `ID /a`. */
function ancestors(place: string): string[] {
  const [snapshot = '', path = ''] = place.split(' ');
  const names = path.split('/').slice(1, -1);
  const above = names.map((_, at) => `${snapshot} /${names.slice(0, at + 1).join('/')}`);
  return path === '/' ? [] : [`${snapshot} /`, ...above];
}

/** Where a blob is damaged: every byte, or that many of them, spread over all of it. */
function placesIn(bytes: Uint8Array): number[] {
  const total = [...sound.files.values()].reduce((sum, { length }) => sum + length, 0);
  const count = Math.min(bytes.length, Math.max(20, Math.ceil((positions * bytes.length) / total)));
  const step = bytes.length / count;
  return Array.from({ length: count }, (_, at) => Math.floor((at + Math.random()) * step));
}

/** Blobs that are read to open a repository at all are told apart: {@link openKopia} throws for them. */
const toOpen = ['kopia.repository', 'kopia.blobcfg'];

function otherBlobs(): [string, Uint8Array][] {
  return [...sound.files].filter(([key]) => !toOpen.includes(key));
}

function isManifests(repository: IndexedKopia, key: string, at: number): boolean {
  return [...repository.index.entries('m')].some(
    ({ pack, offset, length }) => pack === key && at >= offset && at < offset + length,
  );
}

test('a byte that changes anywhere is found, with its blob and the snapshots and paths that suffer', async () => {
  const repository = await openedKopia(sound);
  for (const [key, bytes] of otherBlobs()) {
    for (const at of placesIn(bytes)) {
      const isLoose = loose.get(key)?.some(([from, to]) => at >= from && at < to) ?? false;
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
      const found = await findings(sound.with(key, changed));
      const where = `${key} at ${at}`;
      assert.deepEqual(found.files, isLoose ? [] : [key], where);
      const parts = partsOf.get(key)?.filter(({ from, to }) => at >= from && at < to) ?? [];
      // An index or a manifest that is lost takes what nobody else knows with it.
      if (!key.startsWith('x') && !isManifests(repository, key, at)) {
        assert.deepEqual(found.paths, lostWith(parts), where);
      }
    }
  }
});

test('threads find what one finds, whether they read packs themselves or are handed them', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'hozon-kopia-threads-'));
  const damaged = new MemoryStore(sound.files);
  const packs = [...partsOf.keys()].filter(key => key.startsWith('p'));
  for (const [at, key] of packs.entries()) {
    const bytes = Buffer.from(sound.files.get(key) ?? new Uint8Array());
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    damaged.files.set(key, at % 2 === 0 ? bytes : bytes.subarray(0, middle));
  }
  const onDisk = new FilesystemStore(directory.path);
  for (const [key, bytes] of damaged.files) await onDisk.put(key, bytes);
  const finds = async (store: ObjectStore, threads: number): Promise<unknown[]> => {
    const repository = { ...open, store, blobs: open.blobs.through(store) };
    const all = await Array.fromAsync(checkKopia(repository, { readData: true, threads }));
    return all.map(each => ({ ...each, text: each.text.en().replaceAll(store.url, '') })).sort(bySpelling);
  };
  const here = await finds(damaged, 0);
  assert.ok(here.length > packs.length);
  assert.deepEqual(await finds(damaged, 2), here);
  assert.deepEqual(await finds(onDisk, 2), here);
});

function bySpelling(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

test('what opening reads says itself that it is damaged', async () => {
  for (const key of toOpen) {
    const bytes = sound.files.get(key) ?? new Uint8Array();
    const text = Buffer.from(bytes).toString();
    const at = key === 'kopia.repository' ? text.indexOf('encryptedBlockFormat') + 60 : 20;
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await assert.rejects(
      openKopia(sound.with(key, changed), { password: Buffer.from(password) }),
      thrown =>
        isHozonError(thrown, 'repository.damaged') || isHozonError(thrown, 'repository.wrong-password'),
    );
  }
});

test('a pack that is cut off or gone is found, with what suffers; without a byte of it being read, too', async () => {
  for (const [key, parts] of partsOf) {
    const bytes = sound.files.get(key) ?? new Uint8Array();
    const lengths = [0, 1, 31, ...Array.from({ length: 4 }, () => Math.floor(Math.random() * bytes.length))];
    for (const length of [...lengths, undefined]) {
      const store = sound.with(key, length === undefined ? undefined : bytes.subarray(0, length));
      const lost = parts.filter(({ to }) => length === undefined || to > length);
      const found = await findings(store);
      assert.ok(found.files.includes(key), `${key} with ${length} bytes`);
      if (key.startsWith('p')) assert.deepEqual(found.paths, lostWith(lost), `${key} with ${length} bytes`);
      const structure = await Array.fromAsync(checkKopia(through(store)));
      if (lost.length > 0)
        assert.ok(
          structure.some(each => each.kind === 'file' && each.file === key),
          key,
        );
    }
  }
});

test('indexes that are damaged or gone are recovered from what packs say of themselves', async () => {
  const indexes = [...sound.files.keys()].filter(key => /^x[nsr]/.test(key));
  assert.ok(indexes.length > 2);
  const store = new MemoryStore(sound.files);
  for (const [number, key] of indexes.entries()) {
    if (number % 2 === 0) store.files.delete(key);
    else store.files.set(key, Buffer.from(store.files.get(key) ?? []).fill(7, 40, 41));
  }
  const found = await recoverIndex(through(store), { identity });
  assert.ok(found.contents > 0);
  assert.equal(found.damaged.length, Math.floor(indexes.length / 2));
  assert.deepEqual(await findings(store), { files: [], paths: [], unused: [] });
  const repository = await openedKopia(sound);
  const again = await listKopiaSnapshots({ ...repository, ...(await reopened(store)) });
  assert.equal(again.length, 2);
});

async function reopened(store: MemoryStore): Promise<IndexedKopia> {
  return loadContents(through(store));
}

test('a damaged pack is given up, snapshots are mended without what it held, and then all is sound', async () => {
  for (const [key, parts] of partsOf) {
    if (!key.startsWith('p')) continue;
    const bytes = Uint8Array.from(sound.files.get(key) ?? []);
    const part = parts[Math.floor(Math.random() * parts.length)];
    const at = part?.from ?? 0;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const store = sound.with(key, bytes);
    const given = await giveUpPacks(through(store), [key], { identity });
    assert.equal(given.lost.length, 1);
    assert.equal(given.saved, parts.length - 1);
    const repaired = await repairKopiaSnapshots(through(store), { identity, forget: true });
    const suffering = new Set(lostWith(part === undefined ? [] : [part]));
    const lost = repaired.flatMap(({ before, lost }) => lost.map(path => `${before} ${path}`));
    assert.deepEqual(lost.sort(), [...suffering].sort());
    const { files, paths } = await findings(store);
    assert.deepEqual([files, paths], [[], []]);
    assert.equal((await listKopiaSnapshots(await reopened(store))).length, 2);
  }
});

test('a directory that is lost is replaced by a file that says so, or left out', async () => {
  const directories = [...(await openedKopia(sound)).index.entries('k')];
  const pack = directories[0]?.pack ?? '';
  const store = sound.with(pack, undefined);
  for (const replacement of ['stub', 'remove'] as const) {
    const copy = new MemoryStore(store.files);
    await recoverIndex(through(copy), { identity }).catch(() => {});
    const repaired = await repairKopiaSnapshots(through(copy), { identity, replacement, dryRun: true }).catch(
      (thrown: unknown) => thrown,
    );
    // The pack of directories may hold the manifests, too: then there is nothing to be mended.
    if (Array.isArray(repaired)) for (const { lost } of repaired) assert.deepEqual(lost, ['/']);
    else assert.ok(isHozonError(repaired, 'repository.file-missing'));
  }
});
