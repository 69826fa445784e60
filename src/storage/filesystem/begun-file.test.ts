import assert from 'node:assert/strict';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { textAt } from '../testing/contents.ts';
import { FilesystemStore } from './store.ts';

/** Has a function of `node:fs/promises` do something else while the test runs. */
function instead(t: TestContext, name: 'statfs', does: () => Promise<never>): void {
  t.mock.method(promises, name, does);
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
