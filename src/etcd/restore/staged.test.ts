import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { freePlaces } from './places.ts';
import { type Stage, staged } from './staged.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hozon-staged-'));
});
afterEach(() => rm(root, { recursive: true }));

const placed = () => ({ dataDir: join(root, 'a/b/data'), walDir: join(root, 'c/d/wal') });

/** What a program of etcd's makes, in short. */
async function make({ dataDir, walDir = join(dataDir, 'member/wal') }: Stage): Promise<void> {
  await mkdir(join(dataDir, 'member/snap'), { recursive: true });
  await writeFile(join(dataDir, 'member/snap/db'), 'db');
  await mkdir(walDir, { recursive: true, mode: 0o700 });
  await writeFile(join(walDir, '0.wal'), 'log');
}

function isError(name: string, text = /./): (thrown: unknown) => boolean {
  return thrown => isHozonError(thrown, `etcd.restore-${name}`) && text.test(thrown.explain('en'));
}

const permissionsOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

test('what is made comes into place, for its owner alone, below directories as they are elsewhere', async () => {
  const { dataDir, walDir } = placed();
  await staged({ dataDir, walDir }, make);
  assert.deepEqual(await readdir(dataDir), ['member']);
  assert.deepEqual(await readdir(dirname(walDir)), ['wal']);
  assert.equal(await readFile(join(walDir, '0.wal'), 'utf8'), 'log');
  for (const path of [dataDir, walDir]) assert.equal(await permissionsOf(path), 0o700);
  await mkdir(join(root, 'usual'));
  const usual = await permissionsOf(join(root, 'usual'));
  for (const path of ['a', 'a/b', 'c', 'c/d']) assert.equal(await permissionsOf(join(root, path)), usual);
});

test('of a program that was ended nothing is left, not even the log that it had begun', async () => {
  const ended = async (stage: Stage): Promise<void> => {
    await make(stage);
    await mkdir(`${stage.walDir ?? ''}.tmp`);
    throw new Error('ended');
  };
  await assert.rejects(staged(placed(), ended), /ended/);
  assert.deepEqual(await readdir(root), []);
});

test('a log does not stay where its member does not come into place', async () => {
  const withoutMember = async (stage: Stage): Promise<void> => {
    await make(stage);
    await rm(join(stage.dataDir, 'member'), { recursive: true });
  };
  await assert.rejects(staged(placed(), withoutMember), { code: 'ENOENT', syscall: 'rename' });
  assert.deepEqual(await readdir(root), []);
});

test('directories that were there stay, and so does what came there meanwhile', async () => {
  const { dataDir, walDir } = placed();
  await mkdir(dataDir, { recursive: true });
  const meanwhile = async (stage: Stage): Promise<void> => {
    await make(stage);
    await mkdir(walDir);
    await writeFile(join(walDir, 'other'), '');
  };
  await assert.rejects(staged({ dataDir, walDir }, meanwhile), isError('exists', /c\/d\/wal/));
  assert.deepEqual(await readdir(dataDir), []);
  assert.deepEqual(await readdir(walDir), ['other']);
});

test('a log is where etcd has it anyway, or outside of the data directory', async () => {
  const { dataDir, walDir } = placed();
  assert.deepEqual(await freePlaces({ dataDir, walDir }), { dataDir, walDir });
  assert.deepEqual(await freePlaces({ dataDir, walDir: `${dataDir}/member/wal/` }), { dataDir });
  for (const wrong of [join(dataDir, 'wal'), join(dataDir, 'member'), dataDir, join(root, 'a')]) {
    await assert.rejects(freePlaces({ dataDir, walDir: wrong }), isError('wal-dir'));
  }
  await mkdir(dataDir, { recursive: true });
  await symlink(join(root, 'a'), join(root, 'link'));
  const linked = join(root, 'link/b/data');
  assert.deepEqual(await freePlaces({ dataDir, walDir: join(linked, 'member/wal') }), { dataDir });
  await assert.rejects(freePlaces({ dataDir, walDir: join(linked, 'wal') }), isError('wal-dir'));
});

test('what a restore left that was ended at once is named, and nothing else is taken for it', async () => {
  const { dataDir, walDir } = placed();
  const left = '.restore-0123456789ab';
  await mkdir(join(dataDir, left), { recursive: true });
  await mkdir(`${walDir}${left}`, { recursive: true });
  const named = /data\/\.restore-0123456789ab, .*\/wal\.restore-0123456789ab/;
  await assert.rejects(freePlaces({ dataDir, walDir }), isError('unfinished', named));
  await writeFile(join(dataDir, 'other'), '');
  await assert.rejects(freePlaces({ dataDir, walDir }), isError('exists'));
});
