import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { quoteName } from '#repository/format/go-quote.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { listSnapshots } from '#repository/restic/access/snapshots.ts';
import { checkRestic } from '#repository/restic/checking/check.ts';
import { walkSnapshot } from '#repository/restic/reading/browse.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { stockRestic } from '#testbed/restic.ts';
import { soakFactor } from '#testbed/soak.ts';
import { MemoryStore } from './memory-store.ts';
import { addQuickKey, makeQuickRepository, quickPassword } from './quick-repository.ts';
import { writeSmallHistory } from './small-history.ts';

/** Positions at which the files are damaged in all, at most; `HOZON_SOAK` covers every byte. */
const positions = soakFactor() === 1 ? 1000 : Number.POSITIVE_INFINITY;

let sound: MemoryStore;
/** The key file of another password than the one that is used. */
let otherKey = '';
/** The bytes of a pack that a blob takes, and what cannot be restored without it: `SNAPSHOT PATH`. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly suffers: readonly string[];
}
let partsOf: Map<string, readonly Part[]>;

before(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-damage-'));
  await using _directory = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
  const place = join(directory, 'repository');
  await makeQuickRepository(new FilesystemStore(place));
  await using restic = await stockRestic({ repository: place, password: quickPassword, version: 'new' });
  await writeSmallHistory(join(directory, 'source'), restic);
  sound = await MemoryStore.copyOf(new FilesystemStore(place));
  const { key } = await openRestic(sound, { password: Buffer.from(quickPassword) });
  otherKey = await addQuickKey(sound, key, 'second');
  partsOf = await partsOfPacks(sound);
  assert.deepEqual(await findings(sound), { files: [], paths: [], unused: [] });
});

interface Found {
  readonly files: readonly string[];
  readonly paths: readonly string[];
  readonly unused: readonly string[];
}

/** What `check --read-data` finds. */
async function findings(store: MemoryStore): Promise<Found> {
  const repository = await openRestic(store, { password: Buffer.from(quickPassword) });
  const all = await Array.fromAsync(checkRestic(repository, { readData: true }));
  return {
    files: all.flatMap(each => (each.kind === 'file' ? [each.file] : [])),
    paths: all.flatMap(each => (each.kind === 'path' ? [`${each.snapshot} ${each.path}`] : [])).sort(),
    unused: all.flatMap(each => (each.kind === 'unused' ? [each.file] : [])),
  };
}

/** Which bytes of which packs the paths of which snapshots need, by the indexes and trees of the sound repository. */
async function partsOfPacks(store: MemoryStore): Promise<Map<string, Part[]>> {
  const opened = await openRestic(store, { password: Buffer.from(quickPassword) });
  const repository = await loadIndex(opened);
  const needed = new Map<string, Set<string>>();
  const need = (id: string, by: string): void => {
    needed.set(id, (needed.get(id) ?? new Set()).add(by));
  };
  for (const snapshot of await listSnapshots(repository)) {
    need(snapshot.document.tree, `${snapshot.id} /`);
    for await (const { path, node } of walkSnapshot(repository, snapshot)) {
      const spelled = `${snapshot.id} ${spell(path)}`;
      for (const id of node.content ?? []) need(id, spelled);
      if (node.subtree !== undefined) need(node.subtree, spelled);
    }
  }
  const parts = new Map<string, Part[]>();
  for (let entry = 0; entry < repository.index.size; entry++) {
    const { id, pack, offset, length } = repository.index.place(entry);
    const key = `data/${pack.slice(0, 2)}/${pack}`;
    const part = { from: offset, to: offset + length, suffers: [...(needed.get(id) ?? [])].sort() };
    parts.set(key, [...(parts.get(key) ?? []), part]);
  }
  return parts;
}

/** As check spells it. */
function spell(path: Buffer): string {
  const names = path.toString('latin1').split('/').slice(1);
  return names.map(name => `/${quoteName(Buffer.from(name, 'latin1'))}`).join('');
}

/** What is lost with these parts. Below a directory that is lost nothing else is named. */
function lostWith(parts: readonly Part[]): string[] {
  const lost = new Set(parts.flatMap(({ suffers }) => suffers));
  return [...lost].filter(each => !ancestors(each).some(above => lost.has(above))).sort();
}

/** `ID /a/b` → `ID /`, `ID /a`. */
function ancestors(place: string): string[] {
  const root = place.indexOf('/');
  const names = place
    .slice(root + 1)
    .split('/')
    .slice(0, -1);
  const above = names.map((_, at) => `${place.slice(0, root)}/${names.slice(0, at + 1).join('/')}`);
  return place.endsWith(' /') ? [] : [`${place.slice(0, root)}/`, ...above];
}

/** Where a file is damaged: every byte, or that many of them, spread over all of it. */
function placesIn(bytes: Uint8Array): number[] {
  const total = [...sound.files.values()].reduce((sum, { length }) => sum + length, 0);
  const count = Math.min(bytes.length, Math.max(20, Math.ceil((positions * bytes.length) / total)));
  const step = bytes.length / count;
  return Array.from({ length: count }, (_, at) => Math.floor((at + Math.random()) * step));
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const other = Uint8Array.from(bytes);
  other[at] = (other[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
  return other;
}

function* filesIn(folder: string): Generator<[key: string, bytes: Uint8Array]> {
  for (const [key, bytes] of sound.files) if (key.startsWith(folder)) yield [key, bytes];
}

test('a flipped byte of a pack is found, and what suffers is named', async () => {
  for (const [key, bytes] of filesIn('data/')) {
    for (const at of placesIn(bytes)) {
      const part = partsOf.get(key)?.find(({ from, to }) => from <= at && at < to);
      const found = await findings(sound.with(key, flipped(bytes, at)));
      const expected = { files: [key], paths: lostWith(part === undefined ? [] : [part]), unused: [] };
      assert.deepEqual(found, expected, `byte ${at} of ${key}`);
    }
  }
});

test('a pack that lost its end, has one too many, or is gone, is found, and what suffers is named', async () => {
  for (const [key, bytes] of filesIn('data/')) {
    const parts = partsOf.get(key) ?? [];
    for (const at of placesIn(bytes)) {
      const found = await findings(sound.with(key, bytes.subarray(0, at)));
      const paths = lostWith(parts.filter(({ to }) => to > at));
      assert.deepEqual(found, { files: [key], paths, unused: [] }, `${at} bytes of ${key}`);
    }
    const longer = await findings(sound.with(key, Buffer.concat([bytes, Buffer.of(0)])));
    assert.deepEqual(longer, { files: [key], paths: [], unused: [] });
    const gone = await findings(sound.with(key, undefined));
    assert.deepEqual(gone, { files: [key], paths: lostWith(parts), unused: [] });
  }
});

test('a damaged index is found, and what is not known without it is named', async () => {
  for (const { key, damages } of damagedIn('index/')) {
    const { unused, paths } = await findings(sound.with(key, undefined));
    assert.deepEqual(paths, lostWith(unused.flatMap(pack => partsOf.get(pack) ?? [])));
    assert.ok(paths.length > 0);
    for (const { at, bytes } of damages) {
      const found = await findings(sound.with(key, bytes));
      assert.deepEqual(found, { files: [key], paths, unused }, `byte ${at} of ${key}`);
    }
  }
});

test('a damaged snapshot is found; one that is gone is as if it had never been', async () => {
  for (const { key, damages } of damagedIn('snapshots/')) {
    for (const { at, bytes } of damages) {
      const found = await findings(sound.with(key, bytes));
      assert.deepEqual(found, { files: [key], paths: [], unused: [] }, `byte ${at} of ${key}`);
    }
    assert.deepEqual(await findings(sound.with(key, undefined)), { files: [], paths: [], unused: [] });
  }
});

test('a damaged config is named by whatever opens the repository', async () => {
  for (const { key, damages } of damagedIn('config')) {
    for (const { at, bytes } of damages) {
      await assert.rejects(
        findings(sound.with(key, bytes)),
        thrown => namesDamage(thrown, key),
        `byte ${at} of ${key}`,
      );
    }
  }
  await assert.rejects(findings(sound.with('config', undefined)), thrown =>
    isHozonError(thrown, 'repository.not-found'),
  );
});

test('a damaged key is named: its own by opening, that of another password by checking', async () => {
  const keys = [...damagedIn('keys/')];
  const damagesOf = (own: boolean): (Damage & { key: string })[] =>
    keys
      .filter(({ key }) => (key === otherKey) !== own)
      .flatMap(({ key, damages }) => Array.from(damages, damage => ({ key, ...damage })));
  for (const { key, at, bytes } of damagesOf(true)) {
    await assert.rejects(
      findings(sound.with(key, bytes)),
      thrown => isHozonError(thrown, 'repository.wrong-password') && namesDamage(thrown.cause, key),
      `byte ${at} of ${key}`,
    );
  }
  for (const { key, at, bytes } of damagesOf(false)) {
    const found = await findings(sound.with(key, bytes));
    assert.deepEqual(found, { files: [key], paths: [], unused: [] }, `byte ${at} of ${key}`);
  }
});

function namesDamage(thrown: unknown, key: string): boolean {
  return isHozonError(thrown, 'repository.damaged') && thrown.message.includes(key);
}

interface Damage {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** The files of a folder, each with what damage may make of it: a flipped bit, a lost end. */
function* damagedIn(folder: string): Generator<{ readonly key: string; readonly damages: Iterable<Damage> }> {
  for (const [key, bytes] of filesIn(folder)) {
    const damages = placesIn(bytes).flatMap(at => [
      { at, bytes: flipped(bytes, at) },
      { at, bytes: bytes.subarray(0, at) },
    ]);
    yield { key, damages };
  }
}
