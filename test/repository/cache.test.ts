import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ran, runHere } from '#cli/testing.ts';
import { type OwnObjectStore, startObjectStore } from '#testbed/object-store/object-store.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';
import { credentialsOf, newBucket } from '../storage/s3-subject.ts';
import { writeSampleTree } from './sample-tree.ts';

let server: OwnObjectStore;
let directory: string;
let bucket: string;
let restic: Restic;
before(async () => {
  server = await startObjectStore({ tls: false });
  directory = await mkdtemp(join(tmpdir(), 'hozon-repository-cache-'));
  bucket = await newBucket(server);
  await writeSampleTree(join(directory, 'source'));
  await writeFile(join(directory, 'password'), 'secret');
  await writeFile(join(directory, 'credentials'), credentialsOf(server), { mode: 0o600 });
  restic = await stockRestic({
    repository: `s3:${server.endpoint}/${bucket}/restic`,
    password: 'secret',
    env: {
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
      AWS_DEFAULT_REGION: server.region,
    },
  });
  await restic.run(['init']);
  await restic.run(['backup', '.'], { cwd: join(directory, 'source') });
  await restic.run(['backup', 'deep'], { cwd: join(directory, 'source') });
});
after(async () => {
  await restic[Symbol.asyncDispose]();
  await server.stop();
  await rm(directory, { recursive: true });
});

/** Runs a command on the bucket, with caches in a directory of the test. */
async function hozon(...words: readonly string[]): Promise<Ran> {
  const url = new URL(`s3://${bucket}/restic`);
  url.searchParams.set('endpoint', server.endpoint);
  url.searchParams.set('region', server.region);
  url.searchParams.set('path-style', 'true');
  url.searchParams.set('credentials-file', join(directory, 'credentials'));
  const access = ['--repo', url.href, '--password-file', join(directory, 'password')];
  const ran = await runHere(['repo', ...words, ...access], {
    env: { XDG_CACHE_HOME: join(directory, 'cache') },
  });
  assert.equal(ran.code, 0, ran.err);
  return ran;
}

/** The files of the cache, as keys of the repository. */
async function cachedFiles(): Promise<string[]> {
  const root = join(directory, 'cache/hozon/restic');
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter(each => each.isFile() && each.name !== 'CACHEDIR.TAG')
    .map(each => join(each.parentPath, each.name).slice(root.length + 66))
    .sort((a, b) => (a < b ? -1 : 1));
}

test('a remote repository is cached, sealed, for its owner alone; without a trace of what is forgotten', async () => {
  const without = await hozon('ls', 'latest', '--no-cache');
  assert.deepEqual(await cachedFiles(), []);
  const first = await hozon('ls', 'latest');
  assert.equal(first.out, without.out);
  const files = await cachedFiles();
  const folders = new Set(files.map(each => each.split('/')[0]));
  assert.deepEqual(folders, new Set(['data', 'index', 'snapshots']));
  assert.equal((await hozon('ls', 'latest')).out, first.out);
  const { id } = JSON.parse(await restic.run(['cat', 'config'])) as { id: string };
  const cache = join(directory, 'cache/hozon/restic', id);
  assert.equal((await stat(cache)).mode & 0o777, 0o700);
  for (const file of files) assert.ok(!(await readFile(join(cache, file))).includes('deeper'), file);

  const [snapshot] = files.filter(each => each.startsWith('snapshots/'));
  await writeFile(join(cache, snapshot ?? ''), 'damaged');
  assert.equal((await hozon('ls', 'latest')).out, first.out);

  await restic.run(['forget', 'latest', '--prune']);
  const listed = JSON.parse((await hozon('snapshots', '-o', 'json')).out) as { items: { id: string }[] };
  assert.equal(listed.items.length, 1);
  await hozon('ls', 'latest');
  const left = await cachedFiles();
  assert.deepEqual(
    left.filter(each => each.startsWith('snapshots/')),
    listed.items.map(({ id }) => `snapshots/${id}`),
  );
  const stored = (await restic.run(['list', 'packs'])).trim().split('\n');
  for (const file of left.filter(each => each.startsWith('data/'))) {
    assert.ok(stored.includes(file.slice('data/00/'.length)), file);
  }
});

test('what is written through the cache is what restic reads', async () => {
  await hozon('snapshot', join(directory, 'source'), '--limit-upload', '1000000');
  await restic.run(['check', '--read-data']);
  const listed = JSON.parse(await restic.run(['snapshots', '--json'])) as { id: string }[];
  const kept = (await cachedFiles()).filter(each => each.startsWith('snapshots/'));
  assert.ok(kept.includes(`snapshots/${listed.at(-1)?.id}`));
  await hozon('check', '--read-data', '--limit-download', '1000000');
});

test('another directory for caches can be chosen', async () => {
  const chosen = join(directory, 'chosen');
  await hozon('stats', '--cache-dir', chosen);
  assert.ok((await readdir(chosen)).includes('CACHEDIR.TAG'));
});
