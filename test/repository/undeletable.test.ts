import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Ran } from '#cli/testing.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { readAll } from '#storage/read-all.ts';
import { openS3 } from '#storage/s3/store.ts';
import type { FaultProxy } from '#testbed/faults/proxy.ts';
import { startObjectStoreFaults } from '#testbed/faults/targets.ts';
import {
  type OwnObjectStore,
  startObjectStore,
  type TestObjectStore,
} from '#testbed/object-store/object-store.ts';
import { stockRestic } from '#testbed/restic.ts';
import { newBucket, settingsOf } from '../storage/s3-subject.ts';
import { hozonOn } from './hozon.ts';
import { quickPassword } from './quick-repository.ts';
import { makeHistory } from './tidied-history.ts';

let directory: string;
let server: OwnObjectStore;
let faulty: TestObjectStore;
let proxy: FaultProxy;
let bucket: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-undeletable-'));
  server = await startObjectStore({ tls: false });
  ({ proxy, store: faulty } = await startObjectStoreFaults(server));
  bucket = await newBucket(server);
  Object.assign(process.env, credentials());
  const place = join(directory, 'repository');
  await using restic = await stockRestic({ repository: place, password: quickPassword, version: 'new' });
  await makeHistory(restic, join(directory, 'source'));
});
after(async () => {
  await proxy?.stop();
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

function forbidDeletes(path: RegExp): void {
  const body = '<Error><Code>AccessDenied</Code></Error>';
  const fault = { kind: 'status', status: 403, body } as const;
  proxy.setRules([{ name: 'forbidden', method: 'DELETE', path, times: Number.MAX_SAFE_INTEGER, fault }]);
}

/** Has the server tell of an upload of this key that began years ago, and refuse to abort it. */
function forbidAborts(key: string): void {
  const upload = `<Key>${key}</Key><UploadId>of-old</UploadId><Initiated>2020-01-01T00:00:00.000Z</Initiated>`;
  const listing = `<ListMultipartUploadsResult><Upload>${upload}</Upload></ListMultipartUploadsResult>`;
  const refusal = '<Error><Code>MethodNotAllowed</Code><Message>not allowed</Message></Error>';
  const always = { times: Number.MAX_SAFE_INTEGER };
  const fault = (status: number, body: string) => ({ kind: 'status', status, body }) as const;
  proxy.setRules([
    { name: 'listing', method: 'GET', path: /[?&]uploads/, ...always, fault: fault(200, listing) },
    { name: 'abort', method: 'DELETE', path: /uploadId=/, ...always, fault: fault(405, refusal) },
  ]);
}

/** The history in a bucket of its own prefix, of which nothing in `folder` can be deleted. */
async function inBucket(prefix: string, folder: string) {
  const to = await openS3(settingsOf(server, bucket, prefix));
  const from = new FilesystemStore(join(directory, 'repository'));
  for await (const { key, size } of from.list('')) await to.put(key, await from.get(key), { size });
  forbidDeletes(new RegExp(`/${prefix}/${folder}/`));
  const hozon = hozonOn(`s3:${faulty.endpoint}/${bucket}/${prefix}`);
  const keys = async (): Promise<readonly string[]> =>
    (await Array.fromAsync(to.list(''), ({ key }) => key)).filter(key => !key.startsWith('locks/'));
  const check = async (): Promise<void> => {
    const repository = `s3:${server.endpoint}/${bucket}/${prefix}`;
    await using restic = await stockRestic({
      repository,
      password: quickPassword,
      version: 'new',
      env: credentials(),
    });
    await restic.run(['check', '--read-data']);
  };
  return {
    run: (...words: string[]): Promise<Ran> => hozon.end(words, { env: { HOME: directory } }),
    keys,
    check,
    close: () => to.close(),
  };
}

interface Report {
  readonly undeleted: readonly { readonly file: string; readonly code: string }[];
  readonly heldBack: readonly string[];
}

interface Cleaned {
  readonly abandoned: number;
  readonly notAbandoned: readonly { readonly file?: string; readonly code: string }[];
}

for (const folder of ['data', 'index']) {
  test(`where nothing of ${folder} can be deleted, a prune goes on and names what is still there`, async () => {
    const { run, keys, check, close } = await inBucket(`forbidden-${folder}`, folder);
    const before = await keys();
    const ran = await run('prune', '--max-unused', '0', '-o', 'json');
    assert.equal(ran.code, 3, ran.err);
    const { undeleted, heldBack } = JSON.parse(ran.out) as Report;
    assert.ok(undeleted.length > 0);
    const after = await keys();
    for (const { file, code } of undeleted) {
      assert.equal(code, 'storage.denied');
      assert.ok(file.startsWith(`${folder}/`) && after.includes(file), file);
      assert.match(ran.err, new RegExp(`Not deleted: ${file}`));
    }
    assert.equal(heldBack.length > 0, folder === 'index');
    for (const id of heldBack) assert.ok(after.includes(`data/${id.slice(0, 2)}/${id}`), id);
    const tried = new Set(undeleted.map(({ file }) => file));
    const gone = before.filter(key => !after.includes(key));
    assert.ok(gone.every(key => !key.startsWith(`${folder}/`)));
    assert.equal(tried.size, undeleted.length);
    await check();
    proxy.setRules([]);
    const again = await run('prune', '--max-unused', '0', '-o', 'json');
    assert.equal(again.code, 0, again.err);
    const left = await keys();
    assert.deepEqual(
      [...tried, ...heldBack.map(id => `data/${id.slice(0, 2)}/${id}`)].filter(file => left.includes(file)),
      [],
    );
    await check();
    await close();
  });
}

test('packs that cannot be deleted are given up nevertheless', async () => {
  const { run, keys, check, close } = await inBucket('forbidden-packs', 'data');
  const [file = ''] = (await keys()).filter(key => key.startsWith('data/'));
  const id = file.slice('data/xx/'.length);
  const ran = await run('repair', 'packs', id);
  assert.equal(ran.code, 3, ran.err);
  assert.match(ran.err, new RegExp(`Not deleted: ${file}`));
  assert.ok((await keys()).includes(file));
  await check();
  proxy.setRules([]);
  assert.equal((await run('repair', 'packs', id)).code, 0);
  assert.ok(!(await keys()).includes(file));
  await check();
  await close();
});

test('where snapshots cannot be deleted, others are put beside them, and a forget completes it once they can be', async () => {
  const { run, keys, check, close } = await inBucket('forbidden-snapshots', 'snapshots');
  const snapshots = async () => (await keys()).filter(key => key.startsWith('snapshots/'));
  const before = await snapshots();
  const commands = [
    ['tag', '--add', 'kept'],
    ['rewrite', '--new-host', 'elsewhere', '--forget'],
  ] as const;
  for (const words of commands) {
    const earlier = await snapshots();
    const ran = await run(...words, '-o', 'json');
    assert.equal(ran.code, 3, ran.err);
    const { items } = JSON.parse(ran.out) as { readonly items: readonly Report[] };
    const undeleted = items.flatMap(item => item.undeleted ?? []);
    assert.deepEqual(undeleted.map(({ file }) => file).toSorted(), earlier.toSorted());
    for (const { file } of undeleted) assert.match(ran.err, new RegExp(`Not deleted: ${file}: `));
    assert.match(ran.err, /hozon repo forget ID/);
    const beside = await snapshots();
    assert.equal(beside.length, 2 * earlier.length);
    assert.ok(earlier.every(file => beside.includes(file)));
    await check();
    proxy.setRules([]);
    const ids = earlier.map(file => file.slice('snapshots/'.length));
    const forgotten = await run('forget', ...ids, '--confirm');
    assert.equal(forgotten.code, 0, forgotten.err);
    assert.deepEqual(
      await snapshots(),
      beside.filter(file => !earlier.includes(file)),
    );
    forbidDeletes(/\/forbidden-snapshots\/snapshots\//);
  }
  assert.equal((await snapshots()).length, before.length);
  await check();
  await close();
});

test('where keys cannot be deleted, a new password is added, and that the old one still opens is said', async () => {
  const { run, keys, close } = await inBucket('forbidden-keys', 'keys');
  const [old = ''] = (await keys()).filter(key => key.startsWith('keys/'));
  const file = join(directory, 'new-password');
  await writeFile(file, 'another', { mode: 0o600 });
  const ran = await run('key', 'passwd', '--new-password-file', file, '-o', 'json');
  assert.equal(ran.code, 3, ran.err);
  const { id, undeleted } = JSON.parse(ran.out) as Report & { readonly id: string };
  assert.deepEqual(
    undeleted.map(each => [each.file, each.code]),
    [[old, 'storage.denied']],
  );
  assert.match(ran.err, new RegExp(`Not deleted: ${old}: `));
  assert.match(ran.err, /The old password still opens the repository.*key remove/);
  assert.deepEqual(
    (await keys()).filter(key => key.startsWith('keys/')).toSorted(),
    [old, `keys/${id}`].toSorted(),
  );
  assert.equal((await run('snapshots')).code, 0);
  const withNew = (...words: string[]) => run(...words, '--password-file', file);
  const remove = ['key', 'remove', old.slice('keys/'.length), '--confirm'];
  assert.match((await withNew(...remove)).err, /storage\.denied/);
  proxy.setRules([]);
  const removed = await withNew(...remove);
  assert.equal(removed.code, 0, removed.err);
  assert.notEqual((await run('snapshots')).code, 0);
  assert.equal((await withNew('snapshots')).code, 0);
  await close();
});

test('what a damaged index of kopia said is recovered where it cannot be deleted, and that it is still there is said', async () => {
  const prefix = 'forbidden-kopia';
  const hozon = hozonOn(`s3:${faulty.endpoint}/${bucket}/${prefix}`);
  const run = (...words: string[]): Promise<Ran> => hozon.end(words, { env: { HOME: directory } });
  const store = await openS3(settingsOf(server, bucket, prefix));
  const made = await run('init', '--format', 'kopia');
  assert.equal(made.code, 0, made.err);
  const indexes = (): Promise<string[]> => Array.fromAsync(store.list('x'), ({ key }) => key);
  const [file = ''] = await indexes();
  const bytes = Buffer.from(await readAll(store, file, { limit: 1e6 }));
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  await store.put(file, bytes, { size: bytes.length });
  forbidDeletes(new RegExp(`/${prefix}/x`));
  const ran = await run('repair', 'index', '-o', 'json');
  assert.equal(ran.code, 3, ran.err);
  assert.match(ran.err, new RegExp(`Not deleted: ${file}`));
  const { damaged, undeleted } = JSON.parse(ran.out) as Report & { readonly damaged: readonly string[] };
  assert.deepEqual(damaged, [file]);
  assert.deepEqual(
    undeleted.map(each => [each.file, each.code]),
    [[file, 'storage.denied']],
  );
  assert.ok((await indexes()).includes(file));
  proxy.setRules([]);
  const again = await run('repair', 'index');
  assert.equal(again.code, 0, again.err);
  assert.ok(!(await indexes()).includes(file));
  const checked = await run('check', '--read-data');
  assert.equal(checked.code, 0, checked.err);
  await store.close();
});

test('where what interrupted writes left cannot be removed, upkeep has done its work and names it', async () => {
  const { close } = await inBucket('forbidden-uploads', 'nothing');
  const place = `s3:${faulty.endpoint}/${bucket}`;
  const inKopia = hozonOn(`${place}/forbidden-kopia-uploads`);
  await inKopia.run(['init', '--format', 'kopia'], { env: { HOME: directory } });
  const cases = [
    { at: 'forbidden-uploads', key: `data/ab/${'ab'.repeat(32)}`, words: ['prune'] },
    {
      at: 'forbidden-kopia-uploads',
      key: `p${'ab'.repeat(16)}-s0123456789abcdef`,
      words: ['maintenance', 'run'],
    },
  ];
  for (const { at, key, words } of cases) {
    forbidAborts(`${at}/${key}`);
    const hozon = hozonOn(`${place}/${at}`);
    const ran = await hozon.end([...words, '-o', 'json'], { env: { HOME: directory } });
    assert.equal(ran.code, 3, ran.err);
    const { abandoned, notAbandoned } = JSON.parse(ran.out) as Cleaned;
    assert.equal(abandoned, 0);
    assert.deepEqual(
      notAbandoned.map(({ file, code }) => [file, code]),
      [[key, 'storage.unsupported']],
    );
    assert.match(ran.err, new RegExp(`Not removed: what an interrupted write of ${key} left: `));
    proxy.setRules([]);
    const again = await hozon.end([...words], { env: { HOME: directory } });
    assert.equal(again.code, 0, again.err);
  }
  await close();
});

test('forget --prune ends so, too, also where such writes cannot be listed', async () => {
  const { run, keys, check, close } = await inBucket('unlistable-uploads', 'nothing');
  const body = '<Error><Code>Odd</Code><Message>not today</Message></Error>';
  const fault = { kind: 'status', status: 400, body } as const;
  proxy.setRules([
    { name: 'odd', method: 'GET', path: /[?&]uploads/, times: Number.MAX_SAFE_INTEGER, fault },
  ]);
  const before = await keys();
  const [snapshot = ''] = before.filter(key => key.startsWith('snapshots/'));
  const ran = await run('forget', snapshot.slice('snapshots/'.length), '--prune', '--confirm');
  assert.equal(ran.code, 3, ran.err);
  assert.match(ran.err, /Pruning freed/);
  assert.match(ran.err, /could not be listed: .*not today/);
  const packsIn = (all: readonly string[]) => all.filter(key => key.startsWith('data/')).length;
  assert.ok(packsIn(await keys()) < packsIn(before));
  await check();
  await close();
});
