import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cString, libc, systemError } from './libc.ts';
import { readAttributes } from './read-attributes.ts';

const linuxRoot = {
  skip: platform() === 'linux' && process.getuid?.() === 0 ? false : 'it takes root on Linux',
};

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'hozon-attributes-'));
});
after(() => rmSync(directory, { recursive: true }));

function set(path: string, name: string, value: Buffer): void {
  const call = libc('lsetxattr', 'int', ['const void *', 'const void *', 'const void *', 'size_t', 'int']);
  const done = call(cString(Buffer.from(path)), cString(Buffer.from(name)), value, value.length, 0);
  if (done !== 0) throw systemError('lsetxattr', Buffer.from(path));
}

test('attributes of any bytes, of files, directories and links', linuxRoot, () => {
  const file = join(directory, 'file');
  const link = join(directory, 'link');
  writeFileSync(file, '');
  symlinkSync('file', link);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
  set(file, 'user.bytes', bytes);
  set(file, 'user.empty', Buffer.alloc(0));
  set(link, 'trusted.of the link', Buffer.from('x'));
  const { attributes, error } = readAttributes(Buffer.from(file));
  assert.equal(error, undefined);
  assert.deepEqual(
    new Map(attributes.map(({ name, value }) => [name, value])),
    new Map([
      ['user.bytes', bytes],
      ['user.empty', Buffer.alloc(0)],
    ]),
  );
  assert.deepEqual(
    readAttributes(Buffer.from(link)).attributes.map(each => each.name),
    ['trusted.of the link'],
  );
  assert.equal(readAttributes(Buffer.from(link), { follow: true }).attributes.length, 2);
  const there = readAttributes(Buffer.from(file)).attributes;
  assert.ok(
    there.every(({ value }, at) => value.equals(attributes[at]?.value ?? Buffer.of(1))),
    'values are kept',
  );
});

test('many attributes, names of any bytes, and long paths', linuxRoot, () => {
  const names = Array.from({ length: 30 }, (_, at) => Buffer.from(`${'d'.repeat(120)}\xff${at}`, 'latin1'));
  let path = Buffer.from(directory);
  for (const name of names) {
    path = Buffer.concat([path, Buffer.from('/'), name]);
    mkdirSync(path);
  }
  assert.ok(path.length > 3500);
  const call = libc('lsetxattr', 'int', ['const void *', 'const void *', 'const void *', 'size_t', 'int']);
  for (let at = 0; at < 40; at++)
    call(cString(path), cString(Buffer.from(`user.${at}`)), Buffer.of(at), 1, 0);
  const { attributes } = readAttributes(path);
  assert.deepEqual(
    attributes.map(({ name, value }) => `${name}=${value[0]}`).sort(),
    Array.from({ length: 40 }, (_, at) => `user.${at}=${at}`).sort(),
  );
});

test('what has none has none; what is not there is an error', () => {
  writeFileSync(join(directory, 'plain'), '');
  assert.deepEqual(readAttributes(Buffer.from(join(directory, 'plain'))).attributes, []);
  assert.deepEqual(readAttributes(Buffer.from('/proc/self/status')).attributes, []);
  if (platform() !== 'linux') return;
  assert.equal(readAttributes(Buffer.from(join(directory, 'none'))).error?.code, 'ENOENT');
  assert.equal(readAttributes(Buffer.from(`/${'x/'.repeat(3000)}`)).error?.code, 'ENAMETOOLONG');
});
