import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { link, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ran, runHere } from '#cli/testing.ts';
import { unquoteName } from '#repository/format/go-quote.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Restic, resticVersions, stockRestic } from '#testbed/restic.ts';
import { quicken } from './quick-repository.ts';
import { writeSampleTree } from './sample-tree.ts';

let directory: string;
let source: string;
/** The same repository for each version of restic. */
let restics: readonly Restic[];
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-queries-'));
  source = join(directory, 'source');
  await writeSampleTree(source);
  await mkdir(join(source, 'gone/below'), { recursive: true });
  await writeFile(join(source, 'gone/below/file'), randomBytes(50_000));
  await mkdir(join(source, 'becomes a file'));
  await writeFile(join(source, 'becomes a file/inside'), 'x');
  await writeFile(join(source, 'same content'), randomBytes(20_000));
  await writeFile(join(source, 'only touched'), 'touched');
  await link(join(source, 'large'), join(source, 'another name'));
  await writeFile(join(directory, 'password'), 'secret');
  const repository = join(directory, 'repository');
  restics = await Promise.all(
    resticVersions.map(version => stockRestic({ repository, password: 'secret', version })),
  );
  const [restic] = restics;
  await restic?.run(['init']);
  await quicken(new FilesystemStore(repository), 'secret');
  await restic?.run(['backup', '.', '--host', 'one'], { cwd: source });
  await changeTree();
  await restic?.run(['backup', '.', '--host', 'two', '--tag', 'later', '--force'], { cwd: source });
  await restic?.run(['backup', 'deep', '--host', 'two', '--compression', 'off'], { cwd: source });
});
after(async () => {
  for (const restic of restics) await restic[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function changeTree(): Promise<void> {
  await rm(join(source, 'gone'), { recursive: true });
  await rm(join(source, 'becomes a file'), { recursive: true });
  await writeFile(join(source, 'becomes a file'), 'now a file');
  await rename(join(source, 'same content'), join(source, 'other name'));
  await mkdir(join(source, 'new/er'), { recursive: true });
  await writeFile(join(source, 'new/er/file'), randomBytes(30_000));
  await symlink('er', join(source, 'new/link'));
  await writeFile(join(source, 'deep/er/and/changed'), 'new');
  await writeFile(join(source, 'large'), randomBytes(7_000_000));
  await utimes(join(source, 'only touched'), 1_000_000_000, 1_000_000_000);
}

async function hozon(...words: readonly string[]): Promise<Ran> {
  const access = ['--repo', `file://${directory}/repository`, '--password-file', join(directory, 'password')];
  return runHere(['repo', ...words, ...access]);
}

async function hozonLines(...words: readonly string[]): Promise<Record<string, unknown>[]> {
  const ran = await hozon(...words, '-o', 'json');
  assert.equal(ran.code, 0, ran.err);
  return linesOf(ran.out);
}

function linesOf(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as Record<string, unknown>);
}

/** Ours keep names that are no UTF-8; restic's JSON does not. */
function unescaped(line: Record<string, unknown>): Record<string, unknown> {
  const { path } = line;
  return typeof path === 'string' ? { ...line, path: unquoteName(path)?.toString() } : line;
}

async function ids(): Promise<string[]> {
  const listed = JSON.parse((await hozon('snapshots', '-o', 'json')).out) as { items: { id: string }[] };
  return listed.items.map(({ id }) => id);
}

test('two snapshots differ in what restic says they differ in', async () => {
  const [first = '', second = '', third = ''] = await ids();
  const pairs = [
    [first, second],
    [second, first],
    [first, third],
    [second, second],
    [second, third],
  ] as const;
  for (const restic of restics) {
    for (const pair of pairs) {
      for (const flags of [[], ['--metadata']]) {
        const theirs = linesOf(await restic.run(['diff', '--json', ...flags, ...pair]));
        const ours = (await hozonLines('diff', ...flags, ...pair)).map(unescaped);
        assert.deepEqual(ours, theirs, pair.join(' '));
      }
    }
  }
  const totals = (await hozonLines('diff', first, second)).at(-1);
  assert.deepEqual(totals?.['changed_files'], 2);
});

test('directories of snapshots are compared', async () => {
  const [first = '', second = ''] = await ids();
  const [, newer] = restics;
  const pair = [`${first}:/deep/er`, `${second}:deep`];
  const theirs = linesOf((await newer?.run(['diff', '--json', ...pair])) ?? '');
  assert.deepEqual((await hozonLines('diff', ...pair)).map(unescaped), theirs);
  const missing = await hozon('diff', `${first}:/none`, second);
  assert.match(missing.err, /repository\.path-not-found/);
  const file = await hozon('diff', `${first}:/large`, second);
  assert.match(file.err, /repository\.not-a-directory/);
});

test('differences are shown to people', async () => {
  const [first = '', second = ''] = await ids();
  const { out } = await hozon('diff', first, second);
  assert.match(out, /^- {4}\/gone\/below\/file$/m);
  assert.match(out, /^T {4}\/becomes a file$/m);
  assert.match(out, /^M {4}\/large$/m);
  assert.match(out, /^Files: 3 new, 2 removed, 2 changed$/m);
  assert.match(
    (await hozon('diff', first, second, '--lang', 'ja')).out,
    /^ファイル: 追加 3、削除 2、変更 2$/m,
  );
});

interface Matches {
  readonly snapshot: string;
  readonly matches: readonly Record<string, unknown>[];
}

/** Restic's matches, in our form. */
function flattened(text: string): Record<string, unknown>[] {
  return (JSON.parse(text) as Matches[]).flatMap(({ snapshot, matches }) =>
    matches.map(match => ({ snapshot, ...match })),
  );
}

function withKeysOf(line: Record<string, unknown>, other: object = {}): Record<string, unknown> {
  return Object.fromEntries(Object.keys(other).map(key => [key, line[key]]));
}

test('paths are found as restic finds them', async () => {
  const [first = ''] = await ids();
  const searches = [
    ['deep'],
    ['random'],
    ['*er'],
    ['l*', 'em[opqr]ty'],
    ['/deep/er'],
    ['/deep/**/changed'],
    ['er/and'],
    ['-i', 'LARGE'],
    ['nothing at all'],
    ['-s', first, 'large'],
    ['--host', 'two', 'large'],
    ['--tag', 'later', 'new'],
    ['日本語*'],
  ];
  for (const restic of restics) {
    for (const search of searches) {
      const theirs = flattened(await restic.run(['find', '--json', ...search]));
      const ours = (await hozonLines('find', ...search)).map(unescaped);
      // 0.14 takes the snapshots in no order.
      const order = [...new Set(ours.map(({ snapshot }) => snapshot))];
      theirs.sort((a, b) => order.indexOf(a['snapshot']) - order.indexOf(b['snapshot']));
      const known = (line: Record<string, unknown>) => [line['snapshot'], line['path'], line['permissions']];
      assert.deepEqual(ours.map(known), theirs.map(known), search.join(' '));
      assert.deepEqual(
        ours.map((line, at) => withKeysOf(line, theirs[at])),
        theirs,
      );
    }
  }
});

test('paths are found by when they were changed', async () => {
  const touched = await hozonLines('find', '*', '--older', '2001-09-10');
  assert.deepEqual([...new Set(touched.map(({ path }) => path))], ['/empty', '/only touched']);
  const theirs = flattened(
    (await restics[0]?.run(['find', '--json', '*', '--newest', '2001-09-10'])) ?? '[]',
  );
  const known = (line: Record<string, unknown>): string => JSON.stringify([line['snapshot'], line['path']]);
  assert.deepEqual(theirs.map(known).sort(), touched.map(known).sort());
  assert.deepEqual(await hozonLines('find', '*', '--newer', '2999-01-01T00:00:00Z'), []);
  assert.equal((await hozon('find', '*', '--newer', 'yesterday')).code, 2);
});

test('a name that is no UTF-8 is found and listed by its escaped form', async () => {
  const found = await hozonLines('find', 'not UTF-8 \\xff\\xfe');
  assert.deepEqual([...new Set(found.map(({ path }) => path))], ['/not UTF-8 \\xff\\xfe']);
  const listed = await hozon('ls', 'latest', '--no-recursive');
  assert.equal(listed.code, 0, listed.err);
  const [, second = ''] = await ids();
  const dumped = await hozon('dump', second, '/not UTF-8 \\xff\\xfe');
  assert.equal(dumped.out, 'bytes');
  assert.equal((await hozon('dump', `${second}:/deep/er`, 'and/changed')).out, 'new');
});

test('blobs, trees and packs lead to the paths that need them', async () => {
  const [restic] = restics;
  const [first = '', second = ''] = await ids();
  const nodes = await hozonLines('ls', second);
  const large = nodes.find(({ path }) => path === '/large') as { content: string[] };
  const [blob = ''] = large.content;
  const theirs = JSON.parse((await restic?.run(['find', '--json', '--blob', blob])) ?? '[]') as object[];
  assert.deepEqual(await hozonLines('find', '--blob', blob), theirs);
  const { subtree = '' } = nodes.find(({ path }) => path === '/deep/er') as { subtree?: string };
  const trees = await hozonLines('find', '--tree', subtree.slice(0, 16));
  assert.deepEqual(
    trees.map(({ snapshot, path, id }) => [snapshot, path, id]),
    [(await ids())[2], second].map(id => [id, '/deep/er', subtree]),
  );
  const { tree } = JSON.parse((await hozon('cat', 'snapshot', first)).out) as { tree: string };
  assert.deepEqual(
    (await hozonLines('find', '--tree', tree)).map(({ path }) => path),
    ['/'],
  );
  const index = (await restic?.run(['list', 'index']))?.trim().split('\n') ?? [];
  const packs = await Promise.all(
    index.map(async id => JSON.parse((await restic?.run(['cat', 'index', id])) ?? '') as IndexFile),
  );
  const pack = packs.flatMap(each => each.packs).find(({ blobs }) => blobs.some(({ id }) => id === blob));
  assert.ok((await hozonLines('find', '--pack', pack?.id ?? '')).some(({ id }) => id === blob));
  assert.match((await hozon('find', '--pack', 'ffffffffffff')).err, /repository\.pack-not-found/);
  assert.equal((await hozon('find', '--pack', '--blob', 'f')).code, 2);
});

interface IndexFile {
  readonly packs: readonly { readonly id: string; readonly blobs: readonly { readonly id: string }[] }[];
}

test('what snapshots hold is counted as restic counts it', async () => {
  const [first = '', second = ''] = await ids();
  const choices = [[], ['latest'], [first], [first, second], ['--host', 'two'], ['--tag', 'later']];
  for (const restic of restics) {
    for (const mode of ['restore-size', 'files-by-contents', 'blobs-per-file', 'raw-data']) {
      for (const choice of choices) {
        const theirs = JSON.parse(await restic.run(['stats', '--json', '--mode', mode, ...choice])) as object;
        const ours = JSON.parse(
          (await hozon('stats', '--mode', mode, ...choice, '-o', 'json')).out,
        ) as object;
        // 0.14 tells nothing of compression.
        assert.deepEqual(common(ours, theirs), meant(theirs), `${mode} ${choice.join(' ')}`);
      }
    }
  }
  const newest = JSON.parse(
    (await restics.at(-1)?.run(['stats', '--json', '--mode', 'raw-data'])) ?? '',
  ) as object;
  assert.deepEqual(JSON.parse((await hozon('stats', '--mode', 'raw-data', '-o', 'json')).out), newest);
  assert.match((await hozon('stats', '--mode', 'raw-data')).out, /Compression ratio: +\d\.\d\d/);
});

function common(ours: object, theirs: object): object {
  return Object.fromEntries(Object.entries(meant(ours)).filter(([key]) => Object.hasOwn(theirs, key)));
}

function meant(numbers: object): object {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0));
}

test('a snapshot is listed with modes, owners, sizes and times', async () => {
  const theirs = (await restics[1]?.run(['ls', '--long', 'latest']))?.trim().split('\n') ?? [];
  const ours = (await hozon('ls', 'latest', '--long')).out.trim().split('\n');
  assert.deepEqual(
    ours,
    theirs.filter(line => / \//.test(line)),
  );
});
