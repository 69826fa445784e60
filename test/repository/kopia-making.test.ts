import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { type InitKopiaOptions, initKopia } from '#repository/kopia/access/init.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { listKopiaSnapshots } from '#repository/kopia/access/snapshots.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { Body, ObjectInfo, ObjectStore, PutOptions } from '#storage/object-store.ts';
import { openS3 } from '#storage/s3/store.ts';
import { type Kopia, type KopiaStorage, stockKopia } from '#testbed/kopia.ts';
import { startObjectStore } from '#testbed/object-store/object-store.ts';
import { newBucket, settingsOf } from '../storage/s3-subject.ts';
import { LockingStore } from './locking-store.ts';
import { MemoryStore } from './memory-store.ts';
import { dyingAfterChange } from './tidied-history.ts';

const password = 'パスワード "1"';
const identity = { username: 'somebody', hostname: 'somewhere' };
const owner = 'somebody@somewhere';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-making-'));
  await mkdir(join(directory, 'source/below'), { recursive: true });
  await writeFile(join(directory, 'source/below/file'), randomBytes(3_000_000));
});
after(() => rm(directory, { recursive: true }));

const variants = [
  {},
  {
    version: 2,
    hash: 'BLAKE3-256',
    encryption: 'CHACHA20-POLY1305-HMAC-SHA256',
    splitter: 'DYNAMIC-1M-BUZHASH',
  },
  { version: 1, hash: 'HMAC-SHA256-128', splitter: 'FIXED-1M' },
];

for (const variant of variants) {
  test(`kopia works with a repository that was made here: ${JSON.stringify(variant)}`, async () => {
    const place = await mkdtemp(join(directory, 'repository-'));
    const store = new FilesystemStore(place);
    await initKopia(store, { password: Buffer.from(password), owner, ...variant });
    assert.equal(
      await readFile(join(place, '.shards'), 'utf8'),
      JSON.stringify({
        default: 'version' in variant && variant.version === 1 ? [3, 3] : [1, 3],
        maxNonShardedLength: 20,
      }),
    );
    await workWith(store, { path: place });
  });
}

/** Kopia finds it whole, and what kopia adds is found. */
async function workWith(store: ObjectStore, storage: KopiaStorage): Promise<void> {
  await using kopia = await stockKopia({ storage, password, identity });
  await kopia.connect();
  await compareWithItsOwn(kopia);
  await kopia.run(['snapshot', 'create', join(directory, 'source')]);
  await kopia.run(['snapshot', 'verify', '--verify-files-percent=100']);
  await kopia.run(['maintenance', 'run', '--full', '--safety=none']);
  const repository = await loadContents(await openKopia(store, { password: Buffer.from(password) }));
  assert.equal((await listKopiaSnapshots(repository)).length, 1);
}

/** The manifests are those that kopia writes into a repository that it makes. */
async function compareWithItsOwn(kopia: Kopia): Promise<void> {
  await using own = await stockKopia({ storage: { path: join(kopia.directory, 'own') }, password, identity });
  await own.create();
  assert.deepEqual(await manifestsOf(kopia), await manifestsOf(own));
}

async function manifestsOf(kopia: Kopia): Promise<unknown[]> {
  const listed = (await kopia.json(['manifest', 'list'])) as { id: string; labels: { type: string } }[];
  const sorted = listed.toSorted((a, b) => (a.labels.type < b.labels.type ? -1 : 1));
  const found: unknown[] = [];
  for (const { id, labels } of sorted) {
    const shown = await kopia.run(['manifest', 'show', id]);
    found.push([labels, JSON.parse(shown.replaceAll(/^\/\/.*$/gm, ''))]);
  }
  return found;
}

test('kopia works with a repository that was made here in a bucket, below a prefix', async () => {
  await using server = await startObjectStore({ tls: false });
  const bucket = await newBucket(server);
  const store = await openS3(settingsOf(server, bucket, 'backups/kopia/some-namespace'));
  await using _store = { [Symbol.asyncDispose]: () => store.close() };
  await initKopia(store, { password: Buffer.from(password), owner });
  const { region, accessKeyId, secretAccessKey } = server;
  const prefix = 'backups/kopia/some-namespace/';
  const endpoint = new URL(server.endpoint).host;
  await workWith(store, { bucket, prefix, endpoint, region, accessKeyId, secretAccessKey });
});

test('blobs are of the class and locked for the time that the repository says', async () => {
  const puts = new Map<string, PutOptions>();
  const store = new (class extends MemoryStore {
    override put(key: string, body: Body, options?: PutOptions): Promise<ObjectInfo> {
      puts.set(key.replace(/[0-9a-f]{32}.*/, '…'), options ?? {});
      return super.put(key, body, options);
    }
  })();
  const classes = { blobOptions: [{ prefix: 'q', storageClass: 'STANDARD_IA' }, { prefix: 'xn' }] };
  await store.put('.storageconfig', Buffer.from(JSON.stringify(classes)));
  puts.clear();
  const clock = { ...systemClock, now: () => new Date('2030-01-02T00:00:00Z') };
  const retention = { retentionMode: 'GOVERNANCE', retentionPeriod: 86_400_000_000_000n };
  await initKopia(store, { password: Buffer.from(password), owner, retention, clock });
  const lock = { mode: 'GOVERNANCE', until: new Date('2030-01-03T00:00:00Z') };
  const said = [...puts].map(([id, how]) => [id, how.storageClass, how.retention]);
  assert.deepEqual(
    new Map(said.map(([id, ...how]) => [id, how])),
    new Map([
      ['kopia.blobcfg', [undefined, lock]],
      ['s…', [undefined, undefined]],
      ['q…', ['STANDARD_IA', lock]],
      ['xn0_…', [undefined, lock]],
    ]),
  );
});

test('of several who make a repository at once exactly one does', async () => {
  const store = new FilesystemStore(await mkdtemp(join(directory, 'race-')));
  const all = await Promise.allSettled(
    ['a', 'b', 'c'].map(name => initKopia(store, { password: Buffer.from(name), owner })),
  );
  const [winner, ...others] = ['a', 'b', 'c'].filter((_, number) => all[number]?.status === 'fulfilled');
  assert.deepEqual(others, []);
  for (const result of all) {
    if (result.status === 'rejected') assert.ok(isHozonError(result.reason, 'repository.kopia-exists'));
  }
  await openKopia(store, { password: Buffer.from(winner ?? '') });
});

test('blobs are locked as was said when it was begun, also where only the description of the repository was written', async () => {
  const retention = { retentionMode: 'GOVERNANCE', retentionPeriod: 86_400_000_000_000n };
  const store = new LockingStore(systemClock, { hasVersions: true });
  const first = dyingAfterChange(store, 1);
  const choices = { password: Buffer.from(password), owner };
  await assert.rejects(initKopia(first.store, { ...choices, retention }));
  assert.deepEqual([...store.files.keys()], ['kopia.repository']);
  const other = { ...retention, retentionPeriod: 172_800_000_000_000n };
  await assert.rejects(initKopia(store, { ...choices, retention: other }), thrown =>
    isHozonError(thrown, 'repository.kopia-exists'),
  );
  const { blobConfig } = await initKopia(store, choices);
  assert.deepEqual(blobConfig, retention);
  const unlocked = [...store.files.keys()].filter(key => !store.locks.has(key));
  assert.deepEqual(unlocked, []);
});

test('what was interrupted while it was made is ended by making it again, and by nobody with another password', async () => {
  const retention = { retentionMode: 'GOVERNANCE', retentionPeriod: 86_400_000_000_000n };
  const make = (store: ObjectStore, more: Partial<InitKopiaOptions> = {}) =>
    initKopia(store, { password: Buffer.from(password), owner, retention, ...more });
  let [ended, refusals] = [0, 0];
  for (let at = 1; ; at++) {
    const store = new LockingStore(systemClock, { hasVersions: true });
    const dying = dyingAfterChange(store, at);
    await make(dying.store).catch(() => {});
    const isWhole = [...store.files.keys()].some(key => key.startsWith('xn'));
    const isBegun = store.files.has('kopia.repository');
    if (isBegun && refusals++ === 1) {
      const refused = (made: Promise<unknown>): Promise<void> =>
        assert.rejects(made, thrown => isHozonError(thrown, 'repository.kopia-exists'));
      const before = new Map(store.files);
      await refused(make(store, { password: Buffer.from('another') }));
      await refused(make(store, { hash: 'BLAKE3-256' }));
      if (store.files.has('kopia.blobcfg')) await refused(make(store, { retention: undefined }));
      await refused(make(store, { retention: { ...retention, retentionPeriod: 172_800_000_000_000n } }));
      assert.deepEqual(store.files, before);
    }
    if (isWhole) await assert.rejects(make(store), thrown => isHozonError(thrown, 'repository.kopia-exists'));
    else await make(store);
    if (isBegun && !isWhole) ended++;
    const open = await openKopia(store, { password: Buffer.from(password) });
    const manifests = await loadManifests(await loadContents(open));
    assert.deepEqual(
      new Set(manifests.all.map(({ labels }) => labels['type'])),
      new Set(['maintenance', 'policy']),
    );
    assert.equal(manifests.all.length, 2);
    assert.deepEqual(open.blobConfig, retention);
    const unlocked = [...store.files.keys()].filter(key => !store.locks.has(key));
    assert.deepEqual(
      unlocked.filter(key => !key.startsWith('s')),
      [],
    );
    if (!dying.died()) break;
  }
  assert.ok(ended > 1 && refusals > 1);
});

test('a location that holds anything else is refused', async () => {
  const place = await mkdtemp(join(directory, 'taken-'));
  await writeFile(join(place, 'something'), '');
  const made = initKopia(new FilesystemStore(place), { password: Buffer.from(password), owner });
  await assert.rejects(made, error => isHozonError(error, 'repository.kopia-exists'));
  assert.deepEqual(await readdir(place), ['something']);
});
