import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ran, runHere } from '#cli/testing.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';
import { quicken } from './quick-repository.ts';
import { writeSampleTree } from './sample-tree.ts';

let directory: string;
let restic: Restic;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restic-cli-'));
  await writeSampleTree(join(directory, 'source'));
  await writeFile(join(directory, 'password'), 'secret\n');
  restic = await stockRestic({ repository: join(directory, 'repository'), password: 'secret' });
  await restic.run(['init']);
  await quicken(new FilesystemStore(restic.repository), 'secret');
  await restic.run(['backup', '.', '--host', 'here', '--tag', 'nightly'], { cwd: join(directory, 'source') });
});
after(async () => {
  await restic[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function hozon(command: string, ...words: readonly string[]): Promise<Ran> {
  const access = ['--repo', `file://${directory}/repository`, '--password-file', join(directory, 'password')];
  return runHere(['repo', command, ...words, ...access]);
}

test('snapshots are listed and chosen', async () => {
  const listed = JSON.parse((await hozon('snapshots', '-o', 'json')).out) as { items: { id: string }[] };
  const theirs = JSON.parse(await restic.run(['snapshots', '--json'])) as { id: string }[];
  assert.deepEqual(
    listed.items.map(({ id }) => id),
    theirs.map(({ id }) => id),
  );
  assert.match(
    (await hozon('snapshots')).out,
    new RegExp(`${theirs[0]?.id.slice(0, 8)}.*here.*nightly.*source`),
  );
  assert.deepEqual(JSON.parse((await hozon('snapshots', '--tag', 'other', '-o', 'json')).out).items, []);
});

test('what a snapshot holds is listed as restic lists it', async () => {
  const theirs = (await restic.run(['ls', '--json', 'latest'])).trim().split('\n').slice(1);
  const ours = (await hozon('ls', 'latest')).out.trim().split('\n');
  assert.equal(ours.length, theirs.length);
  assert.ok(ours.includes('/not UTF-8 \\xff\\xfe'));
  const below = (await hozon('ls', 'latest', '/deep/er', '-o', 'json')).out.trim().split('\n');
  assert.deepEqual(
    below.map(each => JSON.parse(each).path),
    ['/deep/er/and', '/deep/er/and/deeper', '/deep/er/and/deeper/random'],
  );
});

test('a file and a range of it are dumped', async () => {
  const content = await readFile(join(directory, 'source/日本語\n'), 'utf8');
  assert.equal((await hozon('dump', 'latest', '日本語\n')).out, content);
  assert.equal(
    (await hozon('dump', 'latest', '/日本語\n', '--offset', '3', '--length', '3')).out,
    content.slice(1, 2),
  );
  const none = await hozon('dump', 'latest', '/none');
  assert.deepEqual([none.code, none.out], [10, '']);
  assert.match(none.err, /repository\.path-not-found/);
  assert.match((await hozon('dump', 'latest', '/deep')).err, /repository\.not-a-file/);
});

test('documents are shown', async () => {
  assert.deepEqual(
    JSON.parse((await hozon('cat', 'config')).out),
    JSON.parse(await restic.run(['cat', 'config'])),
  );
  const snapshot = JSON.parse((await hozon('cat', 'snapshot', 'latest')).out) as { tree: string };
  assert.equal(
    (await hozon('cat', 'tree', snapshot.tree)).out,
    await restic.run(['cat', 'blob', snapshot.tree]),
  );
  assert.equal((await hozon('cat', 'tree')).code, 2);
  assert.equal((await hozon('cat', 'tree', 'abc')).code, 2);
});

test('a wrong password and a missing flag are told apart', async () => {
  await writeFile(join(directory, 'other'), 'other');
  const repo = ['repo', 'snapshots', '--repo', `file://${directory}/repository`];
  const wrong = await runHere([...repo, '--password-file', join(directory, 'other')]);
  assert.deepEqual([wrong.code, /repository\.wrong-password/.test(wrong.err)], [12, true]);
  const missing = await runHere(repo);
  assert.deepEqual([missing.code, /cli\.missing-flag/.test(missing.err)], [2, true]);
  const unreadable = await runHere([...repo, '--password-file', join(directory, 'none')]);
  assert.deepEqual([unreadable.code, /repository\.password-file/.test(unreadable.err)], [2, true]);
});

test('a sound repository passes, a damaged one does not', async () => {
  const sound = await hozon('check', '--read-data');
  assert.deepEqual([sound.code, sound.err.includes('No damage was found.')], [0, true]);
  const data = join(directory, 'repository/data');
  const files = await readdir(data, { recursive: true, withFileTypes: true });
  const [pack] = files.filter(each => each.isFile());
  assert.ok(pack !== undefined);
  await rm(join(pack.parentPath, pack.name));
  const damaged = await hozon('check');
  assert.equal(damaged.code, 1);
  assert.match(damaged.out, new RegExp(`damaged file .*${pack.name}`));
  assert.match(damaged.out, /affected path .*:\//);
});

test('a repository that was made here is one for restic', async () => {
  const place = join(directory, 'made');
  const flags = ['--repo', `file://${place}`, '--password-file', join(directory, 'password')];
  const made = await runHere(['repo', 'init', ...flags, '-o', 'json']);
  assert.equal(made.code, 0, made.err);
  await using stock = await stockRestic({ repository: place, password: 'secret' });
  const { id } = JSON.parse(await stock.run(['cat', 'config'])) as { id: string };
  assert.equal((JSON.parse(made.out) as { id: string }).id, id);
  await stock.run(['backup', 'password'], { cwd: directory });
  await stock.run(['check', '--read-data']);
  assert.match((await runHere(['repo', 'init', ...flags])).err, /repository\.exists/);
});

test('a damaged snapshot is named, and the others are listed and restored', async () => {
  const place = join(directory, 'two');
  const flags = ['--repo', `file://${place}`, '--password-file', join(directory, 'password')];
  await using stock = await stockRestic({ repository: place, password: 'secret' });
  await stock.run(['init']);
  for (const _ of ['first', 'second']) await stock.run(['backup', 'password'], { cwd: directory });
  const [damaged = '', sound = ''] = await readdir(join(place, 'snapshots'));
  await chmod(join(place, 'snapshots', damaged), 0o600);
  await writeFile(join(place, 'snapshots', damaged), 'nonsense');
  const listed = await runHere(['repo', 'snapshots', ...flags]);
  assert.equal(listed.code, 3);
  assert.match(listed.out, new RegExp(`^${sound.slice(0, 8)} `, 'm'));
  assert.match(listed.err, new RegExp(`snapshots/${damaged}`));
  const dumped = await runHere(['repo', 'dump', sound, '/password', ...flags]);
  assert.deepEqual([dumped.code, dumped.out], [0, 'secret\n']);
});

test('a ~ that no shell has expanded is the home directory in flags, and never the name of a new directory', async () => {
  const env = { HOME: directory };
  const named = await runHere(['repo', 'snapshots', '--repo=~/repository', '--password-file=~/password'], {
    env,
  });
  assert.equal(named.code, 0, named.err);
  for (const repository of ['~/repository', 'local:~/new', '~somebody/new']) {
    const variables = { ...env, RESTIC_REPOSITORY: repository, RESTIC_PASSWORD: 'secret' };
    for (const command of ['snapshots', 'init']) {
      const { code, err } = await runHere(['repo', command], { env: variables });
      assert.equal(code, 2, err);
      assert.match(err, /cli\.unexpanded-home/);
      if (repository === '~/repository') assert.ok(err.includes(`${directory}/repository`), err);
    }
  }
  assert.ok(!(await readdir('.')).some(name => name.startsWith('~')));
});
