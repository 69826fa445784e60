import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { type JsonObject, parseJson, writeJson } from '#repository/format/go-json.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { findSnapshot } from '#repository/restic/access/snapshots.ts';
import { nodeHead, nodeName } from '#repository/restic/backup/node-text.ts';
import { walkSnapshot } from '#repository/restic/reading/browse.ts';
import { bytePath } from '#repository/trees/byte-path.ts';
import { directorySource } from '#repository/trees/directory-source.ts';
import type { Entry } from '#repository/trees/entry.ts';
import type { Excludes } from '#repository/trees/excludes/exclusion.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { runOk } from '#testbed/processes.ts';
import { type Restic, resticVersions, stockRestic } from '#testbed/restic.ts';
import { writeEveryEntry } from './every-entry.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';

/** What restic is asked, and the same of our source. */
interface Question {
  readonly targets: readonly string[];
  readonly excludes?: Excludes;
  /** Options of restic that mean these excludes. */
  readonly options?: readonly string[];
}

let directory: string;
let sources: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-sources-'));
  sources = join(directory, 'sources');
  await mkdir(sources);
  for (const version of resticVersions) await writeEveryEntry(join(sources, version), version);
  await writeNested(join(sources, 'nested'));
  await makeQuickRepository(new FilesystemStore(join(directory, 'repository')));
});
after(() => rm(directory, { recursive: true }));

/** Directories two to four deep whose names recur, with marks, sizes and links here and there. */
async function writeNested(root: string): Promise<void> {
  for (const path of ['a/b/c', 'a/b/a', 'b/a', 'c/a/b', 'cache/x', 'cache/y', 'A/É', 'foo.d/bar.d']) {
    await mkdir(join(root, path), { recursive: true });
    for (const name of ['a', 'b', 'foo', 'x.TXT', 'x.txt', '[x]', 'é']) {
      await writeFile(join(root, path, `${name} of ${path.replaceAll('/', ' ')}`), path);
      await appendFile(join(root, path, 'foo.txt'), path);
    }
  }
  await writeFile(join(root, 'cache/CACHEDIR.TAG'), 'Signature: 8a477f597d28d172789f06886806bc55\n# a cache');
  await writeFile(join(root, 'a/CACHEDIR.TAG'), 'Signature: none');
  await writeFile(join(root, 'c/.nobackup'), 'here');
  await truncate(join(root, 'b/a/foo.txt'), 5000);
  await symlink('b', join(root, 'a/link'));
}

for (const version of resticVersions) {
  test(`every entry is told as restic ${version} stores it`, async () => {
    await using restic = await openStock(version);
    await compare(restic, { targets: ['.'] }, version);
    await compare(restic, { targets: [join(sources, version)] });
  });

  test(`targets are laid out as restic ${version} lays them out`, async () => {
    await using restic = await openStock(version);
    const absolute = join(sources, 'nested');
    for (const targets of [
      ['a'],
      ['a/b'],
      ['../nested/a/b', 'a'],
      ['a/b', 'a/b/c', '.'],
      ['./a/../b/', 'b'],
      ['a/b/c/foo.txt'],
      ['a/link', 'a/link/c'],
      [absolute],
      [`${absolute}/a/b`, 'a', '../nested/a/b/a'],
      [`${absolute}/a/b/c`, `${absolute}/a`, `${absolute}//c/`],
      ['a', `${sources}/nested/a`, '../nested/b'],
      [`${absolute}/a`, 'nothing there'],
    ]) {
      await compare(restic, { targets }, 'nested');
    }
    await compare(restic, { targets: ['..', '../c'] }, 'nested/a');
  });

  test(`random targets are laid out as restic ${version} lays them out`, async () => {
    await using restic = await openStock(version);
    const absolute = join(sources, 'nested');
    const relative = ['.', '..', 'b', 'b/c', 'link', 'link/c', '../a', '../b', '../c/a', '../../nested/a/b'];
    const below = ['', '/', '/a', '/a/b/', '/a/b/c/foo.txt', '/c'].map(path => absolute + path);
    const target = fc.constantFrom(...relative, ...below);
    await fc.assert(
      fc.asyncProperty(fc.array(target, { minLength: 2, maxLength: 5 }), targets =>
        compare(restic, { targets }, 'nested/a'),
      ),
      { numRuns: 8 },
    );
  });

  test(`excludes leave out what restic ${version} leaves out`, async () => {
    await using restic = await openStock(version);
    const root = join(sources, 'nested');
    const lists = [
      ['*.txt'],
      ['a'],
      ['/a'],
      ['a/b'],
      ['**/a/**/foo*'],
      [`${root}/a`],
      [`${root}/**/a`],
      [`${root}/*/a/`, '!a of *'],
      ['*', '!a', '!foo.txt', '!c'],
      ['foo*', '!foo.txt'],
      ['\\[x\\]*', '[^a-z]', '?', 'x.[a-z]xt'],
      ['!a', 'b'],
      [`${root}/a/b/**`],
      ['nested/**/b'],
      ['./a/b', '', 'c//a'],
      ['/'],
    ];
    for (const patterns of lists) await comparePatterns(restic, patterns);
    await comparePatterns(restic, ['A', '*.TXT', 'É'], true);
    await comparePatterns(restic, ['*.txt', '!FOO.txt'], true);
    await compare(
      restic,
      { targets: ['.'], options: ['--exclude-caches'], excludes: { caches: true } },
      'nested',
    );
    await compareMarks(restic, ['.nobackup']);
    await compareMarks(restic, ['foo.txt:a/b/c', 'CACHEDIR.TAG:Signature: none']);
    await compareMarks(restic, ['foo.txt:']);
    await compare(
      restic,
      { targets: [root], options: ['--exclude-larger-than', '1k'], excludes: { largerThan: 1024 } },
      'nested',
    );
  });

  test(`other file systems are left out as restic ${version} leaves them out`, async () => {
    await using restic = await openStock(version);
    await mounted(async root => {
      const asked = { options: ['--one-file-system'], excludes: { oneFileSystem: true } };
      await compare(restic, { targets: ['.'] }, 'mounts');
      for (const targets of [
        ['.'],
        ['a'],
        ['a/other'],
        ['a', 'a/other/in it'],
        [root, `${root}/a/other/in it/c`],
      ]) {
        await compare(restic, { targets, ...asked }, 'mounts');
      }
    });
  });

  test(`random patterns mean what they mean to restic ${version}`, async () => {
    await using restic = await openStock(version);
    await fc.assert(
      fc.asyncProperty(
        fc.array(pattern, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (patterns, ignoreCase) => comparePatterns(restic, patterns, ignoreCase),
      ),
      { numRuns: 8 },
    );
  });
}

/** A directory `mounts` with another file system at `a/other`, for as long as it is asked about. */
async function mounted(ask: (root: string) => Promise<void>): Promise<void> {
  const root = join(sources, 'mounts');
  const place = join(root, 'a/other');
  await mkdir(place, { recursive: true });
  await runOk(['mount', '-t', 'tmpfs', 'none', place]);
  try {
    await mkdir(join(place, 'in it/c'), { recursive: true });
    for (const path of ['a/file', 'a/other/file', 'a/other/in it/file', 'a/other/in it/c/file']) {
      await writeFile(join(root, path), path);
    }
    await ask(root);
  } finally {
    await runOk(['umount', place]);
  }
}

const part = fc.constantFrom(
  'a',
  'b',
  'c',
  '*',
  '**',
  '?',
  'foo*',
  '*.txt',
  '[a-c]',
  'A',
  'é*',
  'nested',
  '*of*',
);
const pattern = fc
  .tuple(
    fc.constantFrom('', '', '', '!'),
    fc.constantFrom('', '/**/nested/'),
    fc.array(part, { minLength: 1, maxLength: 3 }),
  )
  .map(([negated, anchor, parts]) => `${negated}${anchor}${parts.join('/')}`);

async function comparePatterns(
  restic: Restic,
  patterns: readonly string[],
  ignoreCase = false,
): Promise<void> {
  const flag = ignoreCase ? '--iexclude' : '--exclude';
  const given = patterns.map(text => Buffer.from(text));
  await compare(
    restic,
    {
      targets: ['.'],
      options: patterns.map(text => `${flag}=${text}`),
      excludes: ignoreCase ? { patternsIgnoringCase: given } : { patterns: given },
    },
    'nested',
  );
}

async function compareMarks(restic: Restic, marks: readonly string[]): Promise<void> {
  const options = marks.map(mark => `--exclude-if-present=${mark}`);
  const excludes = { ifPresent: marks.map(mark => Buffer.from(mark)) };
  await compare(restic, { targets: ['.'], options, excludes }, 'nested');
}

function openStock(version: (typeof resticVersions)[number]): Promise<Restic> {
  return stockRestic({ repository: join(directory, 'repository'), password: quickPassword, version });
}

/** Both tell the same entries in the same order, with the same metadata. */
async function compare(restic: Restic, question: Question, within = '.'): Promise<void> {
  const { targets, options = [], excludes } = question;
  const cwd = join(sources, within);
  const source = directorySource(
    targets.map(target => Buffer.from(target)),
    { base: Buffer.from(cwd), excludes },
  );
  const ours = (await Array.fromAsync(source.events({}))).flat();
  const entries = ours.flatMap(event => (event.kind === 'entry' ? [event.entry] : []));
  const { exitCode, stdout, stderr } = await restic.end(
    ['backup', '--json', '--force', ...options, '--', ...targets],
    { cwd, env: { PWD: cwd } },
  );
  const empty = /snapshot is empty/.test(stderr);
  assert.ok(exitCode === 0 || empty, stderr);
  const theirs = empty ? { roots: undefined, entries: [] } : await stored(stdout);
  assert.deepEqual(entries.map(described), theirs.entries, JSON.stringify(question));
  if (!empty) assert.deepEqual(source.roots.map(String), theirs.roots);
}

async function stored(
  output: string,
): Promise<{ readonly roots: readonly string[]; readonly entries: readonly string[] }> {
  const [, id = ''] = output.match(/"snapshot_id":"([0-9a-f]+)"/) ?? [];
  const store = new FilesystemStore(join(directory, 'repository'));
  const repository = await loadIndex(await openRestic(store, { password: Buffer.from(quickPassword) }));
  const snapshot = await findSnapshot(repository, id);
  const entries = await Array.fromAsync(walkSnapshot(repository, snapshot));
  return {
    roots: snapshot.document.paths ?? [],
    entries: entries.map(({ path, node }) => facts(bytePath(path), node)),
  };
}

function described(entry: Entry): string {
  const path = `/${bytePath(entry.path)}`;
  const head = nodeHead(entry, nodeName(path.slice(path.lastIndexOf('/') + 1)), { withAtime: false });
  const node = parseJson(head + (entry.type === 'dir' ? '"}' : 'null}'));
  return facts(path, node as JsonObject);
}

/**
 * A path and all of its node but what is in it. The directory for temporary files is everybody's, so its times change.
 */
function facts(path: string, node: JsonObject): string {
  const left = new Set(['content', 'subtree']);
  if (directory.startsWith(`${path}/`)) for (const time of ['mtime', 'atime', 'ctime']) left.add(time);
  const told = Object.entries(node).filter(([key]) => !left.has(key));
  return `${path} ${writeJson(Object.fromEntries(told))}`;
}
