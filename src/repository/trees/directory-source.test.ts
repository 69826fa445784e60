import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { bytePath, pathBytes } from './byte-path.ts';
import { type DirectorySourceOptions, directorySource } from './directory-source.ts';
import type { Entry } from './entry.ts';
import type { SourceEvent } from './source.ts';

const isRoot = process.getuid?.() === 0;
const rootOnly = { skip: isRoot ? false : 'it takes root' };

let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'hozon-source-'));
});
after(() => rmSync(directory, { recursive: true }));

/** A new directory with empty files and directories (which end with a slash). */
function tree(name: string, paths: readonly string[] = []): string {
  const root = join(directory, name);
  mkdirSync(root);
  for (const path of paths) {
    if (path.endsWith('/')) mkdirSync(join(root, path), { recursive: true });
    else writeFileSync(pathBytes(`${root}/${path}`), path);
  }
  return root;
}

async function read(
  targets: readonly string[],
  options: Omit<DirectorySourceOptions, 'base'> & { readonly base?: string } = {},
): Promise<readonly SourceEvent[]> {
  const base = Buffer.from(options.base ?? directory);
  const source = directorySource(targets.map(pathBytes), { ...options, base });
  return (await Array.fromAsync(source.events({}))).flat();
}

function line(event: SourceEvent): string {
  if (event.kind === 'entry') return `${event.entry.type} ${bytePath(event.entry.path)}`;
  if (event.kind === 'left') return `left ${bytePath(event.path)}`;
  return `failed ${bytePath(event.path)} ${event.error.code}`;
}

function entries(events: readonly SourceEvent[]): readonly Entry[] {
  return events.flatMap(event => (event.kind === 'entry' ? [event.entry] : []));
}

test('a directory is told before, and left after, what is in it, in the order of bytes', async () => {
  const base = tree('order', ['b/', 'b/z', 'b/\xff', 'b/é', 'b.c', 'a/', 'B', '\xc3']);
  assert.deepEqual((await read(['.'], { base })).map(line), [
    'file B',
    'dir a',
    'left a',
    'dir b',
    'file b/z',
    'file b/é',
    'file b/\xff',
    'left b',
    'file b.c',
    'file \xc3',
  ]);
});

test('an entry has what lstat tells of it, to the nanosecond', async () => {
  const base = tree('metadata', ['file']);
  chmodSync(join(base, 'file'), 0o2751);
  execFileSync('touch', ['-d', '2001-02-03 04:05:06.123456789 UTC', join(base, 'file')]);
  linkSync(join(base, 'file'), join(base, 'other name'));
  const told = await read(['file', 'other name'], { base });
  const [first, second] = entries(told);
  const stat = lstatSync(join(base, 'file'), { bigint: true });
  assert.ok(first !== undefined && second !== undefined);
  const { inode, device, links, mtime, ctime, size, mode, uid, gid, user } = first;
  assert.deepEqual([inode, device, links], [stat.ino, stat.dev, 2n]);
  assert.deepEqual([second.inode, second.links], [inode, 2n]);
  assert.deepEqual([mtime, ctime], [981_173_106_123_456_789n, stat.ctimeNs]);
  assert.deepEqual([size, mode, uid, gid], [4, 0o2751, process.getuid?.(), process.getgid?.()]);
  assert.equal(user, execFileSync('id', ['-un'], { encoding: 'utf8' }).trim());
  assert.deepEqual(told[0]?.kind === 'entry' && told[0].content, {
    kind: 'path',
    path: Buffer.from(join(base, 'file')),
  });
});

test('links tell their bytes, sockets are left out', async () => {
  const base = tree('special');
  symlinkSync(Buffer.of(0xff, 0x2f, 0x61), Buffer.from(join(base, 'link')));
  execFileSync('mkfifo', [join(base, 'fifo')]);
  const server = createServer();
  await new Promise<void>(resolve => server.listen(join(base, 'socket'), resolve));
  const told = await read(['.'], { base });
  await new Promise(resolve => server.close(resolve));
  assert.deepEqual(told.map(line), ['fifo fifo', 'symlink link']);
  assert.deepEqual(entries(told)[1]?.target, Buffer.of(0xff, 0x2f, 0x61));
});

test('devices tell what they stand for', rootOnly, async () => {
  const base = tree('devices');
  execFileSync('mknod', [join(base, 'disk'), 'b', '259', '70000']);
  execFileSync('mknod', [join(base, 'terminal'), 'c', '5', '1']);
  const told = entries(await read(['.'], { base }));
  assert.deepEqual(
    told.map(({ type, rdev }) => [type, rdev]),
    [
      ['dev', (259n << 8n) | (70_000n & 0xffn) | ((70_000n >> 8n) << 20n)],
      ['chardev', 0x0501n],
    ],
  );
});

test('what cannot be read is named, and the rest is told', rootOnly, async () => {
  const base = tree('secret', ['closed/', 'closed/in it', 'listed/', 'listed/file', 'open/', 'open/file']);
  chmodSync(directory, 0o755);
  chmodSync(join(base, 'closed'), 0);
  chmodSync(join(base, 'listed'), 0o744);
  process.seteuid?.(65_534);
  try {
    assert.deepEqual((await read(['.'], { base })).map(line), [
      'failed closed EACCES',
      'dir listed',
      'failed listed/file EACCES',
      'left listed',
      'dir open',
      'file open/file',
      'left open',
    ]);
  } finally {
    process.seteuid?.(0);
  }
});

test('what changes under the walk is told as it is found', async () => {
  const many = Array.from({ length: 3000 }, (_, at) => `a${String(at).padStart(5, '0')}`);
  const base = tree('changing', [...many, 'b/', 'b/file', 'c', 'd/', 'elsewhere/', 'elsewhere/secret']);
  const source = directorySource([Buffer.from('.')], { base: Buffer.from(base) });
  const told: SourceEvent[] = [];
  let first = true;
  for await (const batch of source.events({})) {
    told.push(...batch);
    if (!first) continue;
    first = false;
    rmSync(join(base, 'c'));
    renameSync(join(base, 'b'), join(base, 'moved'));
    symlinkSync('elsewhere', join(base, 'b'));
    rmSync(join(base, 'd'), { recursive: true });
    writeFileSync(join(base, 'd'), 'a file now');
  }
  assert.deepEqual(told.map(line).slice(many.length), [
    'symlink b',
    'failed c ENOENT',
    'file d',
    'dir elsewhere',
    'file elsewhere/secret',
    'left elsewhere',
  ]);
});

test('a target that is not there is named, and is no root', async () => {
  const base = tree('targets', ['a/', 'a/file']);
  const targets = [Buffer.from('a/file'), Buffer.from('../gone')];
  const source = directorySource(targets, { base: Buffer.from(base) });
  assert.deepEqual(source.roots.map(String), [join(base, 'a/file')]);
  const told = (await Array.fromAsync(source.events({}))).flat();
  assert.deepEqual(told.map(line), ['failed gone ENOENT', 'dir a', 'file a/file', 'left a']);
  assert.throws(
    () => directorySource([Buffer.from('gone')], { base: Buffer.from(base) }),
    error => isHozonError(error, 'repository.no-sources') && /"gone"/.test(error.message),
  );
});

test('an absolute target keeps the directories above it, also through a link', async () => {
  const base = tree('absolute', ['a/', 'a/b/', 'a/b/file']);
  symlinkSync('a', join(base, 'link'));
  const told = await read([`${base}/link/b`]);
  const above = base.slice(1).split('/');
  assert.deepEqual(told.map(line), [
    ...above.map((_, at) => `dir ${above.slice(0, at + 1).join('/')}`),
    ...['dir', 'dir', 'file'].map(
      (type, at) => `${type} ${above.join('/')}/${['link', 'link/b', 'link/b/file'][at]}`,
    ),
    `left ${above.join('/')}/link/b`,
    `left ${above.join('/')}/link`,
    ...above.map((_, at) => `left ${above.slice(0, above.length - at).join('/')}`),
  ]);
  const link = entries(told).find(({ path }) => path.toString().endsWith('/link'));
  assert.equal(link?.inode, lstatSync(join(base, 'a'), { bigint: true }).ino);
});

test('a mark that cannot be looked at is named, and its directory is told', rootOnly, async () => {
  const base = tree('marks', ['cache/', 'cache/file', 'cache/CACHEDIR.TAG']);
  chmodSync(join(base, 'cache/CACHEDIR.TAG'), 0);
  chmodSync(directory, 0o755);
  process.seteuid?.(65_534);
  try {
    assert.deepEqual((await read(['.'], { base, excludes: { caches: true } })).map(line), [
      'dir cache',
      'file cache/CACHEDIR.TAG',
      'failed cache/CACHEDIR.TAG EACCES',
      'file cache/file',
      'left cache',
    ]);
  } finally {
    process.seteuid?.(0);
  }
});

test('an aborted walk ends', async () => {
  const base = tree(
    'aborted',
    Array.from({ length: 2000 }, (_, at) => `f${at}`),
  );
  const controller = new AbortController();
  const source = directorySource([Buffer.from('.')], { base: Buffer.from(base) });
  let batches = 0;
  const walk = async (): Promise<void> => {
    for await (const _ of source.events({ signal: controller.signal })) {
      batches++;
      controller.abort(new Error('enough'));
    }
  };
  await assert.rejects(walk(), /enough/);
  assert.equal(batches, 1);
  assert.equal((await Array.fromAsync(source.events({}))).flat().length, 2000);
});
