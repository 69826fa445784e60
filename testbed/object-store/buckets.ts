import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectStoreState } from './object-store.ts';

export interface BucketOptions {
  readonly versioning?: boolean;
  readonly objectLock?: boolean;
}

/** A client of the AWS SDK for a store of the testbed. The caller destroys it. */
export async function s3Client(store: ObjectStoreState): Promise<S3Client> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  return new S3Client({
    endpoint: store.endpoint,
    region: store.region,
    forcePathStyle: true,
    credentials: { accessKeyId: store.accessKeyId, secretAccessKey: store.secretAccessKey },
    ...(store.caFile === undefined
      ? {}
      : { requestHandler: { httpsAgent: new Agent({ ca: await readFile(store.caFile), keepAlive: true }) } }),
  });
}

/** Makes a bucket, and turns versioning on or object lock with it. */
export async function createBucket(
  store: ObjectStoreState,
  name: string,
  options: BucketOptions = {},
): Promise<void> {
  const { CreateBucketCommand, PutBucketVersioningCommand } = await import('@aws-sdk/client-s3');
  const client = await s3Client(store);
  try {
    await client.send(
      new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: options.objectLock === true }),
    );
    if (options.versioning === true && options.objectLock !== true) {
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
    }
  } finally {
    client.destroy();
  }
}
