import assert from 'node:assert/strict';
import promises, { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { all, failure } from '../testing/contents.ts';
import { FilesystemStore } from './store.ts';
import { nameOfWrite, thisWriter } from './writers.ts';

/** Leaves what a process that is no more had made of a write's directories; a last segment that ends in `!` is a file. */
async function leave(root: string, path: string): Promise<void> {
  const write = nameOfWrite({ ...(await thisWriter()), started: '1' });
  const at = join(root, '.hozon-unfinished', write, path.replace(/[^/]*!$/, ''));
  await mkdir(at, { recursive: true });
  const file = /([^/]*)!$/.exec(path)?.[1];
  if (file !== undefined) await writeFile(join(at, file), 'part');
}

test('a write that died before its file was made is listed for every prefix that it may belong to', async () => {
  const root = await mkdtemp(join(tmpdir(), 'hozon-unfinished-'));
  try {
    const store = new FilesystemStore(root);
    for (const path of ['', 'backups', 'backups/a', 'backups/a/x!']) await leave(root, path);
    const keys = async (prefix: string) => (await all(store.unfinished(prefix))).map(({ key }) => key).sort();
    assert.deepEqual(await keys(''), ['', 'backups', 'backups/a', 'backups/a/x']);
    assert.deepEqual(await keys('backups/a/'), ['', 'backups', 'backups/a', 'backups/a/x']);
    assert.deepEqual(await keys('backups/b/'), ['', 'backups']);
    assert.deepEqual(await keys('restores/'), ['']);
    for await (const write of store.unfinished('')) await store.abandon(write);
    assert.deepEqual(await readdir(join(root, '.hozon-unfinished')), []);
  } finally {
    await rm(root, { recursive: true });
  }
});

test('a write that may not be looked at keeps no other from being listed', async t => {
  const root = await mkdtemp(join(tmpdir(), 'hozon-unfinished-'));
  t.after(() => rm(root, { recursive: true }));
  for (const path of ['a/x!', 'of-others/x!', 'b/x!']) await leave(root, path);
  const plain = promises.readdir;
  t.mock.method(promises, 'readdir', ((path: string, ...rest: []) => {
    const denied = Object.assign(new Error('EACCES: readdir'), { code: 'EACCES', syscall: 'scandir' });
    return path.endsWith('/of-others') ? Promise.reject(denied) : plain(path, ...rest);
  }) as typeof plain);
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const keys = (await all(new FilesystemStore(root).unfinished(''))).map(({ key }) => key);
  assert.deepEqual(keys.toSorted(), ['a/x', 'b/x']);
});

test('a write that somebody else removes meanwhile is abandoned; what cannot be removed is named', async t => {
  const root = await mkdtemp(join(tmpdir(), 'hozon-unfinished-'));
  await leave(root, 'a/x!');
  const store = new FilesystemStore(root);
  const [write = assert.fail()] = await all(store.unfinished(''));
  let code = 'ENOENT';
  t.mock.method(promises, 'rm', () => {
    const thrown = Object.assign(new Error(`${code}: rmdir`), { code, syscall: 'rmdir' });
    return Promise.reject(thrown);
  });
  syncBuiltinESMExports();
  try {
    await store.abandon(write);
    code = 'ENOTEMPTY';
    await assert.rejects(store.abandon(write), failure('failed'));
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
    await rm(root, { recursive: true });
  }
});

const hour = 60 * 60_000;

/** Makes the writes of this process those of another container, which cannot be asked. */
async function takeForAnothers(root: string): Promise<void> {
  const directory = join(root, '.hozon-unfinished');
  for (const id of await readdir(directory)) {
    const elsewhere = nameOfWrite({ ...(await thisWriter()), namespace: '1' });
    await rename(join(directory, id), join(directory, elsewhere));
  }
}

/** Waits until the files of all unfinished writes of `p` have this time. */
async function untilTouched(root: string, time: number, signal: AbortSignal): Promise<void> {
  const directory = join(root, '.hozon-unfinished');
  for (const id of await readdir(directory)) {
    while ((await stat(join(directory, id, 'p'))).mtimeMs !== time) {
      await setImmediate(undefined, { signal });
    }
  }
}

async function* stalledBody(asked: () => void, stalled: Promise<void>): AsyncGenerator<Uint8Array> {
  yield Buffer.from('part');
  asked();
  await stalled;
}

test('writes whose writer lives elsewhere are not listed however long nothing is written', {
  timeout: 20_000,
}, async t => {
  const root = await mkdtemp(join(tmpdir(), 'hozon-unfinished-'));
  const began = Math.trunc(Date.now() / 1000) * 1000; // a time that a file can have exactly
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: began });
  try {
    const store = new FilesystemStore(root);
    const begun = await store.begin('p');
    const stalled = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const put = store.put('p', stalledBody(asked.resolve, stalled.promise));
    await asked.promise;
    await takeForAnothers(root);
    assert.equal((await readdir(join(root, '.hozon-unfinished'))).length, 2);

    t.mock.timers.setTime(began + 24 * hour);
    t.mock.timers.tick(hour);
    await untilTouched(root, began + 25 * hour, t.signal);
    t.mock.timers.setTime(began + 48 * hour);
    assert.deepEqual(await all(store.unfinished('')), []);
    t.mock.timers.setTime(began + 50 * hour);
    assert.equal((await all(store.unfinished(''))).length, 2, 'nothing was touched for longer than a day');

    stalled.resolve();
    await assert.rejects(put);
    await begun?.abandon();
  } finally {
    await rm(root, { recursive: true });
  }
});
