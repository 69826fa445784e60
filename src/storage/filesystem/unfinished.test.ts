import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { all } from '../testing/contents.ts';
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
