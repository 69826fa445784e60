import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import promises, { type FileHandle, mkdtemp, open, readlink, realpath, rm } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { FilesystemStore } from './store.ts';

let parent: string;
beforeEach(async () => {
  parent = await realpath(await mkdtemp(join(tmpdir(), 'hozon-durability-')));
});
afterEach(() => rm(parent, { recursive: true }));

/** What is synced while something is done, below the test's directory; its own name is empty. */
async function syncedBy(action: () => Promise<unknown>): Promise<readonly string[]> {
  const any = await open(parent, 'r');
  const handles = Object.getPrototypeOf(any) as FileHandle;
  await any.close();
  const plain = Object.getOwnPropertyDescriptor(handles, 'sync');
  assert.ok(plain !== undefined);
  const sync = plain.value as (this: FileHandle) => Promise<void>;
  const synced: string[] = [];
  handles.sync = async function noted(this: FileHandle): Promise<void> {
    synced.push(relative(parent, await readlink(`/proc/self/fd/${this.fd}`)));
    await sync.call(this);
  };
  try {
    await action();
  } finally {
    Object.defineProperty(handles, 'sync', plain);
  }
  return synced.map(path => (path.includes('.hozon-unfinished') ? 'the file' : path));
}

test('the first write of a location syncs the file, and then every directory that was made for it', async () => {
  const store = new FilesystemStore(join(parent, 'a/location'));
  const directories = ['a/location/x/y', 'a/location/x', 'a/location', 'a', ''];
  assert.deepEqual(await syncedBy(() => store.put('x/y/z', Buffer.from('1'))), ['the file', ...directories]);
  assert.deepEqual(await syncedBy(() => store.put('x/z', Buffer.from('1'))), [
    'the file',
    'a/location/x',
    'a/location',
  ]);
});

test('so does the first file that its caller fills', async () => {
  const store = new FilesystemStore(join(parent, 'location'));
  const synced = await syncedBy(async () => {
    const begun = await store.begin('pack');
    assert.ok(begun !== undefined);
    writeSync(begun.descriptor, 'bytes');
    await begun.finish('x/pack');
  });
  assert.deepEqual(synced, ['the file', 'location/x', 'location', '']);
});

test('what is above a location is synced by the first write that ends well, whichever it was made for', async () => {
  const root = join(parent, 'made/location');
  const store = new FilesystemStore(root);
  const [first, second] = [await store.begin('first'), await store.begin('second')];
  assert.ok(first !== undefined && second !== undefined);
  const above = ['made', ''];
  const [there, file] = ['made/location', 'the file'];
  await first.abandon();
  await assert.rejects(store.put('x', Buffer.from('1'), { size: 2 }));
  assert.deepEqual(await syncedBy(() => second.finish('second')), [file, there, ...above]);
  assert.deepEqual(await syncedBy(() => new FilesystemStore(root).put('x', Buffer.from('1'))), [file, there]);
});

test('another store of the same directory syncs what the first one made above it', async () => {
  const root = join(parent, 'location');
  await (await new FilesystemStore(root).begin('given-up'))?.abandon();
  assert.deepEqual(await syncedBy(() => new FilesystemStore(root).put('x', Buffer.from('1'))), [
    'the file',
    'location',
    '',
  ]);
});

for (const code of ['EACCES', 'EPERM']) {
  test(`a directory above the location that may not be read does not fail its first write (${code})`, async t => {
    const plain = promises.open;
    t.mock.method(promises, 'open', ((path, ...rest) => {
      const denied = Object.assign(new Error(`${code}: open`), { code, syscall: 'open' });
      return path === parent ? Promise.reject(denied) : plain(path, ...rest);
    }) as typeof plain);
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    const store = new FilesystemStore(join(parent, 'location'));
    assert.equal((await store.put('x', Buffer.from('1'))).size, 1);
  });
}
