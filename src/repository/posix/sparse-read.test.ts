import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sparseReader } from './sparse-read.ts';

const onLinux = { skip: platform() === 'linux' ? false : 'holes are looked for on Linux' };
const mebibyte = 1024 * 1024;

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'hozon-sparse-'));
});
after(() => rmSync(directory, { recursive: true }));

/** A file of that size with data at these places, and nothing elsewhere. */
function sparse(
  name: string,
  size: number,
  places: readonly (readonly [at: number, length: number])[],
): string {
  const path = join(directory, name);
  const fd = openSync(path, 'w+');
  ftruncateSync(fd, size);
  for (const [at, length] of places) writeSync(fd, randomBytes(length), 0, length, at);
  closeSync(fd);
  return path;
}

function readAll(path: string, pieces: number): Buffer {
  const fd = openSync(path, 'r');
  const read = sparseReader(fd);
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const into = Buffer.alloc(pieces, 0x55);
    const length = read(into, at);
    if (length === 0) break;
    parts.push(into.subarray(0, length));
    at += length;
  }
  closeSync(fd);
  return Buffer.concat(parts);
}

test('holes at the beginning, between, and at the end are read as zeros, data as it is', onLinux, () => {
  const files = [
    sparse('begin', 5 * mebibyte, [[4 * mebibyte, 4096]]),
    sparse('between', 9 * mebibyte + 17, [
      [0, 100],
      [3 * mebibyte - 5, 4096],
      [9 * mebibyte, 17],
    ]),
    sparse('nothing', 7 * mebibyte + 1, []),
    sparse('end', 6 * mebibyte, [[0, 2 * mebibyte]]),
    sparse('full', 2 * mebibyte, [[0, 2 * mebibyte]]),
    sparse('short', 4096 * 3, [[4096, 10]]),
    sparse('empty', 0, []),
  ];
  for (const path of files) {
    for (const pieces of [64 * 1024, mebibyte + 1]) {
      assert.ok(readAll(path, pieces).equals(readFileSync(path)), `${path} in pieces of ${pieces}`);
    }
  }
});

test('what is allocated is all that is read', onLinux, () => {
  const path = sparse('counted', 300 * mebibyte, [
    [0, 8192],
    [200 * mebibyte, mebibyte],
  ]);
  const allocated = statSync(path).blocks * 512;
  const program = `
    const { openSync } = require('node:fs');
    const read = fd => import(${JSON.stringify(join(import.meta.dirname, 'sparse-read.ts'))}).then(({ sparseReader }) => {
      const io = () => Number(/rchar: (\\d+)/.exec(require('node:fs').readFileSync('/proc/self/io', 'latin1'))[1]);
      const reader = sparseReader(fd), into = Buffer.alloc(65536);
      const before = io();
      for (let at = 0, length; (length = reader(into, at)) > 0; ) at += length;
      process.stdout.write(String(io() - before));
    });
    read(openSync(process.argv[1], 'r'));`;
  const read = Number(execFileSync(process.execPath, ['-e', program, path], { encoding: 'utf8' }));
  assert.ok(read >= mebibyte && read < allocated + 12 * mebibyte, `${read} bytes of ${allocated} allocated`);
});

test('what is written meanwhile behind the end is read', onLinux, () => {
  const path = sparse('growing', 3 * mebibyte, [[0, 10]]);
  const fd = openSync(path, 'r+');
  const read = sparseReader(fd);
  const into = Buffer.alloc(mebibyte);
  for (let at = 0; at < 3 * mebibyte; ) at += read(into, at);
  writeSync(fd, 'more', 3 * mebibyte);
  const length = read(into, 3 * mebibyte);
  assert.deepEqual(into.subarray(0, length), readRest(fd, 3 * mebibyte));
  closeSync(fd);
});

function readRest(fd: number, at: number): Buffer {
  const rest = Buffer.alloc(100);
  return rest.subarray(0, readSync(fd, rest, 0, 100, at));
}
