import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Ran } from '#cli/testing.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { openS3 } from '#storage/s3/store.ts';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';
import { s3Client } from '#testbed/object-store/buckets.ts';
import { type OwnObjectStore, startObjectStore } from '#testbed/object-store/object-store.ts';
import { settingsOf } from '../storage/s3-subject.ts';
import { hozonOn } from './hozon.ts';

const password = 'p';
const identity = { username: 'u', hostname: 'h' };
const hour = 3_600_000;
const extending = 'extend-blob-retention-time';

let directory: string;
let server: OwnObjectStore;
let client: S3Client;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-object-lock-'));
  server = await startObjectStore({ tls: false });
  client = await s3Client(server);
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    AWS_DEFAULT_REGION: server.region,
  });
  await mkdir(join(directory, 'source/below'), { recursive: true });
  await writeFile(join(directory, 'source/a'), randomBytes(2_000_000));
  await writeFile(join(directory, 'source/below/b'), 'text '.repeat(10_000));
});
after(async () => {
  client?.destroy();
  await server?.stop();
  await rm(directory, { recursive: true });
});

/** A bucket that locks objects, and a kopia and Hozon on a repository in it. */
async function newPlace() {
  const bucket = `locked-${randomBytes(6).toString('hex')}`;
  await server.createBucket(bucket, { objectLock: true });
  const kopia = await stockKopia({
    storage: {
      bucket,
      prefix: 'k/',
      endpoint: new URL(server.endpoint).host,
      region: server.region,
      accessKeyId: server.accessKeyId,
      secretAccessKey: server.secretAccessKey,
    },
    password,
    identity,
  });
  const hozon = hozonOn(`s3:${server.endpoint}/${bucket}/k`, password);
  const env = { HOME: directory };
  const end = (...words: string[]): Promise<Ran> => hozon.end(words, { env });
  const run = (...words: string[]): Promise<string> => hozon.run(words, { env });
  return { bucket, kopia, end, run };
}

interface Locked {
  readonly key: string;
  readonly mode: string | undefined;
  /** Milliseconds since 1970; 0 for no lock. */
  readonly until: number;
}

/** The objects that are there, and their locks as the server has them. */
async function locksIn(bucket: string): Promise<readonly Locked[]> {
  const { HeadObjectCommand, ListObjectsV2Command } = await import('@aws-sdk/client-s3');
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Promise.all(
    Contents.map(async ({ Key = '' }) => {
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key }));
      const until = head.ObjectLockRetainUntilDate?.getTime() ?? 0;
      return { key: Key.slice('k/'.length), mode: head.ObjectLockMode, until };
    }),
  );
}

const isLocked = ({ key }: Locked): boolean => /^(?:kopia\.repository|kopia\.blobcfg|[nxpq])/.test(key);

function assertNoneShorter(before: readonly Locked[], after: readonly Locked[]): void {
  const now = new Map(after.map(({ key, until }) => [key, until]));
  for (const { key, until } of before) assert.ok((now.get(key) ?? until) >= until, key);
}

interface Maintained {
  readonly tasks: readonly { readonly task: string; readonly state: string }[];
}

interface Info {
  readonly extendObjectLocks: boolean;
  readonly schedule: { readonly runs: Readonly<Record<string, readonly KopiaRun[]>> };
}

interface KopiaRun {
  readonly success?: boolean;
  readonly extra?: readonly { readonly kind: string; readonly data: Readonly<Record<string, unknown>> }[];
}

/** What kopia finds noted of the runs that extended locks, the last one first. */
async function statsOf(kopia: Kopia): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { schedule } = (await kopia.json(['maintenance', 'info'])) as Info;
  return (schedule.runs[extending] ?? []).map(({ success, extra = [] }) => {
    assert.equal(success, true);
    return extra[0]?.data ?? {};
  });
}

async function assertSound(kopia: Kopia, check: () => Promise<string>): Promise<void> {
  await kopia.run(['snapshot', 'verify', '--verify-files-percent=100']);
  await kopia.run(['content', 'verify', '--full']);
  await check();
}

test('locks that kopia begins, Hozon extends, and kopia goes on from there', async () => {
  const { bucket, kopia, run } = await newPlace();
  await using _ = kopia;
  const begun = Date.now();
  await kopia.create(['--retention-mode=GOVERNANCE', '--retention-period=48h']);
  await kopia.run(['snapshot', 'create', join(directory, 'source')]);
  await run('maintenance', 'set', '--extend-object-locks');
  const { extendObjectLocks } = (await kopia.json(['maintenance', 'info'])) as Info;
  assert.equal(extendObjectLocks, true);
  const before = await locksIn(bucket);
  assert.ok(before.every(each => each.until > begun === isLocked(each)));
  const maintained = Math.floor(Date.now() / 1000) * 1000;
  const maintaining = ['maintenance', 'run', '--full', '--force', '-o', 'json'];
  const { tasks } = JSON.parse(await run(...maintaining)) as Maintained;
  assert.equal(tasks.find(({ task }) => task === extending)?.state, 'done');
  const extended = await locksIn(bucket);
  for (const { key, mode, until } of extended.filter(isLocked)) {
    assert.equal(mode, 'GOVERNANCE', key);
    assert.ok(until >= maintained + 48 * hour, `${key} ${new Date(until).toISOString()}`);
  }
  assertNoneShorter(before, extended);
  const [ours = {}] = await statsOf(kopia);
  assert.ok(Number(ours['extendedBlobCount']) >= 5);
  assert.equal(ours['retentionPeriod'], '48h0m0s');

  await kopia.run(['maintenance', 'run', '--full', '--safety=none']);
  const stats = await statsOf(kopia);
  assert.deepEqual(
    stats.map(each => Object.keys(each)),
    [Object.keys(ours), Object.keys(ours)],
  );
  assertNoneShorter(extended, await locksIn(bucket));
  await assertSound(kopia, () => run('check', '--read-data'));
  const info = await run('maintenance', 'info');
  assert.match(info, /Object locks:? +GOVERNANCE, 48h0m, extended by each full run/);
});

test('what is locked stays in the bucket although maintenance deletes it', async () => {
  const { bucket, kopia, run } = await newPlace();
  await using _ = kopia;
  const locking = ['--retention-mode', 'compliance', '--retention-period', '24h'];
  await run('init', '--format', 'kopia', '--owner', 'u@h', ...locking);
  await kopia.connect();
  await run('snapshot', join(directory, 'source'));
  await kopia.run(['snapshot', 'create', join(directory, 'source')]);
  const locks = await locksIn(bucket);
  for (const each of locks) assert.equal(each.mode, isLocked(each) ? 'COMPLIANCE' : undefined, each.key);
  const packs = locks.filter(({ key }) => /^[pq]/.test(key)).map(({ key }) => key);
  await run('maintenance', 'run', '--full', '--safety', 'none', '--force');
  await run('maintenance', 'run', '--full', '--safety', 'none', '--force');
  const seen = new Set((await locksIn(bucket)).map(({ key }) => key));
  const gone = packs.filter(key => !seen.has(key));
  assert.ok(gone.length > 0);
  const { DeleteObjectCommand, ListObjectVersionsCommand } = await import('@aws-sdk/client-s3');
  const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  for (const key of gone) {
    const version = Versions.find(({ Key }) => Key === `k/${key}`);
    assert.ok(version?.VersionId !== undefined, key);
    const removal = new DeleteObjectCommand({
      Bucket: bucket,
      Key: `k/${key}`,
      VersionId: version.VersionId,
    });
    await assert.rejects(client.send(removal), /object lock|protected|denied/i);
  }
  await assertSound(kopia, () => run('check', '--read-data'));
});

test('locks are not extended where full maintenance comes too late for it, or the bucket locks nothing', async () => {
  const { kopia, end, run } = await newPlace();
  await using _ = kopia;
  await kopia.create(['--retention-mode=GOVERNANCE', '--retention-period=24h']);
  const refused = await end('maintenance', 'set', '--extend-object-locks', '--pause-full', '1h');
  assert.equal(refused.code, 2);
  assert.match(refused.err, /locks its blobs for 24h0m, .* every 24h0m/);
  const theirs = await kopia.end(['maintenance', 'set', '--extend-object-locks=true']);
  assert.match(theirs.stderr, /must be 24h0m0s greater than the Full Maintenance interval/);
  const info = JSON.parse(await run('maintenance', 'info', '-o', 'json')) as Record<string, unknown>;
  assert.deepEqual(info['objectLocks'], { mode: 'GOVERNANCE', period: '24h0m' });
  assert.equal(info['extendObjectLocks'], false);

  const plain = `plain-${randomBytes(6).toString('hex')}`;
  await server.createBucket(plain);
  const other = hozonOn(`s3:${server.endpoint}/${plain}/k`, password);
  const env = { HOME: directory };
  await other.run(['init', '--format', 'kopia'], { env });
  const set = await other.end(['maintenance', 'set', '--extend-object-locks'], { env });
  assert.equal(set.code, 0, set.err);
  assert.match(set.err, /locks none of its blobs/);
  const maintained = await other.end(['maintenance', 'run', '--full'], { env });
  assert.equal(maintained.code, 0, maintained.err);
});

test('no repository that locks its blobs is made where nothing can be locked, for less than a day, or for longer than can be read again', async () => {
  const { bucket, kopia, end } = await newPlace();
  await using _ = kopia;
  const plain = `plain-${randomBytes(6).toString('hex')}`;
  await server.createBucket(plain);
  const init = ['init', '--format', 'kopia', '--retention-mode', 'governance'];
  for (const place of [`s3:${server.endpoint}/${plain}/k`, join(directory, 'no-locks')]) {
    const made = await hozonOn(place, password).end([...init, '--retention-period', '48h']);
    assert.equal(made.code, 1, made.err);
    assert.match(made.err, /cannot do what is needed .*storage\.unsupported/);
  }
  for (const [period, text] of [
    [['--retention-period', '23h'], /--retention-period.* ≥ 24h/],
    [['--retention-period', '9999999h'], /--retention-period.* ≤ 2562047h/],
    [[], /--retention-period/],
  ] as const) {
    const made = await end(...init, ...period);
    assert.equal(made.code, 2, made.err);
    assert.match(made.err, text);
  }
  // Nor in the plain bucket, were it S3's own: this server stores the object and then finds that it cannot lock it.
  assert.deepEqual(await locksIn(bucket), []);
  await assert.rejects(stat(join(directory, 'no-locks')), { code: 'ENOENT' });
});

test('in a directory, to which a repository that locks was copied, each full maintenance says that it extends nothing', async () => {
  const { bucket, kopia } = await newPlace();
  await using _ = kopia;
  await kopia.create(['--retention-mode=GOVERNANCE', '--retention-period=48h']);
  const from = await openS3(settingsOf(server, bucket, 'k'));
  const to = new FilesystemStore(join(directory, 'copied'));
  for await (const { key } of from.list('')) await to.put(key, await from.get(key));
  await from.close();
  const { end } = hozonOn(join(directory, 'copied'), password);
  const set = await end(['maintenance', 'set', '--extend-object-locks']);
  assert.equal(set.code, 0, set.err);
  assert.match(set.err, /A directory cannot lock objects/);
  const ran = await end(['maintenance', 'run', '--full', '--force', '--lang', 'ja', '-o', 'json']);
  assert.equal(ran.code, 3, ran.err);
  assert.match(ran.err, /対応していません/);
  const { tasks } = JSON.parse(ran.out) as Maintained;
  assert.deepEqual(
    tasks.filter(({ state }) => state === 'short').map(({ task }) => task),
    [extending],
  );
});
