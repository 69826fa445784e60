import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectStore } from '#storage/object-store.ts';
import type { S3Settings } from '#storage/s3/settings.ts';
import { openS3 } from '#storage/s3/store.ts';
import type { ConformanceTest } from '#storage/testing/conformance.ts';
import { s3Client } from '#testbed/object-store/buckets.ts';
import type { TestObjectStore } from '#testbed/object-store/object-store.ts';

/** A location in a bucket of the testbed, as settings. */
export function settingsOf(server: TestObjectStore, bucket: string, prefix = ''): S3Settings {
  return {
    bucket,
    prefix,
    endpoint: server.endpoint,
    region: server.region,
    pathStyle: true,
    credentials: credentialsOf(server),
    caFile: server.caFile,
  };
}

/** The server's root credentials, as the content of a shared credentials file. */
export function credentialsOf(server: TestObjectStore): string {
  return `[default]\naws_access_key_id = ${server.accessKeyId}\naws_secret_access_key = ${server.secretAccessKey}\n`;
}

/** A new bucket of the server. */
export async function newBucket(server: TestObjectStore): Promise<string> {
  const name = `storage-${randomBytes(6).toString('hex')}`;
  await server.createBucket(name);
  return name;
}

/** Runs `action` with the path of a file of its own that holds the text. */
export async function withFile<T>(text: string, action: (path: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-storage-'));
  try {
    const path = join(directory, 'file');
    await writeFile(path, text, { mode: 0o600 });
    return await action(path);
  } finally {
    await rm(directory, { recursive: true });
  }
}

export interface SubjectOptions {
  readonly server: () => TestObjectStore;
  readonly prefix: string;
  readonly settings?: Partial<S3Settings>;
  readonly decorate?: (store: ObjectStore) => ObjectStore;
}

/** Runs conformance tests on locations in the server, each in a bucket of its own. */
export function inNewBucket({ server, prefix, settings, decorate = store => store }: SubjectOptions) {
  return async (run: ConformanceTest): Promise<void> => {
    const bucket = await newBucket(server());
    const open = async () => decorate(await openS3({ ...settingsOf(server(), bucket, prefix), ...settings }));
    const store = await open();
    try {
      await run({
        store,
        reopen: open,
        manyKeys: 1100,
        leaveUnfinished: key => beginUpload(server(), bucket, prefix === '' ? key : `${prefix}/${key}`),
      });
    } finally {
      await store.close();
    }
  };
}

/** Begins a multipart upload, sends a part, and leaves it. */
async function beginUpload(server: TestObjectStore, bucket: string, key: string): Promise<void> {
  const { CreateMultipartUploadCommand, UploadPartCommand } = await import('@aws-sdk/client-s3');
  const client = await s3Client(server);
  const object = { Bucket: bucket, Key: key };
  try {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
    const Body = Buffer.alloc(5 * 1024 * 1024, 1);
    await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body }));
  } finally {
    client.destroy();
  }
}
