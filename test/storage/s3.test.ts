import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { describeThrown, isHozonError } from '#foundation/errors.ts';
import { fromBackupStorageLocation } from '#storage/backup-storage-location.ts';
import { extendRetention } from '#storage/extend-retention.ts';
import { validateLayout } from '#storage/layout.ts';
import { openLocation } from '#storage/locations.ts';
import { retrying } from '#storage/retrying.ts';
import { openS3 } from '#storage/s3/store.ts';
import { all, bytesOf, failure, inChunks, keysOf, read, textAt } from '#storage/testing/contents.ts';
import { createBucket, s3Client } from '#testbed/object-store/buckets.ts';
import { type OwnObjectStore, startObjectStore } from '#testbed/object-store/object-store.ts';
import { cuttingProxy } from './cutting-proxy.ts';
import { credentialsOf, newBucket, settingsOf, withFile } from './s3-subject.ts';

let plain: OwnObjectStore;
let secure: OwnObjectStore;

before(async () => {
  [plain, secure] = await Promise.all([startObjectStore({ tls: false }), startObjectStore({ tls: true })]);
});
after(async () => {
  await Promise.all([plain.stop(), secure.stop()]);
});

const impatient = { backoff: { attempts: 8, firstDelay: 1, maxDelay: 4 } };
const withoutRetry = { retry: false } as const;

test('a location is opened by its URL, its credentials from a file', async () => {
  const bucket = await newBucket(secure);
  await withFile(credentialsOf(secure), async credentials => {
    const query = new URLSearchParams({
      endpoint: secure.endpoint,
      region: secure.region,
      ca: secure.caFile ?? '',
      'credentials-file': credentials,
    });
    const store = await openLocation({ url: `s3://${bucket}/a/b?${query.toString()}` });
    assert.equal(store.url, `s3://${bucket}/a/b`);
    await store.put('backups/x/velero-backup.json', Buffer.from('{}'));
    const whole = await openLocation({ url: `s3://${bucket}?${query.toString()}&read-only=true` });
    assert.deepEqual(await keysOf(whole), ['a/b/backups/x/velero-backup.json']);
    await assert.rejects(whole.put('x', Buffer.from('x')), failure('read-only'));
    await Promise.all([store.close(), whole.close()]);
  });
});

test('a location is opened by a BackupStorageLocation and its Secrets', async () => {
  const bucket = await newBucket(secure);
  const { readFile } = await import('node:fs/promises');
  const spec = {
    provider: 'velero.io/aws',
    objectStorage: {
      bucket,
      prefix: '/velero/',
      caCert: (await readFile(secure.caFile ?? '')).toString('base64'),
    },
    config: {
      region: secure.region,
      s3ForcePathStyle: 'true',
      s3Url: secure.endpoint,
      checksumAlgorithm: '',
    },
    credential: { name: 'cloud-credentials', key: 'cloud' },
  };
  const secrets = { credentials: Buffer.from(credentialsOf(secure)) };
  const store = await openLocation({ location: fromBackupStorageLocation(spec, secrets) });
  await store.put('backups/x/velero-backup.json', Buffer.from('{}'));
  assert.deepEqual(await validateLayout(store), []);
  await store.put('pictures/cat', Buffer.from('x'));
  assert.deepEqual(await validateLayout(store), ['pictures']);
  await store.close();
});

test('only the certificates given are trusted beside the well-known ones', async () => {
  const bucket = await newBucket(secure);
  const settings = settingsOf(secure, bucket);
  const distrusting = await openS3({ ...settings, caFile: undefined });
  await assert.rejects(distrusting.head('x'), failure('tls'));
  await assert.rejects(distrusting.put('x', bytesOf('x', 9_000_000)), failure('tls'));
  const careless = await openS3({ ...settings, caFile: undefined, insecureSkipVerify: true });
  assert.equal(await careless.head('x'), undefined);
  await careless.put('x', bytesOf('x', 9_000_000));
  await assert.rejects(openS3({ ...settings, caFile: undefined, ca: 'not a certificate' }), failure('tls'));
  const plainText = await openS3({ ...settings, endpoint: plain.endpoint.replace('http:', 'https:') });
  await assert.rejects(plainText.head('x'), failure('tls'));
});

test('wrong credentials, a missing bucket and a dead server are told apart, and no secret is in the text', async () => {
  const bucket = await newBucket(plain);
  const good = settingsOf(plain, bucket);
  const secret = 'Secret-That-Must-Not-Show/1234567890';
  const credentials = `[default]\naws_access_key_id=${plain.accessKeyId}\naws_secret_access_key=${secret}\n`;
  const cases = [
    [{ ...good, credentials }, 'denied'],
    [{ ...good, bucket: 'there-is-no-such-bucket' }, 'bucket-not-found'],
    [{ ...good, endpoint: 'http://127.0.0.1:1' }, 'unavailable'],
  ] as const;
  for (const [settings, code] of cases) {
    const store = await openS3(settings);
    const operations = [
      () => store.head('x'),
      () => store.get('x'),
      () => store.put('x', Buffer.from('x')),
      () => store.put('x', inChunks(Buffer.alloc(9_000_000), 1 << 20)),
      () => store.putIfAbsent('x', Buffer.from('x')),
      () => all(store.list('')),
      () => all(store.listPrefixes('')),
      () => all(store.unfinished('')),
    ].slice(0, code === 'unavailable' ? 3 : 8);
    for (const operation of operations) {
      await assert.rejects(operation, thrown => {
        assert.ok(isHozonError(thrown, `storage.${code}`), describeThrown(thrown));
        assert.ok(!describeThrown(thrown).includes(secret));
        return true;
      });
    }
    await store.close();
  }
  await assert.rejects(openS3({ ...good, credentials: '[other]\nx=y' }), failure('no-credentials'));
  await assert.rejects(
    openS3({ ...good, credentials: undefined, credentialsFile: '/nowhere' }),
    failure('no-credentials'),
  );
});

test('a download that is cut again and again is resumed where it was cut', async () => {
  const bucket = await newBucket(plain);
  const bytes = bytesOf('cut', 20_000_000);
  const direct = await openS3(settingsOf(plain, bucket));
  await direct.put('large', bytes);
  await using proxy = await cuttingProxy(new URL(plain.endpoint), ({ connection }) =>
    connection <= 6 ? { after: 3_000_000, how: connection % 2 === 0 ? 'reset' : 'stall' } : undefined,
  );
  const cut = await openS3({ ...settingsOf(plain, bucket), endpoint: proxy.endpoint, stallTimeout: 3000 });
  await assert.rejects(read(cut, 'large'), thrown => isHozonError(thrown) && thrown.retry === 'later');
  const store = retrying(cut, impatient);
  assert.equal(Buffer.compare(await read(store, 'large'), bytes), 0);
  assert.ok(proxy.cuts() >= 6);
  await Promise.all([store.close(), direct.close()]);
});

test('a cut download of an object that is replaced meanwhile is not glued together', async () => {
  const bucket = await newBucket(plain);
  const direct = await openS3(settingsOf(plain, bucket));
  await direct.put('large', bytesOf('before', 20_000_000));
  await using proxy = await cuttingProxy(new URL(plain.endpoint), ({ connection }) =>
    connection === 1 ? { after: 15_000_000, how: 'reset' } : undefined,
  );
  const store = retrying(await openS3({ ...settingsOf(plain, bucket), endpoint: proxy.endpoint }), impatient);
  const body = await store.get('large');
  await direct.put('large', bytesOf('after', 20_000_000));
  await assert.rejects(async () => {
    for await (const _ of body) assert.ok(_.length > 0);
  }, failure('changed'));
  await Promise.all([store.close(), direct.close()]);
});

test('an upload in parts survives lost answers and stalls, without a second reading of its stream', async () => {
  const bucket = await newBucket(plain);
  const bytes = bytesOf('upload', 40_000_000);
  // What begins the upload has the first three connections; no part meets more than five of the others, and six are tried.
  await using proxy = await cuttingProxy(new URL(plain.endpoint), ({ connection }) =>
    connection % 3 === 0 || connection > 10
      ? undefined
      : { after: 10, how: connection % 2 === 0 ? 'reset' : 'stall' },
  );
  const store = await openS3({ ...settingsOf(plain, bucket), endpoint: proxy.endpoint, stallTimeout: 3000 });
  await store.put('large', inChunks(bytes, 1 << 20));
  const direct = await openS3(settingsOf(plain, bucket));
  assert.equal(Buffer.compare(await read(direct, 'large'), bytes), 0);
  assert.deepEqual(await keysOf(direct), ['large']);
  assert.ok(proxy.cuts() > 0);
  await Promise.all([store.close(), direct.close()]);
});

test('putIfAbsent whose answer is lost knows its own object, and a rival’s', async () => {
  const bucket = await newBucket(plain);
  const direct = await openS3(settingsOf(plain, bucket));
  for (const length of [100, 9_000_000]) {
    let lost = 0;
    await using proxy = await cuttingProxy(new URL(plain.endpoint), ({ head }) =>
      head.includes('if-none-match') && lost++ === 0 ? { after: 5, how: 'reset' } : undefined,
    );
    const lossy = await openS3({ ...settingsOf(plain, bucket), endpoint: proxy.endpoint });
    const store = retrying(lossy, impatient);
    const key = `lock-${length}`;
    await store.putIfAbsent(key, bytesOf('mine', length));
    assert.deepEqual(await read(direct, key), bytesOf('mine', length));
    assert.equal(proxy.cuts(), 1);
    await assert.rejects(store.putIfAbsent(key, bytesOf('yours', length)), failure('already-exists'));
    assert.deepEqual(await read(direct, key), bytesOf('mine', length));
    await store.close();
  }
  await direct.close();
});

test('a presigned URL names the public endpoint and ends when it is told to', async () => {
  const bucket = await newBucket(plain);
  const store = await openS3({ ...settingsOf(plain, bucket), publicEndpoint: 'https://s3.example.com' });
  const url = new URL((await store.presign('a/b', { expiresIn: 90 })) ?? '');
  assert.equal(`${url.origin}${url.pathname}`, `https://s3.example.com/${bucket}/a/b`);
  assert.equal(url.searchParams.get('X-Amz-Expires'), '90');
  await store.close();
});

test('what object lock protects is told by its own error', async () => {
  const bucket = `locked-${randomBytes(6).toString('hex')}`;
  await createBucket(plain, bucket, { objectLock: true });
  const store = await openS3(settingsOf(plain, bucket));
  await store.put('kept', Buffer.from('x'));
  const { PutObjectLegalHoldCommand, ListObjectVersionsCommand, DeleteObjectCommand } = await import(
    '@aws-sdk/client-s3'
  );
  const client = await s3Client(plain);
  const target = { Bucket: bucket, Key: 'kept' };
  await client.send(new PutObjectLegalHoldCommand({ ...target, LegalHold: { Status: 'ON' } }));
  await store.delete('kept'); // with versioning, only a marker
  assert.equal(await store.head('kept'), undefined);
  const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  const { s3Failure } = await import('#storage/s3/failures.ts');
  const removal = client.send(new DeleteObjectCommand({ ...target, VersionId: Versions[0]?.VersionId }));
  await assert.rejects(
    removal.catch(thrown => Promise.reject(s3Failure(thrown, { url: store.url, bucket, key: 'kept' }))),
    failure('locked'),
  );
  client.destroy();
  await store.close();
});

test('a lock is extended, and never made shorter; a bucket without locks says so', async () => {
  const bucket = `locked-${randomBytes(6).toString('hex')}`;
  await createBucket(plain, bucket, { objectLock: true });
  const store = await openS3(settingsOf(plain, bucket, 'p'));
  const client = await s3Client(plain);
  const { HeadObjectCommand } = await import('@aws-sdk/client-s3');
  const inHours = (hours: number): Date => new Date(Math.floor(Date.now() / 1000 + hours * 3600) * 1000);
  const lockOf = async (key: string) => {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: `p/${key}` }));
    return [head.ObjectLockMode, head.ObjectLockRetainUntilDate];
  };
  for (const mode of ['GOVERNANCE', 'COMPLIANCE'] as const) {
    const [first, second] = [inHours(1), inHours(2)];
    await store.put(mode, Buffer.from('x'), { retention: { mode, until: first } });
    await extendRetention(store, mode, { mode, until: second });
    assert.deepEqual(await lockOf(mode), [mode, second]);
    await extendRetention(store, mode, { mode, until: first });
    assert.deepEqual(await lockOf(mode), [mode, second]);
  }
  const until = inHours(3);
  await store.put('unlocked', Buffer.from('x'));
  await extendRetention(store, 'unlocked', { mode: 'GOVERNANCE', until });
  assert.deepEqual(await lockOf('unlocked'), ['GOVERNANCE', until]);
  await assert.rejects(extendRetention(store, 'absent', { mode: 'GOVERNANCE', until }), failure('not-found'));
  const without = await openS3(settingsOf(plain, await newBucket(plain)));
  await without.put('x', Buffer.from('x'));
  await assert.rejects(extendRetention(without, 'x', { mode: 'GOVERNANCE', until }), failure('unsupported'));
  client.destroy();
  await Promise.all([store.close(), without.close()]);
});

test('tags and checksums are sent as configured', async () => {
  const bucket = await newBucket(plain);
  const client = await s3Client(plain);
  const { GetObjectTaggingCommand, HeadObjectCommand } = await import('@aws-sdk/client-s3');
  const bytes = bytesOf('tagged', 5000);
  for (const checksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256', ''] as const) {
    const store = await openS3({ ...settingsOf(plain, bucket), tagging: 'a=b&c=d', checksumAlgorithm });
    for (const [key, body] of [
      ['small', bytes],
      ['large', inChunks(Buffer.alloc(9_000_000), 1 << 20)],
    ] as const) {
      await store.put(key, body);
      const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key }));
      assert.deepEqual(TagSet?.map(({ Key, Value }) => `${Key}=${Value}`).sort(), ['a=b', 'c=d']);
    }
    if (checksumAlgorithm === 'SHA256') {
      const head = await client.send(
        new HeadObjectCommand({ Bucket: bucket, Key: 'small', ChecksumMode: 'ENABLED' }),
      );
      assert.equal(head.ChecksumSHA256, createHash('sha256').update(bytes).digest('base64'));
    }
    assert.deepEqual(await read(store, 'small'), bytes);
    await store.close();
  }
  client.destroy();
});

test('folder markers of other tools are not objects', async () => {
  const bucket = await newBucket(plain);
  const client = await s3Client(plain);
  const { PutObjectCommand } = await import('@aws-sdk/client-s3');
  for (const Key of ['pre/', 'pre/backups/'])
    await client.send(new PutObjectCommand({ Bucket: bucket, Key }));
  client.destroy();
  const store = await openLocation(
    { location: { kind: 's3', s3: settingsOf(plain, bucket, 'pre') } },
    withoutRetry,
  );
  await store.put('backups/a', Buffer.from('x'));
  assert.deepEqual(await keysOf(store), ['backups/a']);
  assert.equal(await textAt(store, 'backups/a'), 'x');
  await store.close();
});
