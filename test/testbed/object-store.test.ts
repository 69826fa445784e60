import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { silent } from '#testbed/narration.ts';
import { s3Client } from '#testbed/object-store/buckets.ts';
import { type OwnObjectStore, startObjectStore } from '#testbed/object-store/object-store.ts';

describe('the S3 server', () => {
  let store: OwnObjectStore;
  let client: S3Client;
  before(async () => {
    store = await startObjectStore({ narrate: silent });
    client = await s3Client(store);
    await store.createBucket('plain');
  });
  after(async () => {
    client.destroy();
    await store.stop();
    assert.equal(existsSync(store.dir), false);
  });

  it('takes an upload in parts and serves ranges of it', async () => {
    const body = randomBytes(11 * 1024 * 1024);
    const params = { Bucket: 'plain', Key: 'big', Body: body };
    await new Upload({ client, params, partSize: 5 * 1024 * 1024 }).done();
    const head = await client.send(new HeadObjectCommand({ Bucket: 'plain', Key: 'big' }));
    assert.match(head.ETag ?? '', /-3"$/);
    const part = await client.send(
      new GetObjectCommand({ Bucket: 'plain', Key: 'big', Range: 'bytes=5242870-5242889' }),
    );
    assert.deepEqual(
      Buffer.from((await part.Body?.transformToByteArray()) ?? []),
      body.subarray(5242870, 5242890),
    );
  });

  it('serves a presigned URL over TLS of its own authority', async () => {
    await client.send(new PutObjectCommand({ Bucket: 'plain', Key: 'signed', Body: 'for anyone' }));
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: 'plain', Key: 'signed' }), {
      expiresIn: 60,
    });
    const ca = await readFile(store.caFile ?? '');
    assert.deepEqual(await fetchWith(url, ca), { status: 200, text: 'for anyone' });
    assert.equal((await fetchWith(url.replace(/Signature=../, 'Signature=00'), ca)).status, 403);
  });

  it('keeps versions where a bucket has versioning, and only there', async () => {
    await store.createBucket('versioned', { versioning: true });
    for (const Body of ['one', 'two'])
      await client.send(new PutObjectCommand({ Bucket: 'versioned', Key: 'k', Body }));
    const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: 'versioned' }));
    assert.equal(Versions.length, 2);
    const older = Versions.find(version => version.IsLatest !== true);
    const read = await client.send(
      new GetObjectCommand({ Bucket: 'versioned', Key: 'k', VersionId: older?.VersionId }),
    );
    assert.equal(await read.Body?.transformToString(), 'one');
    assert.equal((await client.send(new GetBucketVersioningCommand({ Bucket: 'plain' }))).Status, undefined);
  });

  it('keeps a locked version from being deleted', async () => {
    await store.createBucket('locked', { objectLock: true });
    const put = await client.send(new PutObjectCommand({ Bucket: 'locked', Key: 'k', Body: 'kept' }));
    const locked = { Bucket: 'locked', Key: 'k', VersionId: put.VersionId };
    const Retention = { Mode: 'COMPLIANCE', RetainUntilDate: new Date(Date.now() + 3_600_000) } as const;
    await client.send(new PutObjectRetentionCommand({ ...locked, Retention }));
    await assert.rejects(client.send(new DeleteObjectCommand(locked)));
    const read = await client.send(new GetObjectCommand(locked));
    assert.equal(await read.Body?.transformToString(), 'kept');
  });

  it('refuses other credentials', async () => {
    const stranger = await s3Client({ ...store, secretAccessKey: 'guess' });
    const read = stranger.send(new GetObjectCommand({ Bucket: 'plain', Key: 'signed' }));
    await assert.rejects(read, { name: 'SignatureDoesNotMatch' });
    stranger.destroy();
  });
});

it('speaks plain HTTP where it is asked to', async () => {
  await using store = await startObjectStore({ narrate: silent, tls: false });
  assert.match(store.endpoint, /^http:/);
  await store.createBucket('over-http');
  assert.ok(existsSync(`${store.dataDir}/over-http`));
});

async function fetchWith(url: string, ca: Buffer): Promise<{ status: number | undefined; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; text: string }>();
  request(url, { ca, agent: false }, response => {
    buffer(response).then(bytes => resolve({ status: response.statusCode, text: bytes.toString() }), reject);
  })
    .on('error', reject)
    .end();
  return promise;
}
