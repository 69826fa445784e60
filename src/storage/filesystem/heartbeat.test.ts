import assert from 'node:assert/strict';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { Body } from '../object-store.ts';
import { keepFresh, letRest, touchAll } from './heartbeat.ts';
import { FilesystemStore } from './store.ts';

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-heartbeat-'));
});
after(() => rm(root, { recursive: true }));

const now = 1_700_000_000_000;

test('a file gets the time of each touch, unless it has a later one', async t => {
  t.mock.timers.enable({ apis: ['Date'], now });
  await using file = await open(join(root, 'touched'), 'wx');
  const timeOf = async (): Promise<number> => (await file.stat()).mtimeMs;
  keepFresh(file);
  for (const [before, touched] of [
    [now - 3_600_000, now],
    [now + 1000, now + 1000],
  ] as const) {
    await file.utimes(before / 1000, before / 1000);
    await touchAll();
    assert.equal(await timeOf(), touched);
  }
  letRest(file);
  await file.utimes(1, 1);
  await touchAll();
  assert.equal(await timeOf(), 1000, 'it rests');
});

/** What all open files have. */
async function handles(): Promise<FileHandle> {
  await using any = await open(root, 'r');
  return Object.getPrototypeOf(any) as FileHandle;
}

/** Counts how many files are looked at to be touched. */
async function filesTouched(t: TestContext): Promise<number> {
  const looks = t.mock.method(await handles(), 'stat');
  await touchAll();
  looks.mock.restore();
  return looks.mock.callCount();
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('part');
  throw new Error('no more');
}

test('no file is touched any more whose write has ended, however it did', async t => {
  const store = new FilesystemStore(root);
  const put = (body: Body, size: number): Promise<unknown> => store.put('p', body, { size }).catch(() => {});
  const [finished, abandoned] = [await store.begin('a'), await store.begin('b')];
  assert.equal(await filesTouched(t), 2);
  await finished?.finish('a');
  assert.equal(await filesTouched(t), 1);
  await abandoned?.abandon();
  assert.equal(await filesTouched(t), 0);
  await put(Buffer.from('1'), 1);
  await put(failing(), 9);
  await store.putIfAbsent('q', Buffer.from('1'));
  assert.equal(await filesTouched(t), 0);
});

test('the time of an object is that of its last byte: it is not touched while it is published', async t => {
  const store = new FilesystemStore(root);
  const touched: number[] = [];
  const syncs = t.mock.method(await handles(), 'sync', async () => {
    touched.push(await filesTouched(t));
  });
  await store.put('p', Buffer.from('1'));
  syncs.mock.restore();
  assert.ok(touched.length > 0);
  assert.ok(touched.every(count => count === 0));
});
