import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { findKopiaSnapshot } from '#repository/kopia/access/snapshots.ts';
import { checkKopia } from '#repository/kopia/checking/check.ts';
import { restoreKopiaSnapshot } from '#repository/kopia/restore/restore.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { findSnapshot } from '#repository/restic/access/snapshots.ts';
import { checkRestic } from '#repository/restic/checking/check.ts';
import { restoreSnapshot } from '#repository/restic/restore/restore.ts';
import { pruneRestic } from '#repository/restic/upkeep/prune.ts';
import { openS3 } from '#storage/s3/store.ts';
import { stockKopia } from '#testbed/kopia.ts';
import { type OwnObjectStore, startObjectStore } from '#testbed/object-store/object-store.ts';
import { stockRestic } from '#testbed/restic.ts';
import { newBucket, settingsOf } from '../storage/s3-subject.ts';
import { assertSameFacts, factsOf } from './same-trees.ts';

/** Threads that check and restore are handed what an S3 server sends: they cannot read it themselves. */

const password = 'secret';
const threads = 2;

let server: OwnObjectStore;
let directory: string;
let source: string;
before(async () => {
  server = await startObjectStore({ tls: false });
  directory = await mkdtemp(join(tmpdir(), 'hozon-threads-s3-'));
  source = join(directory, 'source');
  await mkdir(join(source, 'below'), { recursive: true });
  await writeFile(join(source, 'large'), randomBytes(9_000_000));
  for (let number = 0; number < 30; number++) {
    await writeFile(join(source, 'below', String(number)), `content ${number}\n`.repeat(50 * number));
  }
});
after(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

async function assertRestored(target: string): Promise<void> {
  const [actual, expected] = [await factsOf(target), await factsOf(source)];
  for (const facts of [actual, expected]) facts.delete(''); // the target itself is the person's
  assertSameFacts(actual, expected);
}

test('what restic stored in a bucket is checked and restored by threads, before and after pruning', async () => {
  const bucket = await newBucket(server);
  const { endpoint, accessKeyId, secretAccessKey, region } = server;
  const env = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: region,
  };
  await using restic = await stockRestic({ repository: `s3:${endpoint}/${bucket}/r`, password, env });
  await restic.run(['init']);
  await restic.run(['backup', source, directory]);
  await restic.run(['backup', source]);
  const store = await openS3(settingsOf(server, bucket, 'r'));
  await using _store = { [Symbol.asyncDispose]: () => store.close() };
  const open = await openRestic(store, { password: Buffer.from(password) });
  const restored = async (target: string): Promise<void> => {
    assert.deepEqual(await Array.fromAsync(checkRestic(open, { readData: true, threads })), []);
    const options = { target, below: source, threads };
    const summary = await restoreSnapshot(await loadIndex(open), await findSnapshot(open, 'latest'), options);
    assert.equal(summary.failed, 0);
    await assertRestored(target);
  };
  await restored(join(directory, 'restic-target'));
  await restic.run(['forget', '--keep-last', '1', '--group-by', '']);
  await pruneRestic(open, { maxUnused: () => 0 });
  await restored(join(directory, 'restic-pruned'));
});

test('what kopia stored in a bucket is checked and restored by threads, before and after maintenance', async () => {
  const bucket = await newBucket(server);
  const { accessKeyId, secretAccessKey, region } = server;
  const endpoint = new URL(server.endpoint).host;
  const storage = { bucket, prefix: 'k/', endpoint, region, accessKeyId, secretAccessKey };
  await using kopia = await stockKopia({ storage, password });
  await kopia.create();
  const snapshot = async (): Promise<string> =>
    ((await kopia.json(['snapshot', 'create', source])) as { readonly id: string }).id;
  const first = await snapshot();
  const second = await snapshot();
  const store = await openS3(settingsOf(server, bucket, 'k'));
  await using _store = { [Symbol.asyncDispose]: () => store.close() };
  const open = await openKopia(store, { password: Buffer.from(password) });
  const restored = async (target: string): Promise<void> => {
    assert.deepEqual(await Array.fromAsync(checkKopia(open, { readData: true, threads })), []);
    const repository = await loadContents(open);
    const found = await findKopiaSnapshot(repository, second);
    const summary = await restoreKopiaSnapshot(repository, found, { target, threads });
    assert.equal(summary.failed, 0);
    await assertRestored(target);
  };
  await restored(join(directory, 'kopia-target'));
  await kopia.run(['snapshot', 'delete', first, '--delete']);
  await kopia.run(['maintenance', 'run', '--full', '--safety=none']);
  await restored(join(directory, 'kopia-maintained'));
});
