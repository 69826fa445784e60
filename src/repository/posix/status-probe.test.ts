import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cString, libc, systemError } from './libc.ts';
import { StatusProbe } from './status-probe.ts';

const linux = { skip: platform() === 'linux' ? false : 'it takes Linux' };
const linuxRoot = {
  skip: platform() === 'linux' && process.getuid?.() === 0 ? false : 'it takes root on Linux',
};

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'hozon-probe-'));
});
after(() => rmSync(directory, { recursive: true }));

function opened(): StatusProbe {
  return StatusProbe.open() ?? assert.fail('this system has no statx');
}

test('it finds what lstat finds, of one entry after the other', linux, () => {
  const at = (name: string): string => join(directory, name);
  mkdirSync(at('directory'));
  writeFileSync(at('file'), 'content');
  writeFileSync(at('mode'), '');
  chmodSync(at('mode'), 0o6754);
  writeFileSync(at('large'), '');
  truncateSync(at('large'), 5 * 2 ** 32 + 7);
  linkSync(at('file'), at('second name'));
  symlinkSync('file', at('link'));
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.of(0xff, 0xe9)]), 'x');
  writeFileSync(at('old'), '');
  lutimesSync(at('old'), -1.5, -1.5);
  const probe = opened();
  const names = ['directory', 'file', 'mode', 'large', 'second name', 'link', '\xff\xe9', 'old'];
  for (const name of [...names, ...names.toReversed()]) {
    const place = Buffer.from(`${directory}/${name}`, 'latin1');
    const stat = lstatSync(place, { bigint: true });
    assert.ok(probe.look(directory, name), name);
    const { isFile, mode, uid, gid, links, size, mtime, device } = probe;
    assert.deepEqual(
      { isFile, mode, uid, gid, links, size, mtime, device },
      {
        isFile: stat.isFile(),
        mode: Number(stat.mode & 0o7777n),
        uid: Number(stat.uid),
        gid: Number(stat.gid),
        links: Number(stat.nlink),
        size: Number(stat.size),
        mtime: stat.mtimeNs,
        device: stat.dev,
      },
      name,
    );
  }
});

test('what is not there, or has no such path, is not found', linux, () => {
  const probe = opened();
  writeFileSync(join(directory, 'there'), '');
  assert.equal(probe.look(directory, 'nowhere'), false);
  assert.equal(probe.look(join(directory, 'there'), 'below a file'), false);
  assert.equal(probe.look(directory, 'x'.repeat(5000)), false);
  assert.equal(probe.look(`/${'x'.repeat(5000)}`, 'x'), false);
  assert.equal(probe.look(`${directory}/`, 'there'), true);
  assert.equal(probe.look('/', directory.slice(1)), true);
  assert.equal(probe.isFile, false);
});

test('it tells who may have attributes', linuxRoot, () => {
  const call = libc('lsetxattr', 'int', ['const void *', 'const void *', 'const void *', 'size_t', 'int']);
  for (const name of ['plain', 'attributed']) writeFileSync(join(directory, name), '');
  const path = Buffer.from(join(directory, 'attributed'));
  if (call(cString(path), cString(Buffer.from('trusted.a')), Buffer.of(1), 1, 0) !== 0)
    throw systemError('lsetxattr', path);
  const probe = opened();
  for (const [name, expected] of [
    ['plain', false],
    ['attributed', true],
    ['plain', false],
  ] as const) {
    assert.ok(probe.look(directory, name));
    assert.equal(probe.mayHaveAttributes(), expected, name);
  }
  assert.equal(probe.look(directory, 'gone'), false);
  assert.equal(probe.mayHaveAttributes(), true, 'where the system does not say');
});
