import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { runOk } from '#testbed/processes.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';
import { writeEveryEntry } from './every-entry.ts';
import { type Hozon, hozonOn } from './hozon.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';

/** `hozon repo snapshot` and `restic backup` do the same beside each other. */

let directory: string;
let source: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-snapshot-'));
  source = 'source';
  // Paths are relative: directories above them would be stored too, and are changed by whoever makes a file there.
  process.chdir(directory);
  await writeEveryEntry(source, 'new');
});
after(() => {
  process.chdir('/');
  return rm(directory, { recursive: true });
});

interface Both extends AsyncDisposable {
  readonly hozon: Hozon;
  readonly restic: Restic;
}

/** Each in a repository of its own, which cuts contents at the same places; or both in one. */
async function both(name: string, { shared = false } = {}): Promise<Both> {
  const [ours, theirs] = [join(directory, name), join(directory, shared ? name : `${name}-restic`)];
  await makeQuickRepository(new FilesystemStore(ours));
  if (!shared) await cp(ours, theirs, { recursive: true });
  const restic = await stockRestic({ repository: theirs, password: quickPassword, version: 'new' });
  return { hozon: hozonOn(ours), restic, [Symbol.asyncDispose]: () => restic[Symbol.asyncDispose]() };
}

interface Taken {
  readonly id: string;
  readonly tree: string;
  readonly parent?: string;
  readonly summary: Record<string, unknown>;
}

async function oursOf(hozon: Hozon, words: readonly string[]): Promise<Taken> {
  return JSON.parse(await hozon.run(['snapshot', ...words, '-o', 'json', '--progress', 'none'])) as Taken;
}

async function theirsOf(restic: Restic, words: readonly string[]): Promise<Taken> {
  const lines = (await restic.run(['backup', ...words, '--json'], { cwd: directory })).trim().split('\n');
  const { snapshot_id: id } = JSON.parse(lines.at(-1) ?? '') as { snapshot_id: string };
  return { id, ...(JSON.parse(await restic.run(['cat', 'snapshot', id])) as Omit<Taken, 'id'>) };
}

/** What both count; sizes of stored bytes depend on the compressor. */
function counts({ summary }: Taken): Record<string, unknown> {
  const { backup_start: _begun, backup_end: _ended, data_added_packed: _packed, ...rest } = summary;
  return rest;
}

/** Changes of every sort, one set a step; the last changes nothing. */
const steps: readonly (() => Promise<void>)[] = [
  async () => {},
  async () => {
    await appendFile(join(source, 'contents/many chunks'), 'more');
    await rename(join(source, 'contents/text'), join(source, 'contents/moved'));
    await chmod(join(source, 'contents/empty'), 0o600);
    await rm(join(source, 'links/elsewhere'), { recursive: true });
  },
  async () => {
    await mkdir(join(source, 'new/er'), { recursive: true });
    await writeFile(join(source, 'new/er/random'), randomBytes(1_000_000));
    await rm(join(source, 'attributes/file'));
    await mkdir(join(source, 'attributes/file'));
    await rename(join(source, 'names'), join(source, 'other names'));
  },
  async () => {
    await utimes(join(source, 'contents/the same content'), 1, 2);
    await truncate(join(source, 'holes/in the middle'), 5_000_000);
    await rm(join(source, 'attributes/file'), { recursive: true });
    await writeFile(join(source, 'attributes/file'), 'a file again');
  },
  async () => {},
];

test('snapshot by snapshot, both make the same trees and count the same', async () => {
  await using each = await both('apart');
  for (const [step, change] of steps.entries()) {
    await change();
    const words = [source, '--tag', 'a,b', '--host', 'here'];
    const [ours, theirs] = [await oursOf(each.hozon, words), await theirsOf(each.restic, words)];
    assert.equal(ours.tree, theirs.tree, `step ${step}`);
    assert.deepEqual(counts(ours), counts(theirs), `step ${step}`);
  }
});

test('the parent is chosen by what it is to have in common, as restic chooses it', async () => {
  await using each = await both('parents', { shared: true });
  const first = await theirsOf(each.restic, [source, '--host', 'one', '--tag', 'a,b']);
  const second = await theirsOf(each.restic, [`${source}/contents`, '--host', 'two', '--tag', 'c']);
  const cases: readonly (readonly [words: readonly string[], parent: string | undefined])[] = [
    [['--host', 'two'], undefined],
    [['--host', 'two', '--group-by', 'host'], second.id],
    [['--host', 'two', '--group-by', 'paths'], first.id],
    [['--host', 'two', '--group-by', ''], second.id],
    [['--tag', 'a', '--group-by', 'tags'], first.id],
    [['--tag', 'a,c', '--group-by', 'tags'], undefined],
    [['--group-by', 'tags'], second.id],
  ];
  for (const [words, parent] of cases) {
    const [ours, theirs] = [
      await oursOf(each.hozon, [source, ...words, '--dry-run']),
      await theirsOf(each.restic, [source, ...words]),
    ];
    assert.deepEqual([ours.parent, theirs.parent], [parent, parent], words.join(' '));
    await each.restic.run(['forget', theirs.id]);
  }
  assert.equal((await each.hozon.end(['snapshot', source, '--group-by', 'names'])).code, 2);
});

test('packs have the size that is asked for, and restic goes on with them', async () => {
  await using each = await both('pack sizes');
  const random = join(directory, 'random');
  await mkdir(random, { recursive: true });
  for (let file = 0; file < 48; file++) await writeFile(join(random, String(file)), randomBytes(1_000_000));
  const { hozon, restic } = each;
  const mebibyte = 1024 ** 2;
  await hozon.run(['snapshot', random, '--pack-size', '4']);
  const stored = new FilesystemStore(join(directory, 'pack sizes'));
  const sizes = async (): Promise<number[]> =>
    (await Array.fromAsync(stored.list('data/'))).map(({ size }) => size).sort((a, b) => b - a);
  const small = await sizes();
  assert.ok(small.length >= 10 && small.every(size => size < 7 * mebibyte), small.join());
  await hozon.run(['prune', '--pack-size', '64', '--repack-smaller-than', '20M']);
  const [largest = 0, ...others] = await sizes();
  assert.ok(largest > 44 * mebibyte && others.every(size => size < mebibyte), [largest, ...others].join());
  await restic.run(['check', '--read-data']);
  await hozon.run(['snapshot', source], { env: { RESTIC_PACK_SIZE: '64' } });
  await restic.run(['check', '--read-data']);
});

test('what there is in all is shown, unless nobody is to look ahead', async () => {
  await using each = await both('scanned');
  const totals = async (...words: string[]): Promise<readonly (number | undefined)[]> => {
    const { code, err } = await each.hozon.end(['snapshot', source, '--progress', 'json', ...words]);
    assert.equal(code, 0, err);
    const events = err.split('\n').filter(line => line.includes('"type":"progress"'));
    const told = events.map(line => JSON.parse(line) as { phase: string; total?: number });
    return ['store', 'read'].map(phase => told.findLast(event => event.phase === phase)?.total);
  };
  const { total_files_processed: files, total_bytes_processed: bytes } = (await oursOf(each.hozon, [source]))
    .summary;
  assert.deepEqual(await totals(), [files, bytes]);
  assert.deepEqual(await totals('--no-scan'), [undefined, undefined]);
});

test('what restic would refuse of its variables stops a snapshot; a password may come by stdin', async () => {
  await using each = await both('variables');
  const refused = await each.hozon.end(['snapshot', source], { env: { RESTIC_COMPRESSION: 'best' } });
  assert.deepEqual([refused.code, /RESTIC_COMPRESSION/.test(refused.err)], [2, true]);
  const large = await each.hozon.end(['snapshot', source], { env: { RESTIC_PACK_SIZE: '129' } });
  assert.deepEqual([large.code, /RESTIC_PACK_SIZE/.test(large.err)], [2, true]);
  const small = await each.hozon.end(['snapshot', source, '--pack-size', '3']);
  assert.deepEqual([small.code, /--pack-size/.test(small.err)], [2, true]);
  const env = { RESTIC_PASSWORD: '' };
  const read = await each.hozon.end(['snapshot', source], { env, stdin: `${quickPassword}\nrest` });
  assert.equal(read.code, 0, read.err);
  const none = await each.hozon.end(['snapshot', source], { env });
  assert.deepEqual([none.code, /cli\.missing-flag/.test(none.err)], [2, true]);
  const taken = await each.hozon.end(['snapshot', '--stdin'], { env, stdin: `${quickPassword}\n` });
  assert.deepEqual([taken.code, /cli\.missing-flag/.test(taken.err)], [2, true]);
});

test('either goes on from what the other stored', async () => {
  await using each = await both('together', { shared: true });
  const first = await theirsOf(each.restic, [source]);
  const second = await oursOf(each.hozon, [source]);
  const third = await theirsOf(each.restic, [source]);
  assert.deepEqual([second.parent, third.parent], [first.id, second.id]);
  assert.deepEqual([second.tree, third.tree], [first.tree, first.tree]);
  assert.deepEqual(counts(second), counts(third));
  assert.equal(second.summary['files_new'], 0);
  assert.equal(second.summary['data_added'], 0);
  assert.match(await each.restic.run(['diff', first.id, second.id]), /Files: +0 new, +0 removed, +0 changed/);
  const members = async (id: string) =>
    Object.keys(JSON.parse(await each.restic.run(['cat', 'snapshot', id])) as object);
  assert.deepEqual(await members(second.id), await members(third.id));
  await each.restic.run(['check', '--read-data']);
});

test('what is chosen is what restic chooses', async () => {
  await using each = await both('chosen');
  const [list, raw, patterns] = ['list', 'raw', 'patterns'].map(name => join(directory, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(list, `${source}/conten*\n# a comment\n`);
  await writeFile(raw, `${source}/modes\0`);
  await writeFile(patterns, '*chunk\n!the least*\n');
  const words = [join(source, 'links'), '--files-from', list, '--files-from-raw', raw];
  words.push('--exclude-file', patterns, '--exclude', '{a,b}', '--exclude', 'first', '--iexclude', 'ZEROS*');
  words.push('--exclude-larger-than', '1M', '--exclude-caches', '--exclude-if-present', 'nothing:here');
  words.push('--one-file-system', '--with-atime');
  const [ours, theirs] = [await oursOf(each.hozon, words), await theirsOf(each.restic, words)];
  assert.equal(ours.tree, theirs.tree);
  assert.deepEqual(counts(ours), counts(theirs));
});

test('what cannot be read is named, and the exit code is 3', async () => {
  await using each = await both('unread', { shared: true });
  const unreadable = `/proc/${process.pid}/mem`;
  const words = ['snapshot', unreadable, join(source, 'modes'), '/no/such/path'];
  const ended = await each.hozon.end([...words, '-o', 'json', '--progress', 'none']);
  assert.equal(ended.code, 3, ended.err);
  const { failures, id } = JSON.parse(ended.out) as { failures: Record<string, string>[]; id: string };
  assert.deepEqual(
    failures.map(({ path, code }) => [path, code]),
    [
      ['no/such/path', 'ENOENT'],
      [unreadable.slice(1), 'EIO'],
    ],
  );
  assert.match(ended.err, /Not stored as it is: no\/such\/path: ENOENT/);
  assert.match(ended.err, /2 entries are not stored as they are/);
  assert.match(await each.restic.run(['ls', id]), /^\/source\/modes\/setuid$/m);
  await each.restic.run(['check', '--read-data']);
  const nothing = await each.hozon.end(['snapshot', '/no/such/path']);
  assert.deepEqual([nothing.code, /repository\.no-sources/.test(nothing.err)], [10, true]);
  const empty = await each.hozon.end(['snapshot', source, '--exclude', '*']);
  assert.deepEqual([empty.code, /repository\.nothing-stored/.test(empty.err)], [1, true]);
});

test('stdin is stored as a file, or as the tar that it is', async () => {
  await using each = await both('stdin', { shared: true });
  const { id } = JSON.parse(
    await each.hozon.run(['snapshot', '--stdin', '--stdin-filename', '/dumps/all.sql', '-o', 'json'], {
      stdin: 'CREATE TABLE',
    }),
  ) as Taken;
  assert.equal(await each.restic.run(['dump', id, '/dumps/all.sql']), 'CREATE TABLE');
  const tar = await readFile(await packed(join(source, 'links')));
  const words = ['snapshot', '--tar', '/of/a/pod', '-o', 'json'];
  const first = JSON.parse(await each.hozon.run(words, { stdin: tar })) as Taken & { paths: string[] };
  assert.deepEqual(first.paths, ['/of/a/pod']);
  assert.match(await each.restic.run(['ls', first.id]), /^\/to a file$/m);
  const second = JSON.parse(await each.hozon.run(words, { stdin: tar })) as Taken;
  assert.deepEqual([second.parent, second.tree], [first.id, first.tree]);
  assert.deepEqual([second.summary['files_new'], second.summary['files_changed']], [0, 0]);
  await each.restic.run(['check', '--read-data']);
});

async function packed(from: string): Promise<string> {
  const file = join(directory, 'links.tar');
  await runOk(['tar', '--format=pax', '-C', from, '-cf', file, '.']);
  return file;
}

test('a rehearsal writes nothing; an unchanged tree may be skipped', async () => {
  await using each = await both('rehearsed', { shared: true });
  const dry = await each.hozon.run(['snapshot', source, '--dry-run']);
  assert.match(dry, /nothing was written/);
  assert.equal(await each.restic.run(['snapshots', '--json']), '[]\n');
  await oursOf(each.hozon, [source]);
  const skipped = JSON.parse(
    await each.hozon.run(['snapshot', source, '--skip-if-unchanged', '-o', 'json']),
  ) as { id: null };
  assert.equal(skipped.id, null);
  assert.equal((JSON.parse(await each.restic.run(['snapshots', '--json'])) as unknown[]).length, 1);
});

test('how hard is compressed, and what the snapshot says of itself, can be told', async () => {
  await using each = await both('told', { shared: true });
  const text = join(source, 'contents/moved');
  const stored = async (how: string) =>
    Number(
      (await oursOf(each.hozon, [text, '--compression', how, '--dry-run'])).summary['data_added_packed'],
    );
  const [off, auto, max] = [await stored('off'), await stored('auto'), await stored('max')];
  assert.ok(off > 500_000 && auto < off / 100 && max <= auto, `${off} ${auto} ${max}`);
  await oursOf(each.hozon, [text, '--time', '2020-02-03 04:05:06', '--host', 'there', '--tag', 'x,y']);
  const [shown] = JSON.parse(await each.restic.run(['snapshots', '--json'])) as Record<string, unknown>[];
  assert.deepEqual([shown?.['hostname'], shown?.['tags']], ['there', ['x', 'y']]);
  assert.equal(Date.parse(String(shown?.['time'])), new Date(2020, 1, 3, 4, 5, 6).getTime());
  const wrong = await each.hozon.end(['snapshot', text, '--time', '2020-02-31 04:05:06']);
  assert.deepEqual([wrong.code, /cli\.bad-value/.test(wrong.err)], [2, true]);
});
