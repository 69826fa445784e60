import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readFile, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { readContent } from '#repository/kopia/access/contents.ts';
import { readDirectory } from '#repository/kopia/access/directories.ts';
import { type IndexedKopia, loadContents } from '#repository/kopia/access/indexed.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { readObject } from '#repository/kopia/access/objects.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { findKopiaSnapshot, listKopiaSnapshots } from '#repository/kopia/access/snapshots.ts';
import { compressionNames } from '#repository/kopia/format/compression.ts';
import { contentHash } from '#repository/kopia/format/content-id.ts';
import { type DirectoryEntry, unixMode } from '#repository/kopia/format/directory.ts';
import { epochMarker } from '#repository/kopia/format/epoch-names.ts';
import { hashSizes } from '#repository/kopia/format/hashing.ts';
import { type RepositoryFormat, sealFormat } from '#repository/kopia/format/repository-format.ts';
import { encryptions } from '#repository/kopia/format/sealing.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';

const password = 'パスワード "1"';
/** Every kind of splitter; of each, sizes that cut the files of the tree. */
const splitters = ['DYNAMIC-1M-BUZHASH', 'DYNAMIC-128K-RABINKARP', 'FIXED-512K', 'DYNAMIC-256K-BUZHASH'];
const keyAlgorithms = ['scrypt-65536-8-1', 'pbkdf2-sha256-600000'];

let directory: string;
let source: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-reading-'));
  source = join(directory, 'source');
  await writeTree(source);
});
after(() => rm(directory, { recursive: true }));

async function writeTree(root: string): Promise<void> {
  await mkdir(join(root, 'empty directory'), { recursive: true });
  await mkdir(join(root, 'deep/er/and/deeper'), { recursive: true });
  await writeFile(join(root, 'empty'), '');
  await writeFile(join(root, 'text <&> "quoted" \\'), 'some text\n'.repeat(20_000));
  await writeFile(join(root, '日本語\u2028\n'), '内容', { mode: 0o4755 });
  await writeFile(join(root, 'deep/er/and/deeper/random'), randomBytes(300_000));
  await writeFile(join(root, 'large'), randomBytes(2_500_000));
  await writeFile(join(root, 'zeros'), new Uint8Array(3_000_000));
  await symlink('deep/er', join(root, 'link'));
  await utimes(join(root, 'empty'), 1_000_000_000.5, 1_000_000_000.25);
}

/** Each hash once, and beside it every other choice more than once. */
const variants = Object.keys(hashSizes).map((hash, number) => ({
  hash,
  encryption: encryptions[number % encryptions.length] ?? '',
  splitter: splitters[number % splitters.length] ?? '',
  version: (number % 3) + 1,
  keyAlgorithm: keyAlgorithms[number % 2] ?? '',
}));

for (const [number, variant] of variants.entries()) {
  const { hash, encryption, splitter, version, keyAlgorithm } = variant;
  test(`what kopia wrote is read: ${Object.values(variant).join(', ')}`, async () => {
    const place = join(directory, `variant-${number}`);
    await using kopia = await stockKopia({ storage: { path: place }, password });
    await kopia.create([
      `--block-hash=${hash}`,
      `--encryption=${encryption}`,
      `--object-splitter=${splitter}`,
      `--format-version=${version}`,
      `--format-block-key-derivation-algorithm=${keyAlgorithm}`,
    ]);
    const made = await takeSnapshot(kopia, source);
    const repository = await open(place);
    assert.deepEqual(
      [repository.format.hash, repository.format.version, repository.epoch.managed],
      [hash, version, version > 1],
    );
    const [snapshot, ...others] = await listKopiaSnapshots(repository);
    assert.ok(snapshot !== undefined);
    assert.deepEqual([others, snapshot.id, snapshot.snapshot.source.path], [[], made.id, source]);
    assert.equal(snapshot.snapshot.rootEntry?.object, made.rootEntry.obj);
    for (const wanted of [made.id, made.id.slice(0, 8), made.rootEntry.obj, 'latest']) {
      assert.equal((await findKopiaSnapshot(repository, wanted)).id, made.id);
    }
    await compareTree(repository, made.rootEntry.obj, source);
    await proveContents(repository);
  });
}

interface MadeSnapshot {
  readonly id: string;
  readonly rootEntry: { readonly obj: string };
}

async function takeSnapshot(kopia: Kopia, path: string): Promise<MadeSnapshot> {
  return (await kopia.json(['snapshot', 'create', path])) as MadeSnapshot;
}

async function open(place: string): Promise<IndexedKopia> {
  return loadContents(await openKopia(new FilesystemStore(place), { password: Buffer.from(password) }));
}

/** What a directory of the repository holds is what is on the disk, byte for byte, and so on below it. */
async function compareTree(repository: IndexedKopia, object: string, path: string): Promise<void> {
  const { entries } = await readDirectory(repository, object);
  for (const entry of entries) {
    const there = join(path, entry.name);
    const { mode, mtimeMs } = await lstat(there);
    assert.equal(Number(entry.mtime / 1_000_000n), Math.floor(mtimeMs), there);
    if (entry.type !== 's') assert.equal(unixMode(entry.mode), mode & 0o7777, there);
    if (entry.type === 'd') await compareTree(repository, entry.object, there);
    else await compareBytes(repository, entry, there);
  }
}

async function compareBytes(repository: IndexedKopia, entry: DirectoryEntry, path: string): Promise<void> {
  const expected = entry.type === 's' ? Buffer.from(await readlink(path)) : await readFile(path);
  const read = async (range?: { offset: number; length: number }): Promise<Buffer> =>
    Buffer.concat(await Array.fromAsync(readObject(repository, entry.object, { range })));
  assert.ok(expected.equals(await read()), path);
  for (const [offset, length] of [
    [0, 1],
    [524_287, 3],
    [1_000_000, 1_500_000],
    [expected.length, 1],
  ] as const) {
    const part = expected.subarray(offset, offset + length);
    assert.ok(part.equals(await read({ offset, length })), `${path}: ${length} bytes from ${offset}`);
  }
}

/** Every content that the index names is there and has the hash that it is called by. */
async function proveContents(repository: IndexedKopia): Promise<void> {
  for (const { id, original } of repository.index.entries()) {
    const plain = await readContent(repository, id);
    assert.deepEqual([contentHash(id), original], [repository.hash(plain), plain.length]);
  }
}

test('contents are read however kopia compressed them', async () => {
  const place = join(directory, 'compressions');
  const identity = { username: 'someone', hostname: 'here' };
  await using kopia = await stockKopia({ storage: { path: place }, password, identity });
  await kopia.create();
  const names = [...compressionNames.values()];
  const policies: Record<string, unknown> = {};
  for (const name of names) {
    const path = join(directory, 'compressed', name);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'text'), `${name} and so on\n`.repeat(150_000)); // else one would be for all
    await writeFile(join(path, 'random'), randomBytes(1000));
    policies[`someone@here:${path}`] = { compression: { compressorName: name } };
  }
  await kopia.run(['policy', 'import'], { stdin: JSON.stringify(policies) });
  await kopia.run(['snapshot', 'create', ...names.map(name => join(directory, 'compressed', name))]);
  const repository = await open(place);
  const data = [...repository.index.entries('')];
  const used = new Set(data.map(({ compression }) => compressionNames.get(compression)));
  assert.deepEqual(used, new Set([...names, undefined]));
  for (const { snapshot } of await listKopiaSnapshots(repository)) {
    await compareTree(repository, snapshot.rootEntry?.object ?? '', snapshot.source.path);
  }
  await proveContents(repository);
});

test('what kopia merged, deleted and forgot counts as kopia has it', async () => {
  const place = join(directory, 'history');
  const changing = join(directory, 'changing');
  await using kopia = await stockKopia({ storage: { path: place }, password });
  await kopia.create();
  await mkdir(changing);
  const made: string[] = [];
  for (let round = 0; round < 4; round++) {
    await writeFile(join(changing, `file ${round}`), randomBytes(10_000));
    made.push((await takeSnapshot(kopia, changing)).id);
    await beginEpochs(place, round * 3);
    await kopia.run(['maintenance', 'run', '--full', '--safety=none']);
    await agreeWith(kopia, await open(place));
  }
  assert.ok((await open(place)).epoch.compactions.size > 0);
  await kopia.run(['snapshot', 'delete', made[0] ?? '', '--delete']);
  await kopia.run(['maintenance', 'run', '--full', '--safety=none']);
  const repository = await open(place);
  await agreeWith(kopia, repository);
  assert.deepEqual(
    repository.epoch.ranges.map(({ first, last }) => [first, last]),
    [[0, 7]],
  );
  assert.ok(repository.epoch.watermark > 0);
  assert.deepEqual(
    (await listKopiaSnapshots(repository)).map(({ id }) => id),
    made.slice(1),
  );
  await proveContents(repository);
});

/** Makes the epoch that is written to the next but so many: what takes kopia a day for each. */
async function beginEpochs(place: string, epoch: number): Promise<void> {
  const { blobs } = await openKopia(new FilesystemStore(place), { password: Buffer.from(password) });
  for (let marked = 1; marked <= epoch; marked++) {
    const { id, bytes } = epochMarker(marked);
    await blobs.put(id, bytes);
  }
}

interface ListedContent {
  readonly contentID: string;
  readonly packFile: string;
  readonly packOffset: number;
  readonly length: number;
  readonly originalLength: number;
  readonly deleted: boolean;
  readonly formatVersion: number;
}

/** The contents that kopia lists, and where it says that they are, are those that the index has; and so are the manifests. */
async function agreeWith(kopia: Kopia, repository: IndexedKopia): Promise<void> {
  const listed = (await kopia.json(['content', 'list', '--deleted'])) as ListedContent[];
  const theirs = listed.map(({ contentID, packFile, packOffset, length, ...said }) =>
    [contentID, packFile, packOffset, length, said.originalLength, said.deleted, said.formatVersion].join(),
  );
  const ours = [...repository.index.entries()].map(({ id, pack, offset, length, ...entry }) =>
    [id, pack, offset, length, entry.original, entry.deleted, entry.formatVersion].join(),
  );
  assert.deepEqual(new Set(ours), new Set(theirs));
  const manifests = (await kopia.json(['manifest', 'list'])) as { id: string }[];
  const { all } = await loadManifests(repository);
  assert.deepEqual(new Set(all.map(({ id }) => id)), new Set(manifests.map(({ id }) => id)));
}

/** What an upgrade waits for. */
const atOnce = ['io-drain-timeout', 'status-poll-interval', 'max-permitted-clock-drift'].map(
  name => `--${name}=10ms`,
);

test('indexes of repositories without epochs count until they are merged, or the repository gets epochs', async () => {
  const place = join(directory, 'old-history');
  const changing = join(directory, 'old-changing');
  await using kopia = await stockKopia({ storage: { path: place }, password });
  await kopia.create(['--format-version=1']);
  await mkdir(changing);
  for (let round = 0; round < 3; round++) {
    await writeFile(join(changing, `file ${round}`), randomBytes(10_000));
    await takeSnapshot(kopia, changing);
  }
  const before = await open(place);
  await agreeWith(kopia, before);
  const env = { KOPIA_DANGEROUS_COMMANDS: 'enabled' };
  await kopia.run(['index', 'optimize', '--max-small-blobs=1'], { env });
  const merged = await open(place);
  assert.ok(merged.epoch.indexBlobs.length < before.epoch.indexBlobs.length);
  await agreeWith(kopia, merged);
  await kopia.run(
    ['repository', 'upgrade', 'begin', '--upgrade-owner-id=somebody', '--allow-unsafe-upgrade', ...atOnce],
    { env: { KOPIA_UPGRADE_LOCK_ENABLED: '1' } },
  );
  const upgraded = await open(place);
  assert.deepEqual([upgraded.format.version, upgraded.epoch.managed], [3, true]);
  await agreeWith(kopia, upgraded);
  await proveContents(upgraded);
});

test('a repository is refused with the reason', async () => {
  const place = join(directory, 'refused');
  const store = new FilesystemStore(place);
  const opening = (typed = password): Promise<unknown> => openKopia(store, { password: Buffer.from(typed) });
  await assert.rejects(opening(), error => isHozonError(error, 'repository.kopia-not-found'));
  await using kopia = await stockKopia({ storage: { path: place }, password });
  await kopia.create();
  await assert.rejects(opening('another'), error => isHozonError(error, 'repository.wrong-password'));
  await assert.rejects(initKopia(store, { password: Buffer.from('x'), owner: 'a@b' }), error =>
    isHozonError(error, 'repository.kopia-exists'),
  );
  const { blobs, format, formatBlob, formatKey } = await openKopia(store, {
    password: Buffer.from(password),
  });
  const change = async (changes: Partial<RepositoryFormat>): Promise<void> => {
    await blobs.put('kopia.repository', sealFormat(formatBlob, { ...format, ...changes }, formatKey));
  };
  const feature = { feature: 'time-travel', warn: false, message: 'Wait.', url: '', upgradeToVersion: '9' };
  await change({ requiredFeatures: [feature] });
  await assert.rejects(opening(), error => isHozonError(error, 'repository.kopia-feature'));
  await change({ requiredFeatures: [{ ...feature, warn: true }] });
  const warnings: string[] = [];
  const onWarning = (name: string, advice: string): number => warnings.push(`${name}: ${advice}`);
  await openKopia(store, { password: Buffer.from(password), onWarning });
  assert.deepEqual(warnings, ['time-travel: Wait. 9']);
  const second = 1_000_000_000n;
  const times = {
    advanceNotice: 0n,
    drainTimeout: second,
    statusPollInterval: second,
    maxClockDrift: second,
  };
  const creationTime = BigInt(Date.now()) * 1_000_000n;
  await change({ upgradeLock: { owner: 'somebody', message: 'Wait.', creationTime, ...times } });
  await assert.rejects(opening(), error => isHozonError(error, 'repository.kopia-upgrading'));
  await rm(join(kopia.directory, 'cache'), { recursive: true }); // else it goes by the format that it read before
  const theirs = await kopia.end(['snapshot', 'list', '--upgrade-no-block']);
  assert.match(theirs.stderr, /upgrade in progress/);
});

test('what kopia wrote with error correction is read', async () => {
  const place = join(directory, 'error-correction');
  await using kopia = await stockKopia({ storage: { path: place }, password });
  await kopia.create(['--ecc=REED-SOLOMON-CRC32', '--ecc-overhead-percent=2']);
  const made = await takeSnapshot(kopia, source);
  const repository = await open(place);
  assert.equal(repository.format.ecc, 'REED-SOLOMON-CRC32');
  await compareTree(repository, made.rootEntry.obj, source);
  await proveContents(repository);
});
