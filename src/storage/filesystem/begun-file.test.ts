import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BegunWrite } from '../object-store.ts';
import { failure, textAt } from '../testing/contents.ts';
import { FilesystemStore } from './store.ts';

/** Has a function of `node:fs/promises` do something else while the test runs. */
function instead(
  t: TestContext,
  name: 'statfs' | 'open' | 'rename',
  does: (...given: unknown[]) => Promise<unknown>,
): void {
  t.mock.method(promises, name, does as () => Promise<never>);
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: it failed, ${syscall}`), { code, syscall });
}

async function inDirectory(action: (store: FilesystemStore, root: string) => Promise<void>): Promise<void> {
  const root = await promises.mkdtemp(join(tmpdir(), 'hozon-begun-'));
  try {
    await action(new FilesystemStore(root), root);
  } finally {
    await promises.rm(root, { recursive: true });
  }
}

test('where the system does not say which file system it is, nothing is begun, and nothing is left', async t => {
  instead(t, 'statfs', () => Promise.reject(systemError('ENOSYS', 'statfs')));
  await inDirectory(async (store, root) => {
    const open = await promises.readdir('/proc/self/fd');
    assert.equal(await store.begin('a'), undefined);
    assert.deepEqual(await promises.readdir('/proc/self/fd'), open);
    assert.deepEqual(await promises.readdir(join(root, '.hozon-unfinished')), []);
    await store.put('a', Buffer.from('put'));
    assert.equal(await textAt(store, 'a'), 'put');
  });
});

/** Has a call fail the first times, where it is of such a path. */
function failing(
  t: TestContext,
  name: 'open' | 'rename',
  { code, times, of }: { code: string; times: number; of: (path: unknown) => boolean },
): { readonly failed: () => number } {
  const real = promises[name] as (...given: unknown[]) => Promise<unknown>;
  let failed = 0;
  instead(t, name, async (...given) => {
    if (!of(given[0]) || failed === times) return real(...given);
    failed++;
    throw systemError(code, name);
  });
  return { failed: () => failed };
}

async function begun(store: FilesystemStore): Promise<BegunWrite> {
  const write = (await store.begin('as/begun')) ?? assert.fail('this file system is of this machine');
  writeSync(write.descriptor, 'bytes');
  return write;
}

test('a write is finished once there are descriptors again, and what is in use is free', async t => {
  await inDirectory(async (store, root) => {
    const write = await begun(store);
    const isFolder = (path: unknown): boolean => path === join(root, 'packs');
    const folders = failing(t, 'open', { code: 'EMFILE', times: 2, of: isFolder });
    const renames = failing(t, 'rename', { code: 'EBUSY', times: 1, of: () => true });
    assert.equal((await write.finish('packs/a', { size: 5 })).size, 5);
    assert.deepEqual([folders.failed(), renames.failed()], [2, 1]);
    assert.equal(await textAt(store, 'packs/a'), 'bytes');
    assert.deepEqual(await promises.readdir(join(root, '.hozon-unfinished')), []);
  });
});

test('what does not pass ends a write at once', async t => {
  await inDirectory(async (store, root) => {
    const write = await begun(store);
    const renames = failing(t, 'rename', { code: 'EROFS', times: 9, of: () => true });
    await assert.rejects(write.finish('packs/a'), failure('read-only'));
    assert.equal(renames.failed(), 1);
    assert.deepEqual(await promises.readdir(join(root, '.hozon-unfinished')), []);
  });
});

test('a begun write follows no symbolic link on the way to the key that it gets', async () => {
  await inDirectory(async (store, root) => {
    const outside = await promises.mkdtemp(join(tmpdir(), 'hozon-begun-outside-'));
    try {
      for (const key of ['link/a', 'link/deeper/a']) {
        const write = await begun(store);
        await promises.symlink(outside, join(root, 'link'));
        await assert.rejects(write.finish(key, { size: 5 }), failure('symlink'), key);
        assert.deepEqual(await promises.readdir(outside), []);
        assert.deepEqual(await promises.readdir(join(root, '.hozon-unfinished')), []);
        await promises.unlink(join(root, 'link'));
      }
    } finally {
      await promises.rm(outside, { recursive: true });
    }
  });
});
