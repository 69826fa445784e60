import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Ran } from '#cli/testing.ts';
import { startObjectStoreFaults } from '#testbed/faults/targets.ts';
import { s3Client } from '#testbed/object-store/buckets.ts';
import {
  type OwnObjectStore,
  startObjectStore,
  type TestObjectStore,
} from '#testbed/object-store/object-store.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';
import { newBucket } from '../storage/s3-subject.ts';
import { hozonOn } from './hozon.ts';

const password = 'p';

let directory: string;
let server: OwnObjectStore;
let client: S3Client;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restic-object-lock-'));
  server = await startObjectStore({ tls: false });
  client = await s3Client(server);
  Object.assign(process.env, credentials());
});
after(async () => {
  client?.destroy();
  await server?.stop();
  await rm(directory, { recursive: true });
});

function credentials(): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    AWS_DEFAULT_REGION: server.region,
  };
}

function on(store: TestObjectStore, bucket: string) {
  const hozon = hozonOn(`s3:${store.endpoint}/${bucket}/r`, password);
  const env = { HOME: directory };
  return {
    run: (...words: string[]): Promise<string> => hozon.run(words, { env }),
    end: (...words: string[]): Promise<Ran> => hozon.end(words, { env }),
  };
}

function resticOn(bucket: string): Promise<Restic> {
  const repository = `s3:${server.endpoint}/${bucket}/r`;
  return stockRestic({ repository, password, version: 'new', env: credentials() });
}

async function snapshotsIn(restic: Restic): Promise<readonly string[]> {
  const listed = JSON.parse(await restic.run(['snapshots', '--json'])) as readonly { readonly id: string }[];
  return listed.map(({ id }) => id);
}

/** Stores a file that nothing else has anything of. */
async function store(run: (...words: string[]) => Promise<string>): Promise<string> {
  const file = join(directory, 'file');
  await writeFile(file, randomBytes(400_000));
  return (JSON.parse(await run('snapshot', file, '-o', 'json')) as { readonly id: string }).id;
}

test('in a bucket that locks everything, a repository is used as in any, and what is removed can be had again', async () => {
  const bucket = `locked-${randomBytes(6).toString('hex')}`;
  await server.createBucket(bucket, { objectLock: true });
  const { ListObjectVersionsCommand, PutObjectLockConfigurationCommand } = await import('@aws-sdk/client-s3');
  const DefaultRetention = { Mode: 'COMPLIANCE', Days: 1 } as const;
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention } } as const;
  await client.send(new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration }));
  const { run } = on(server, bucket);
  await run('init');
  await using restic = await resticOn(bucket);
  const first = await store(run);
  const second = await store(run);
  await run('tag', '--add', 'x', second);
  await run('forget', first, '--prune', '--confirm');
  await restic.run(['check', '--read-data']);
  assert.equal((await snapshotsIn(restic)).length, 1);
  await store(run);
  await restic.run(['forget', '--keep-last', '1', '--prune']);
  await run('check', '--read-data');
  const { Versions = [], DeleteMarkers = [] } = await client.send(
    new ListObjectVersionsCommand({ Bucket: bucket }),
  );
  const stored = new Set(Versions.map(({ Key }) => Key));
  const hidden = DeleteMarkers.map(({ Key = '' }) => Key);
  for (const folder of ['snapshots', 'data', 'index']) {
    const removed = hidden.filter(key => key.startsWith(`r/${folder}/`));
    assert.ok(removed.length > 0 && removed.every(key => stored.has(key)), folder);
  }
});

test('where nothing can be deleted, snapshots are taken, and what was to go is named and stays', async () => {
  const bucket = await newBucket(server);
  await on(server, bucket).run('init');
  await using restic = await resticOn(bucket);
  const { proxy, store: faulty } = await startObjectStoreFaults(server);
  try {
    const body = '<Error><Code>AccessDenied</Code></Error>';
    const forbidden = { kind: 'status', status: 403, body } as const;
    const times = Number.MAX_SAFE_INTEGER;
    proxy.setRules([{ name: 'forbidden', method: 'DELETE', times, fault: forbidden }]);
    const { run, end } = on(faulty, bucket);
    const ids = [await store(run), await store(run), await store(run)];
    const unlock = (): Promise<string> => on(server, bucket).run('unlock', '--remove-all');
    const all = async (): Promise<readonly string[]> => (await snapshotsIn(restic)).toSorted();
    await unlock();
    const forgotten = await end('forget', '--keep-last', '1', '--prune', '--confirm');
    assert.notEqual(forgotten.code, 0);
    for (const id of ids.slice(0, 2)) assert.match(forgotten.err, new RegExp(id.slice(0, 8)));
    await unlock();
    assert.deepEqual(await all(), ids.toSorted());
    const tagged = await end('tag', '--add', 'x', ids[0] ?? '');
    assert.equal(tagged.code, 3);
    assert.match(tagged.err, new RegExp(`Not deleted: snapshots/${ids[0]}: .*denied`));
    await unlock();
    assert.equal((await all()).length, 4, 'with the tag, and the one without it that may not go');
    await restic.run(['check', '--read-data']);
    proxy.setRules([]);
    await run('tag', '--add', 'x', ids[0] ?? '');
    assert.equal((await all()).length, 3);
    await run('forget', '--keep-last', '1', '--prune', '--confirm');
    assert.equal((await all()).length, 1);
    await restic.run(['check', '--read-data']);
  } finally {
    await proxy.stop();
  }
});
