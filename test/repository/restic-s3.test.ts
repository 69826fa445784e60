import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runHere } from '#cli/testing.ts';
import { systemClock } from '#foundation/clock.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import { initRestic } from '#repository/restic/access/init.ts';
import { withLock } from '#repository/restic/access/lock.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { findSnapshot } from '#repository/restic/access/snapshots.ts';
import { snapshotStream } from '#repository/restic/backup/snapshot-stream.ts';
import { checkRestic } from '#repository/restic/checking/check.ts';
import { findEntry, readContent } from '#repository/restic/reading/browse.ts';
import { openS3 } from '#storage/s3/store.ts';
import { type OwnObjectStore, startObjectStore } from '#testbed/object-store/object-store.ts';
import { stockRestic } from '#testbed/restic.ts';
import { newBucket, settingsOf } from '../storage/s3-subject.ts';

const writing = { identity: ownIdentity(), clock: systemClock };
const password = 'secret';

let server: OwnObjectStore;
let directory: string;
before(async () => {
  server = await startObjectStore({ tls: false });
  directory = await mkdtemp(join(tmpdir(), 'hozon-restic-s3-'));
});
after(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

test('restic and we work in one repository in an S3 bucket', async () => {
  const bucket = await newBucket(server);
  const store = await openS3(settingsOf(server, bucket, 'restic/some-namespace'));
  await using _store = { [Symbol.asyncDispose]: () => store.close() };
  await initRestic(store, { password: Buffer.from(password), ...writing });
  await using restic = await stockRestic({
    repository: `s3:${server.endpoint}/${bucket}/restic/some-namespace`,
    password,
    env: {
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
      AWS_DEFAULT_REGION: server.region,
    },
  });
  await writeFile(join(directory, 'theirs'), randomBytes(3_000_000));
  await restic.run(['backup', 'theirs'], { cwd: directory });

  const opened = await openRestic(store, { password: Buffer.from(password) });
  const repository = await loadIndex(opened);
  const theirs = await findEntry(repository, await findSnapshot(repository, 'latest'), { path: 'theirs' });
  const read = Buffer.concat(await Array.fromAsync(readContent(repository, theirs)));
  assert.ok(read.equals(await readFile(join(directory, 'theirs'))));

  const content = randomBytes(2_000_000);
  const { id } = await withLock(repository, { exclusive: false, ...writing }, signal =>
    snapshotStream(repository, pieces(content), { name: 'ours', signal, ...writing }),
  );
  await restic.run(['check', '--read-data']);
  await restic.run(['restore', id, '--target', join(directory, 'target')]);
  assert.ok(content.equals(await readFile(join(directory, 'target/ours'))));
  assert.deepEqual(await Array.fromAsync(checkRestic(opened, { readData: true })), []);
});

test("restic's name of a bucket and restic's variables serve here, too", async () => {
  const bucket = await newBucket(server);
  const env = {
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    AWS_DEFAULT_REGION: server.region,
  };
  const repository = `s3:${server.endpoint}/${bucket}/some/prefix`;
  await using _env = setEnvironment(env);
  const options = { env: { ...env, RESTIC_REPOSITORY: repository, RESTIC_PASSWORD: password } };
  const made = await runHere(['repo', 'init'], options);
  assert.equal(made.code, 0, made.err);
  await using restic = await stockRestic({ repository, password, env });
  await restic.run(['backup', '.', '--host', 'x'], { cwd: directory });
  const listed = await runHere(['repo', 'snapshots', '-o', 'json'], options);
  assert.equal((JSON.parse(listed.out) as { items: unknown[] }).items.length, 1, listed.err);
});

/** The SDK reads the environment of the process itself. */
function setEnvironment(values: Readonly<Record<string, string>>): AsyncDisposable {
  const before = Object.keys(values).map(name => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  return {
    [Symbol.asyncDispose]: async () => {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    },
  };
}

test('of several inits at once in a bucket one makes the repository', async () => {
  const bucket = await newBucket(server);
  const store = await openS3(settingsOf(server, bucket, 'race'));
  await using _store = { [Symbol.asyncDispose]: () => store.close() };
  const passwords = ['a', 'b', 'c'].map(each => Buffer.from(each));
  const settled = await Promise.allSettled(
    passwords.map(each => initRestic(store, { password: each, ...writing })),
  );
  const made = settled.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
  assert.equal(made.length, 1);
  const keys = await Array.fromAsync(store.list('keys/'));
  assert.deepEqual(
    keys.map(({ key }) => key),
    [`keys/${made[0]?.keyId}`],
  );
});

async function* pieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content.subarray(0, 700_000);
  yield content.subarray(700_000);
}
