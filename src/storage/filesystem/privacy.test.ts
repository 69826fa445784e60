import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { all, failure, keysOf, textAt } from '../testing/contents.ts';
import { findingsOfDirectory } from './permissions.ts';
import { FilesystemStore } from './store.ts';

let parent: string;
let root: string;
let store: FilesystemStore;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'hozon-storage-'));
  root = join(parent, 'location');
  store = new FilesystemStore(root);
});
afterEach(() => rm(parent, { recursive: true }));

const modeOf = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);

test('directories are made for their owner only, and so are files, whatever the umask', async () => {
  const umask = process.umask(0);
  try {
    await store.put('backups/x/secret', Buffer.from('x'));
    await store.putIfAbsent('backups/y', Buffer.from('x'));
  } finally {
    process.umask(umask);
  }
  for (const directory of ['', 'backups', 'backups/x', '.hozon-unfinished']) {
    assert.equal(await modeOf(join(root, directory)), '700', directory);
  }
  for (const file of ['backups/x/secret', 'backups/y'])
    assert.equal(await modeOf(join(root, file)), '600', file);
});

test('reading makes nothing, and the last delete leaves no directory behind', async () => {
  assert.deepEqual(await keysOf(store), []);
  assert.equal(await store.head('a/b'), undefined);
  await store.delete('a/b');
  assert.deepEqual(await readdir(parent), []);
  await store.put('a/b/c', Buffer.from('x'));
  await store.put('a/d', Buffer.from('x'));
  await store.delete('a/b/c');
  assert.deepEqual(await readdir(join(root, 'a')), ['d']);
  await store.delete('a/d');
  assert.deepEqual(await readdir(root), ['.hozon-unfinished']);
});

test('an existing directory keeps its mode, and a wide one is found', async () => {
  assert.deepEqual(await findingsOfDirectory(root), []);
  await mkdir(root);
  for (const [mode, codes] of [
    [0o700, []],
    [0o755, ['location.shared-readable']],
    [0o750, ['location.shared-readable']],
    [0o770, ['location.shared-writable']],
    [0o1777, ['location.shared-writable']],
  ] as const) {
    await chmod(root, mode);
    await store.put('a', Buffer.from('x'));
    assert.equal(await modeOf(root), mode.toString(8));
    const findings = await findingsOfDirectory(root);
    assert.deepEqual(
      findings.map(finding => finding.code),
      codes,
    );
    for (const { message } of findings)
      assert.match(message.en() + message.ja(), /mode .*chmod 700.*モード.*chmod 700/s);
  }
});

test('a link inside the location is followed neither by readers nor by writers', async () => {
  const outside = join(parent, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'target'), 'not yours');
  await store.put('a', Buffer.from('x'));
  await symlink(outside, join(root, 'folder'));
  await symlink(join(outside, 'target'), join(root, 'object'));
  await symlink(join(outside, 'nothing'), join(root, 'dangling'));
  assert.deepEqual(await keysOf(store), ['a']);
  assert.deepEqual(await keysOf(store, 'folder/'), []);
  assert.deepEqual(await all(store.listPrefixes('')), []);
  for (const key of ['folder/target', 'object', 'dangling']) {
    assert.equal(await store.head(key), undefined, key);
    await assert.rejects(store.get(key), failure('not-found'), key);
    await store.delete(key);
  }
  for (const key of ['folder/new', 'folder/deep/new', 'folder/target', 'dangling/new']) {
    await assert.rejects(store.put(key, Buffer.from('x')), thrown => {
      assert.match((thrown as { code: string }).code, /^storage\.(symlink|key-conflict)$/, key);
      return true;
    });
  }
  await store.put('object', Buffer.from('replaces the link'));
  assert.equal(await textAt(store, 'object'), 'replaces the link');
  assert.deepEqual(await readdir(outside), ['target']);
  assert.equal(await readFile(join(outside, 'target'), 'utf8'), 'not yours');
});

test('a link in place of the directory of unfinished writes is not followed', async () => {
  const outside = join(parent, 'outside');
  await mkdir(join(outside, 'victim'), { recursive: true });
  await mkdir(root);
  await symlink(outside, join(root, '.hozon-unfinished'));
  await assert.rejects(store.put('a', Buffer.from('x')), failure('symlink'));
  assert.deepEqual(await all(store.unfinished('')), []);
  const write = { key: 'a', id: 'victim', begun: new Date() };
  await assert.rejects(store.abandon(write), failure('symlink'));
  assert.deepEqual(await readdir(outside), ['victim']);
});

test('a location that is itself reached through a link works', async () => {
  await mkdir(join(parent, 'real'));
  await symlink(join(parent, 'real'), root);
  await store.put('a/b', Buffer.from('x'));
  assert.deepEqual(await keysOf(store, 'a/'), ['a/b']);
  assert.equal(await textAt(store, 'a/b'), 'x');
});

test('what is not a regular file with a name in UTF-8 is no object', async () => {
  await store.put('a', Buffer.from('x'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]), 'x');
  await mkdir(join(root, 'empty', 'folders'), { recursive: true });
  assert.deepEqual(await keysOf(store), ['a']);
  assert.deepEqual(await all(store.listPrefixes('')), []);
  await assert.rejects(store.get('pipe'), failure('not-found'));
  await store
    .put('empty', Buffer.from('an object where there were empty folders').subarray(0, 2))
    .catch(() => {});
  await store.put('empty/folders', Buffer.from('in place of an empty folder'));
  assert.equal(await textAt(store, 'empty/folders'), 'in place of an empty folder');
});

test('a location inside another one hides its unfinished writes from it', async () => {
  const inner = new FilesystemStore(join(root, 'backups', 'inner'));
  await inner.put('a', Buffer.from('x'));
  await mkdir(join(root, 'backups', 'inner', '.hozon-unfinished', 'write'), { recursive: true });
  await writeFile(join(root, 'backups', 'inner', '.hozon-unfinished', 'write', 'a'), 'part');
  assert.deepEqual(await keysOf(store), ['backups/inner/a']);
  await assert.rejects(store.get('backups/inner/.hozon-unfinished/write/a'), failure('invalid-key'));
  await assert.rejects(store.put('.hozon-unfinished/a', Buffer.from('x')), failure('invalid-key'));
});

test('the system’s refusals become errors of the catalogue', async () => {
  await assert.rejects(store.put(`a/${'n'.repeat(300)}`, Buffer.from('x')), failure('invalid-key'));
  await assert.rejects(new FilesystemStore('/proc/hozon').put('a', Buffer.from('x')), thrown => {
    assert.match((thrown as { code: string }).code, /^storage\./);
    return true;
  });
  await writeFile(join(parent, 'file'), 'x');
  const onFile = new FilesystemStore(join(parent, 'file'));
  await assert.rejects(onFile.put('a', Buffer.from('x')), failure('key-conflict'));
});
