import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { isOfThisMachine } from '#storage/filesystem/this-machine.ts';
import { prefixed } from '#storage/prefixed.ts';
import { retrying } from '#storage/retrying.ts';
import { conformance } from '#storage/testing/conformance.ts';
import { bytesOf, failure, inChunks, keysOf, read } from '#storage/testing/contents.ts';
import { inTemporaryDirectory } from '#storage/testing/temporary-location.ts';

conformance(
  'a part of a filesystem store',
  inTemporaryDirectory({ decorate: store => prefixed(store, 'in/side/'), keyPrefix: 'in/side/' }),
);
conformance('a retrying filesystem store', inTemporaryDirectory({ decorate: store => retrying(store) }));

/** Runs `action` in a file system of its own, mounted with these options. */
async function mounted(options: string, action: (path: string) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'hozon-mount-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'hozon-test', path]);
  try {
    await action(path);
  } finally {
    execFileSync('umount', [path]);
    await rm(path, { recursive: true });
  }
}

test('a full file system is told, and keeps what it held', async () => {
  await mounted('size=2m', async path => {
    const store = new FilesystemStore(path);
    await store.put('a', bytesOf('small', 500_000));
    await assert.rejects(store.put('a', inChunks(bytesOf('large', 4_000_000), 65_536)), failure('no-space'));
    await assert.rejects(store.putIfAbsent('b', bytesOf('large', 4_000_000)), failure('no-space'));
    assert.deepEqual(await read(store, 'a'), bytesOf('small', 500_000));
    assert.deepEqual(await keysOf(store), ['a']);
    assert.deepEqual(await readdir(join(path, '.hozon-unfinished')), []);
    await store.put('b', bytesOf('b', 500_000));
  });
});

test('a full file system is told of a write that the caller fills, and keeps what it held', async () => {
  await mounted('size=2m', async path => {
    const store = new FilesystemStore(path);
    await store.put('a', bytesOf('small', 500_000));
    const begun = await store.begin('b');
    assert.ok(begun !== undefined, 'tmpfs is of this machine');
    const full = thrownBy(() => {
      for (let at = 0; at < 4_000_000; at += 65_536)
        writeSync(begun.descriptor, Buffer.alloc(65_536, 1), 0, 65_536, at);
    });
    assert.equal((begun.failure(full) as { code?: string }).code, 'storage.no-space');
    await begun.abandon();
    assert.deepEqual(await readdir(join(path, '.hozon-unfinished')), []);
    assert.deepEqual(await keysOf(store), ['a']);
  });
});

function thrownBy(action: () => void): unknown {
  try {
    action();
  } catch (thrown) {
    return thrown;
  }
  return assert.fail('nothing was thrown');
}

test('file systems that are not of this machine, or not known, are told from those that are', async () => {
  assert.equal(await isOfThisMachine('/proc'), false);
  await mounted('size=2m', async path => assert.equal(await isOfThisMachine(path), true));
});

test('a file system that is mounted read-only can be read and says so to writers', async () => {
  await mounted('size=2m', async path => {
    const store = new FilesystemStore(path);
    await store.put('a/b', Buffer.from('x'));
    execFileSync('mount', ['-o', 'remount,ro', path]);
    assert.deepEqual(await keysOf(store), ['a/b']);
    assert.equal((await read(store, 'a/b')).toString(), 'x');
    for (const write of [() => store.put('c', Buffer.from('x')), () => store.delete('a/b')]) {
      await assert.rejects(write, failure('read-only'));
    }
  });
});

test('a folder on another file system is refused, not written half', async () => {
  await mounted('size=2m', async path => {
    await mounted('size=2m', async other => {
      const store = new FilesystemStore(path);
      await store.put('sub/a', Buffer.from('x'));
      execFileSync('mount', ['--bind', other, join(path, 'sub')]);
      try {
        await assert.rejects(store.put('sub/b', Buffer.from('x')), failure('unsupported'));
        await assert.rejects(store.putIfAbsent('sub/b', Buffer.from('x')), failure('unsupported'));
        assert.deepEqual(await readdir(other), []);
      } finally {
        execFileSync('umount', [join(path, 'sub')]);
      }
    });
  });
});
