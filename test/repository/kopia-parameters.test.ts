import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Ran } from '#cli/testing.ts';
import { isHozonError } from '#foundation/errors.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { openKopia, openWithKey, readFormatBlobOf } from '#repository/kopia/access/open.ts';
import { openBlobConfig, readFormatBlob } from '#repository/kopia/format/repository-format.ts';
import { changeKopiaPassword } from '#repository/kopia/upkeep/change-password.ts';
import { parametersOf, setKopiaParameters } from '#repository/kopia/upkeep/set-parameters.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';
import { s3Client } from '#testbed/object-store/buckets.ts';
import { startObjectStore } from '#testbed/object-store/object-store.ts';
import { hozonOn } from './hozon.ts';
import { identity, password } from './kopia-history.ts';
import { MemoryStore } from './memory-store.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';
import { dyingAfterChange } from './tidied-history.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-parameters-'));
  await mkdir(join(directory, 'source'));
  await writeFile(join(directory, 'source/a'), 'text '.repeat(50_000));
});
after(() => rm(directory, { recursive: true }));

interface Status {
  readonly contentFormat: {
    readonly version: number;
    readonly maxPackSize: number;
    readonly indexVersion: number;
    readonly epochParameters: Readonly<Record<string, unknown>>;
  };
  readonly blobRetention: { readonly retentionMode?: string; readonly retentionPeriod?: number };
}

async function statusOf(kopia: Kopia): Promise<Status> {
  return (await kopia.json(['repository', 'status'])) as Status;
}

test('kopia reads the parameters that were set, and what it would refuse is refused before anything is written', async () => {
  const place = join(directory, 'parameters');
  await using kopia = await stockKopia({ storage: { path: place }, password, identity });
  await kopia.create();
  const hozon = hozonOn(place, password);
  const set = (...flags: string[]): Promise<Ran> => hozon.end(['set-parameters', ...flags]);
  const epochs = '--epoch-min-duration=3h --epoch-refresh-frequency=30m --epoch-cleanup-safety-margin=2h';
  const counts = '--epoch-advance-on-count=15 --epoch-advance-on-size-mb=5 --epoch-checkpoint-frequency=9';
  const flags = `${epochs} ${counts} --epoch-delete-parallelism=7 --max-pack-size-mb=40`.split(' ');
  const done = await set(...flags);
  assert.equal(done.code, 0, done.err);
  await using other = await stockKopia({ storage: { path: place }, password, identity });
  await other.connect();
  const { contentFormat } = await statusOf(other);
  const minute = 60_000_000_000;
  assert.deepEqual(
    [contentFormat.maxPackSize, contentFormat.epochParameters],
    [
      40 * 1024 * 1024,
      {
        Enabled: true,
        EpochRefreshFrequency: 30 * minute,
        FullCheckpointFrequency: 9,
        CleanupSafetyMargin: 120 * minute,
        MinEpochDuration: 180 * minute,
        EpochAdvanceOnCountThreshold: 15,
        EpochAdvanceOnTotalSizeBytesThreshold: 5 * 1024 * 1024,
        DeleteParallelism: 7,
      },
    ],
  );
  const refused = [
    '--max-pack-size-mb=9',
    '--max-pack-size-mb=121',
    '--index-version=1',
    '--epoch-min-duration=9m',
    '--epoch-refresh-frequency=61m',
    '--epoch-refresh-frequency=0',
    '--epoch-refresh-frequency=-1h',
    '--epoch-refresh-frequency=59s',
    '--epoch-min-duration=9999999h',
    '--epoch-cleanup-safety-margin=9999999h',
    '--epoch-advance-on-size-mb=10737418240',
    '--epoch-cleanup-safety-margin=89m',
    '--epoch-advance-on-count=9',
    '--retention-mode=governance',
    '--retention-period=48h',
    '--retention-period=-48h',
    '--retention-mode=governance --retention-period=9999999h',
  ];
  for (const flag of refused) {
    const ours = await set(...flag.split(' '));
    assert.ok(ours.code !== 0 && ours.err.includes('[repository.parameter-refused]'), `${flag}: ${ours.err}`);
  }
  const theirs = await Promise.all(
    ['--max-pack-size-mb=9', '--epoch-refresh-frequency=61m', '--retention-period=48h'].map(flag =>
      other.end(['repository', 'set-parameters', flag]),
    ),
  );
  assert.ok(theirs.every(({ exitCode }) => exitCode !== 0));
  const locking = await set('--retention-mode=governance', '--retention-period=48h');
  assert.match(locking.err, /\[storage\.unsupported\]/);
  assert.deepEqual((await statusOf(other)).contentFormat, contentFormat);
  const same = await set('--max-pack-size-mb=40', '--retention-mode=none');
  assert.match(same.err, /Nothing was changed/);
  await other.run(['snapshot', 'create', join(directory, 'source')]);
  await hozon.run(['snapshot', join(directory, 'source')]);
  await other.run(['snapshot', 'verify', '--verify-files-percent=100']);
});

test('indexes of format 1 are of version 2 once that is set, and epochs stay with formats that have them', async () => {
  const place = join(directory, 'format-1');
  await using kopia = await stockKopia({ storage: { path: place }, password, identity });
  await kopia.create(['--format-version=1']);
  const hozon = hozonOn(place, password);
  const { err } = await hozon.end(['set-parameters', '--epoch-advance-on-count=15']);
  assert.match(err, /no epochs/);
  await hozon.run(['set-parameters', '--index-version=2']);
  await using other = await stockKopia({ storage: { path: place }, password, identity });
  await other.connect();
  const { contentFormat } = await statusOf(other);
  assert.deepEqual([contentFormat.version, contentFormat.indexVersion], [1, 2]);
  await hozon.run(['snapshot', join(directory, 'source')]);
  await hozon.run(['maintenance', 'set', '--owner', 'me']);
  await hozon.run(['maintenance', 'run', '--full', '--safety', 'none']);
  await other.run(['snapshot', 'verify', '--verify-files-percent=100']);
  await other.run(['content', 'verify', '--full']);
});

test('a bucket locks what is written once that is set, and nothing more once it is not', async () => {
  await using server = await startObjectStore({ tls: false });
  const [bucket, plain] = ['locked', 'plain'];
  await server.createBucket(bucket, { objectLock: true });
  await server.createBucket(plain);
  const { region, accessKeyId, secretAccessKey } = server;
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  Object.assign(process.env, { ...keys, AWS_DEFAULT_REGION: region });
  const env = { HOME: directory };
  const on = (name: string) => hozonOn(`s3:${server.endpoint}/${name}/k`, password);
  const run = (words: string[]): Promise<string> => on(bucket).run(words, { env });
  await run(['init', '--format', 'kopia']);
  await run(['set-parameters', '--retention-mode', 'governance', '--retention-period', '48h']);
  const endpoint = new URL(server.endpoint).host;
  const storage = { bucket, prefix: 'k/', endpoint, region, accessKeyId, secretAccessKey };
  await using kopia = await stockKopia({ storage, password, identity });
  await kopia.connect();
  const status = await statusOf(kopia);
  assert.deepEqual(status.blobRetention, {
    retentionMode: 'GOVERNANCE',
    retentionPeriod: 172_800_000_000_000,
  });
  const client = await s3Client(server);
  using _client = { [Symbol.dispose]: () => client.destroy() };
  const { HeadObjectCommand } = await import('@aws-sdk/client-s3');
  const modeOf = async (key: string) =>
    (await client.send(new HeadObjectCommand({ Bucket: bucket, Key: `k/${key}` }))).ObjectLockMode;
  for (const key of ['kopia.repository', 'kopia.blobcfg']) assert.equal(await modeOf(key), 'GOVERNANCE');
  await run(['set-parameters', '--retention-mode', 'none']);
  assert.equal(await modeOf('kopia.repository'), undefined);
  await using other = await stockKopia({ storage, password, identity });
  await other.connect();
  assert.equal((await statusOf(other)).blobRetention.retentionMode ?? '', '');
  await on(plain).run(['init', '--format', 'kopia'], { env });
  const unlockable = ['set-parameters', '--retention-mode=governance', '--retention-period=48h'];
  const refused = await on(plain).end(unlockable, { env });
  assert.notEqual(refused.code, 0);
  await on(plain).run(['snapshot', join(directory, 'source')], { env });
});

test('whenever a change dies, what counts is the old or the new, and the password opens it; a change of the password is heeded', async () => {
  const original = new MemoryStore();
  const made = await initKopia(original, { password: Buffer.from(password), owner: 'u@h', identity });
  const retention = { retentionMode: 'GOVERNANCE', retentionPeriod: 172_800_000_000_000n };
  const maxPackSize = 40 * 1024 * 1024;
  for (let at = 1, isOver = false; !isOver; at++) {
    const copy = new MemoryStore(original.files);
    const { store, died } = dyingAfterChange(copy, at);
    const dying = { ...made, store, blobs: made.blobs.through(store) };
    await setKopiaParameters(dying, now => ({ ...now, maxPackSize, ...retention })).catch(() => {});
    isOver = !died();
    const formatBlob = readFormatBlob(copy.files.get('kopia.repository') ?? Buffer.alloc(0));
    const sealed = copy.files.get('kopia.blobcfg') ?? Buffer.alloc(0);
    const { formatKey } = made;
    assert.deepEqual(
      openBlobConfig(formatBlob, sealed, formatKey),
      at === 1 ? { retentionMode: '', retentionPeriod: 0n } : retention,
    );
    const found = await openWithKey(made.blobs.through(copy), { formatBlob, formatKey }, {});
    assert.equal(found.format.maxPackSize, at <= 2 ? made.format.maxPackSize : maxPackSize);
  }
  await changeKopiaPassword(made, randomBytes(6));
  await assert.rejects(
    setKopiaParameters(made, now => ({ ...now, maxPackSize })),
    thrown => isHozonError(thrown, 'repository.wrong-password'),
  );
  assert.equal(parametersOf(made).maxPackSize, 20 * 1024 * 1024);
  await readFormatBlobOf(made.blobs, {});
});

test('what nobody could read again is refused before anything is written, whatever it is', async () => {
  const store = new MemoryStore();
  const made = await initKopia(store, { password: Buffer.from(password), owner: 'u@h', identity });
  const files = [...store.files];
  const { epochParameters: epochs } = made.format;
  const unreadable = [
    { epochParameters: { ...epochs, advanceOnCount: 10.5 } },
    { epochParameters: { ...epochs, deleteParallelism: 2 ** 60 } },
    { maxPackSize: 20 * 1024 * 1024 + 0.5 },
    { epochParameters: { ...epochs, minDuration: 2n ** 63n } },
    { retentionMode: 'GOVERNANCE', retentionPeriod: 2n ** 63n },
  ];
  for (const parameters of unreadable) {
    await assert.rejects(
      setKopiaParameters(made, now => ({ ...now, ...parameters })),
      thrown => isHozonError(thrown, 'repository.parameter-refused'),
    );
  }
  assert.deepEqual([...store.files], files);
});

test('a repository that was copied into a directory, and says that it locks its blobs, can be changed otherwise', async () => {
  const original = new MemoryStore();
  const retention = { retentionMode: 'GOVERNANCE', retentionPeriod: 172_800_000_000_000n };
  const bytes = Buffer.from(password);
  await initKopia(original, { password: bytes, owner: 'u@h', identity, retention });
  const place = join(directory, 'copied');
  const copy = new FilesystemStore(place);
  for (const [key, file] of original.files) await copy.put(key, file, { size: file.length });
  const hozon = hozonOn(place, password);
  await hozon.run(['set-parameters', '--max-pack-size-mb=40']);
  const locking = await hozon.end(['set-parameters', '--retention-period=72h']);
  assert.match(locking.err, /\[storage\.unsupported\]/);
  const found = await openKopia(copy, { password: bytes });
  assert.deepEqual(found.blobConfig, retention);
  assert.equal(found.format.maxPackSize, 40 * 1024 * 1024);
});

test('restic repositories are refused by name', async () => {
  const place = join(directory, 'restic');
  await makeQuickRepository(new FilesystemStore(place));
  const { code, err } = await hozonOn(place, quickPassword).end(['set-parameters', '--max-pack-size-mb=40']);
  assert.ok(code !== 0 && err.includes('--pack-size'), err);
});
