import assert from 'node:assert/strict';
import { constants, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { closeDescriptor } from '../../posix/at.ts';
import { TargetDirectories } from './target-directories.ts';
import {
  abandonFile,
  beginFile,
  finishFile,
  solidRanges,
  writeFileParts,
  writeWholeFile,
} from './target-file.ts';

const metadata = {
  mode: 0o640,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  mtime: 1_600_000_000_123_456_789n,
  atime: 1n,
  attributes: [],
};

let root: string;
let directories: TargetDirectories;
let descriptor: number;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-target-file-'));
  await mkdir(join(root, 'a/b'), { recursive: true });
  await mkdir(join(root, 'outside'));
  await symlink('../outside', join(root, 'a/leads out'));
  descriptor = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  directories = new TargetDirectories(descriptor, 2);
});
after(async () => {
  directories.close();
  closeDescriptor(descriptor);
  await rm(root, { recursive: true });
});

test('solid ranges are all that is not zero, and what is left out are whole blocks of the file', () => {
  const pieces = fc.array(fc.record({ zero: fc.boolean(), length: fc.integer({ min: 1, max: 10_000 }) }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(pieces, fc.integer({ min: 0, max: 20_000 }), (described, offset) => {
      const content = Buffer.concat(described.map(({ zero, length }) => Buffer.alloc(length, zero ? 0 : 7)));
      const copy = Buffer.alloc(content.length);
      let before = 0;
      for (const [from, to] of solidRanges(content, offset)) {
        assert.ok(from >= before && to > from);
        copy.set(content.subarray(from, to), from);
        before = to;
      }
      assert.deepEqual(copy, content);
      const written = [...solidRanges(content, offset)].reduce((sum, [from, to]) => sum + to - from, 0);
      const solid = content.filter(byte => byte !== 0).length;
      assert.ok(written <= solid + 2 * 4096 * described.length);
    }),
  );
});

test('a whole file has its content and metadata, and nothing else is left', async () => {
  const [name, temporary] = [Buffer.from('file'), Buffer.from('temporary')];
  for (const text of ['first', 'another']) {
    const file = { directory: 'a/b', name, temporary, content: Buffer.from(text), metadata };
    assert.deepEqual(writeWholeFile(directories, file, { sparse: false }), []);
    assert.equal(await readFile(join(root, 'a/b/file'), 'utf8'), text);
  }
  const { mode, mtimeNs } = await stat(join(root, 'a/b/file'), { bigint: true });
  assert.deepEqual([Number(mode) & 0o7777, mtimeNs], [metadata.mode, metadata.mtime]);
  assert.deepEqual(await readdir(join(root, 'a/b')), ['file']);
});

test('a file of parts in any order has no name before it is finished', async () => {
  const begun = { directory: 'a', name: 'unfinished' };
  const file = { ...begun, inode: beginFile(directories, begun) };
  writeFileParts(directories, file, { content: Buffer.from('b'), offsets: [1, 3], sparse: false });
  writeFileParts(directories, file, { content: Buffer.from('a'), offsets: [0, 2], sparse: false });
  await assert.rejects(stat(join(root, 'a/parts')));
  finishFile(directories, file, { name: 'parts', size: 6, metadata });
  assert.equal(await readFile(join(root, 'a/parts'), 'latin1'), 'abab\0\0');
  abandonFile(directories, begun);
});

test('another file under the name of one that was begun is not written to', async () => {
  const begun = { directory: 'a', name: 'exchanged' };
  const file = { ...begun, inode: beginFile(directories, begun) };
  await rm(join(root, 'a/exchanged'));
  await writeFile(join(root, 'a/other'), ''); // may take the inode that is free again
  await writeFile(join(root, 'a/exchanged'), 'not ours');
  const write = () =>
    writeFileParts(directories, file, { content: Buffer.from('x'), offsets: [0], sparse: false });
  assert.throws(write, { code: 'ESTALE' });
  assert.equal(await readFile(join(root, 'a/exchanged'), 'utf8'), 'not ours');
});

test('no symlink is followed, neither on the way nor at the end', async () => {
  const content = Buffer.from('x');
  const write = (directory: string, name: string) =>
    writeWholeFile(
      directories,
      { directory, name: Buffer.from(name), temporary: Buffer.from('t'), content, metadata },
      { sparse: false },
    );
  assert.throws(() => write('a/leads out', 'file'));
  assert.throws(() => write('a/leads out/below', 'file'));
  await symlink('outside', join(root, 'final'));
  write('', 'final');
  assert.deepEqual(await readdir(join(root, 'outside')), []);
  assert.equal(await readFile(join(root, 'final'), 'utf8'), 'x');
});
