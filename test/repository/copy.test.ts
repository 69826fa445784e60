import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ran, runHere } from '#cli/testing.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Restic, type ResticVersion, resticVersions, stockRestic } from '#testbed/restic.ts';
import { quicken } from './quick-repository.ts';
import { writeSampleTree } from './sample-tree.ts';

let directory: string;
let source: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-copy-'));
  source = join(directory, 'source');
  await writeSampleTree(source);
  for (const name of ['from', 'to']) await writeFile(join(directory, name), `password of ${name}`);
});
after(() => rm(directory, { recursive: true }));

/** A repository with two snapshots, and restic on it. */
async function newSource(
  name: string,
  version: ResticVersion,
  init: readonly string[] = [],
): Promise<Restic> {
  const restic = await stockRestic({
    repository: join(directory, name),
    password: 'password of from',
    version,
  });
  await restic.run(['init', ...init]);
  await quicken(new FilesystemStore(join(directory, name)), 'password of from');
  await restic.run(['backup', '.', '--host', 'one', '--tag', 'a,b', '--exclude', 'no such file'], {
    cwd: source,
  });
  await writeFile(join(source, 'changing'), randomBytes(1_000_000));
  await restic.run(['backup', '.', '--host', 'two'], { cwd: source });
  return restic;
}

function accessOf(from: string, to: string): string[] {
  const password = (name: string): string => join(directory, name);
  return [
    '--repo',
    `file://${directory}/${to}`,
    '--password-file',
    password('to'),
    '--from-repo',
    `file://${directory}/${from}`,
    '--from-password-file',
    password('from'),
  ];
}

async function succeeded(ran: Promise<Ran>): Promise<Ran> {
  const done = await ran;
  assert.equal(done.code, 0, done.err);
  return done;
}

/** Makes the target with the source's polynomial; restic on it. */
async function newTarget(from: string, to: string, version: ResticVersion): Promise<Restic> {
  await succeeded(runHere(['repo', 'init', '--copy-chunker-params', ...accessOf(from, to)]));
  await quicken(new FilesystemStore(join(directory, to)), 'password of to');
  return stockRestic({ repository: join(directory, to), password: 'password of to', version });
}

interface Listed {
  readonly items: readonly { readonly status: string; readonly source: string; readonly id: string }[];
}

async function copied(from: string, to: string, ...more: string[]): Promise<Listed['items']> {
  const { out } = await succeeded(runHere(['repo', 'copy', ...more, ...accessOf(from, to), '-o', 'json']));
  return (JSON.parse(out) as Listed).items;
}

interface Snapshot extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly original?: string;
}

async function snapshotsOf(restic: Restic): Promise<Snapshot[]> {
  return JSON.parse(await restic.run(['snapshots', '--json'])) as Snapshot[];
}

/** What is the same in a snapshot and its copy. */
function lasting(snapshot: Snapshot): object {
  const { id: _id, short_id: _short, parent: _parent, original: _original, ...rest } = snapshot;
  return rest;
}

async function sizeOf(name: string): Promise<number> {
  const files = await readdir(join(directory, name, 'data'), { recursive: true, withFileTypes: true });
  const sizes = files.filter(each => each.isFile()).map(each => stat(join(each.parentPath, each.name)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}

for (const version of resticVersions) {
  test(`a copy is whole for restic (${version}), and neither copies it again`, async () => {
    const [from, to] = [`from-${version}`, `to-${version}`];
    await using theirs = await newSource(from, version);
    await using target = await newTarget(from, to, version);
    const first = await copied(from, to);
    assert.deepEqual(
      first.map(({ status }) => status),
      ['copied', 'copied'],
    );
    await target.run(['check', '--read-data']);
    const [sources, copies] = [await snapshotsOf(theirs), await snapshotsOf(target)];
    assert.deepEqual(copies.map(lasting), sources.map(lasting));
    assert.deepEqual(
      copies.map(({ original }) => original),
      sources.map(({ id }) => id),
    );
    const restored = join(directory, `restored-${version}`);
    await target.run(['restore', 'latest', '--target', restored]);
    assert.ok((await readFile(join(restored, 'large'))).equals(await readFile(join(source, 'large'))));

    const before = await sizeOf(to);
    const again = await copied(from, to);
    assert.deepEqual(
      again.map(({ status, id }) => [status, id]),
      first.map(({ id }) => ['present', id]),
    );
    await writeFile(join(directory, 'list'), 'password of from');
    const env = { RESTIC_FROM_PASSWORD_FILE: join(directory, 'from') };
    await target.run(['copy', '--from-repo', join(directory, from)], { env });
    assert.equal((await snapshotsOf(target)).length, 2);
    assert.equal(await sizeOf(to), before);
    // Chunks are cut in the same places: the same files add nothing but metadata.
    await target.run(['backup', '.'], { cwd: source });
    assert.ok((await sizeOf(to)) - before < 20_000);
  });

  test(`what restic (${version}) copied is not copied again`, async () => {
    const [from, to] = [`theirs-${version}`, `their-copy-${version}`];
    await using _theirs = await newSource(from, version);
    await using target = await newTarget(from, to, version);
    const env = { RESTIC_FROM_PASSWORD_FILE: join(directory, 'from') };
    await target.run(['copy', '--from-repo', join(directory, from)], { env });
    const before = await sizeOf(to);
    const items = await copied(from, to);
    assert.deepEqual(
      items.map(({ status }) => status),
      ['present', 'present'],
    );
    assert.equal(await sizeOf(to), before);
    // A copy of the copy leads back to the first snapshot.
    await rm(join(directory, 'to-and-fro'), { recursive: true, force: true });
    await cp(join(directory, from), join(directory, 'to-and-fro'), { recursive: true });
    const own = ['--repo', join(directory, 'to-and-fro'), '--password-file', join(directory, 'from')];
    const other = ['--from-repo', join(directory, to), '--from-password-file', join(directory, 'to')];
    const back = await runHere(['repo', 'copy', ...own, ...other, '-o', 'json']);
    assert.equal(back.code, 0, back.err);
    assert.ok((JSON.parse(back.out) as Listed).items.every(({ status }) => status === 'present'));
  });
}

test('snapshots are chosen by id, host, tag and path', async () => {
  await using theirs = await newSource('chosen', 'new');
  await using target = await newTarget('chosen', 'chosen-copy', 'new');
  const [first, second] = await snapshotsOf(theirs);
  const sourcesOf = (items: Listed['items']) => items.map(each => [each.status, each.source]);
  assert.deepEqual(sourcesOf(await copied('chosen', 'chosen-copy', '--host', 'two')), [
    ['copied', second?.id],
  ]);
  assert.deepEqual(sourcesOf(await copied('chosen', 'chosen-copy', '--tag', 'b', first?.id ?? '')), [
    ['copied', first?.id],
  ]);
  assert.deepEqual(await copied('chosen', 'chosen-copy', '--path', '/none'), []);
  assert.deepEqual(sourcesOf(await copied('chosen', 'chosen-copy', 'latest')), [['present', second?.id]]);
  await target.run(['check', '--read-data']);
});

test('version 1 is copied into version 2, compressed', async () => {
  await using theirs = await newSource('version-1', 'new', ['--repository-version', '1']);
  await using target = await newTarget('version-1', 'version-2', 'new');
  assert.equal((await copied('version-1', 'version-2')).length, 2);
  await target.run(['check', '--read-data']);
  const stats = async (restic: Restic): Promise<{ total_size: number; compression_progress?: number }> =>
    JSON.parse(await restic.run(['stats', '--json', '--mode', 'raw-data'])) as { total_size: number };
  assert.ok((await stats(target)).total_size < (await stats(theirs)).total_size);
  const into1 = await runHere(['repo', 'copy', ...accessOf('version-1', 'version-1')]);
  assert.notEqual(into1.code, 0);
});

test('a damaged blob fails the copy by name, and a copy that was broken off goes on', async () => {
  await using theirs = await newSource('damaged', 'new');
  await using target = await newTarget('damaged', 'damaged-copy', 'new');
  const files = await readdir(join(directory, 'damaged/data'), { recursive: true, withFileTypes: true });
  const packs = await Promise.all(
    files
      .filter(each => each.isFile())
      .map(async each => {
        const path = join(each.parentPath, each.name);
        return { path, bytes: await readFile(path) };
      }),
  );
  const [largest] = packs.sort((a, b) => b.bytes.length - a.bytes.length);
  assert.ok(largest !== undefined);
  const damaged = Buffer.from(largest.bytes);
  damaged[1000] = (damaged[1000] ?? 0) ^ 1;
  await rm(largest.path);
  await writeFile(largest.path, damaged);
  const failed = await runHere(['repo', 'copy', ...accessOf('damaged', 'damaged-copy')]);
  assert.equal(failed.code, 1);
  assert.match(failed.err, /repository\.damaged/);
  assert.deepEqual(await snapshotsOf(target), []);
  await target.run(['check', '--read-data']);
  await writeFile(largest.path, largest.bytes);
  assert.equal((await copied('damaged', 'damaged-copy')).length, 2);
  await target.run(['check', '--read-data']);
  assert.equal((await snapshotsOf(theirs)).length, 2);
});

test('without a second repository, or with other chunks, a person is told', async () => {
  await using _theirs = await newSource('told', 'new');
  const access = accessOf('told', 'told-copy');
  const missing = await runHere(['repo', 'copy', ...access.slice(0, 4)]);
  assert.match(missing.err, /--from-repo/);
  await succeeded(runHere(['repo', 'init', ...access.slice(0, 4)]));
  const other = await succeeded(runHere(['repo', 'copy', ...access]));
  assert.match(other.err, /copy-chunker-params/);
  const env = {
    RESTIC_REPOSITORY: join(directory, 'told-copy'),
    RESTIC_PASSWORD_FILE: join(directory, 'to'),
    RESTIC_FROM_REPOSITORY: join(directory, 'told'),
    RESTIC_FROM_PASSWORD_FILE: join(directory, 'from'),
  };
  const byVariables = await succeeded(runHere(['repo', 'copy', '-o', 'json'], { env }));
  assert.deepEqual(
    (JSON.parse(byVariables.out) as Listed).items.map(({ status }) => status),
    ['present', 'present'],
  );
  assert.match(other.out, /copied/);
});

test('snapshots are rewritten as restic rewrites them', async () => {
  await using ours = await newSource('rewritten', 'new');
  await cp(join(directory, 'rewritten'), join(directory, 'rewritten-by-restic'), { recursive: true });
  const repository = join(directory, 'rewritten-by-restic');
  await using theirs = await stockRestic({ repository, password: 'password of from', version: 'new' });
  const access = ['--repo', join(directory, 'rewritten'), '--password-file', join(directory, 'from')];
  const rewrites = [
    ['--exclude', 'random', '--iexclude', '/LARGE', '--dry-run'],
    ['--exclude', 'random', '--iexclude', '/LARGE'],
    ['--new-host', 'elsewhere', '--new-time', '2020-02-03 04:05:06', '--tag', 'rewrite'],
    ['--exclude', '/deep/er', '--forget', '--host', 'two'],
    ['--snapshot-summary', '--exclude', 'nothing like that', '--host', 'one'],
  ];
  for (const rewrite of rewrites) {
    await succeeded(runHere(['repo', 'rewrite', ...rewrite, ...access]));
    await theirs.run(['rewrite', ...rewrite]);
    const known = async (restic: Restic): Promise<object[]> => {
      const all = await snapshotsOf(restic);
      const sums = new Map(all.map(each => [each.id, JSON.stringify(lasting(each))]));
      return all
        .map(each => ({ ...lasting(each), of: sums.get(each.original ?? '') ?? each.original?.length }))
        .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    };
    assert.deepEqual(await known(ours), await known(theirs), rewrite.join(' '));
  }
  await ours.run(['check', '--read-data']);
  const nothing = await runHere(['repo', 'rewrite', ...access]);
  assert.equal(nothing.code, 2);
});
