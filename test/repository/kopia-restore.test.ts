import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { findKopiaSnapshot } from '#repository/kopia/access/snapshots.ts';
import { restoreKopiaSnapshot } from '#repository/kopia/restore/restore.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';
import { type Hozon, hozonOn } from './hozon.ts';
import { MemoryStore } from './memory-store.ts';
import { assertSameFacts, factsOf } from './same-trees.ts';

/** What kopia stored, Hozon restores as it was, lists, finds, compares and counts. */

const password = 'kopia';

let directory: string;
let place: string;
let source: string;
let kopia: Kopia;
let hozon: Hozon;
/** The two snapshots of the source. */
let [first, second] = ['', ''];
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-restore-'));
  [place, source] = [join(directory, 'repository'), join(directory, 'source')];
  await writeTree(source);
  kopia = await stockKopia({ storage: { path: place }, password });
  await kopia.create(['--object-splitter=DYNAMIC-128K-BUZHASH']);
  await kopia.run(['policy', 'set', '--global', '--compression=zstd']);
  first = await snapshotId();
  await appendFile(join(source, 'text'), 'more');
  await writeFile(join(source, 'deep/new'), 'new');
  await rm(join(source, 'empty'));
  await chmod(join(source, 'large'), 0o600);
  second = await snapshotId();
  hozon = hozonOn(place, password);
});
after(async () => {
  await kopia[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function snapshotId(): Promise<string> {
  const made = (await kopia.json(['snapshot', 'create', source])) as { readonly id: string };
  return made.id;
}

async function writeTree(root: string): Promise<void> {
  await mkdir(join(root, 'empty directory'), { recursive: true });
  await mkdir(join(root, 'deep/er/and/deeper'), { recursive: true });
  await writeFile(join(root, 'empty'), '');
  await writeFile(join(root, 'text'), 'some text\n'.repeat(20_000));
  await writeFile(join(root, '日本語\n<&>'), '内容');
  await chmod(join(root, '日本語\n<&>'), 0o4755);
  await writeFile(join(root, 'deep/er/and/deeper/random'), randomBytes(300_000));
  await writeFile(join(root, 'large'), Buffer.concat([randomBytes(2_500_000), Buffer.alloc(1_000_000)]));
  await writeFile(join(root, 'same as large'), await readFile(join(root, 'large')));
  await symlink('deep/er', join(root, 'link'));
  for (let number = 0; number < 50; number++) {
    await writeFile(join(root, 'deep', `small ${number}`), `content ${number % 40}`);
  }
  await utimes(join(root, 'text'), 1_000_000_000.5, 1_000_000_000.25);
}

async function run(command: readonly string[]): Promise<string> {
  return hozon.run(command, { env: { KOPIA_PASSWORD: password } });
}

async function restore(args: readonly string[]): Promise<Record<string, number>> {
  return JSON.parse(await run(['restore', ...args, '-o', 'json'])) as Record<string, number>;
}

/** A tree without its root, which is the person's. */
async function entriesBelow(root: string) {
  const facts = await factsOf(root);
  facts.delete('');
  return facts;
}

test('a snapshot is restored with everything that it has, and found so when it is looked at again', async () => {
  const target = join(directory, 'target');
  const done = await restore([second, '--target', target, '--verify']);
  assert.equal(done['failed'], 0);
  assert.ok((done['verified'] ?? 0) >= 55, `${done['verified']}`);
  assertSameFacts(await entriesBelow(target), await entriesBelow(source));
  const again = await restore(['latest', '--target', target]);
  assert.deepEqual([again['written'], again['updated']], [0, 0]);
  await rm(target, { recursive: true });
});

test('an older snapshot takes the place of what is there, and extras go where that is asked for', async () => {
  const [target, theirs] = [join(directory, 'over'), join(directory, 'theirs')];
  await restore(['latest', '--target', target]);
  const preview = JSON.parse(
    await run(['restore', first, '--target', target, '--delete', '--dry-run', '-o', 'json']),
  ) as { readonly items: readonly { readonly action: string; readonly path: string }[] };
  const removed = preview.items.filter(({ action }) => action === 'removed').map(({ path }) => path);
  assert.deepEqual(removed, ['deep/new']);
  const done = await restore([first, '--target', target, '--delete']);
  assert.deepEqual([done['written'], done['updated'], done['removed']], [1, 1, 1]);
  await kopia.run(['restore', first, theirs]);
  const [actual, expected] = [await entriesBelow(target), await entriesBelow(theirs)];
  for (const [path, { content, mode }] of expected) {
    assert.deepEqual([actual.get(path)?.content, actual.get(path)?.mode], [content, mode], path);
  }
  assert.deepEqual([...actual.keys()], [...expected.keys()]);
});

test('a part, what patterns select, sparse files', async () => {
  const target = join(directory, 'part');
  await restore(['latest:/deep/er', '--target', target]);
  assertSameFacts(await entriesBelow(target), await entriesBelow(join(source, 'deep/er')));
  const selected = join(directory, 'selected');
  await restore(['latest', '--target', selected, '--include', 'small 1*', '--sparse']);
  const names = [...(await entriesBelow(selected)).keys()].filter(name => name.includes('small'));
  assert.equal(names.length, 11);
  const single = join(directory, 'single');
  await restore(['latest:/large', '--target', single, '--sparse']);
  assert.deepEqual(await readFile(join(single, 'large')), await readFile(join(source, 'large')));
  const refused = await hozon.end(['restore', 'latest:/nowhere', '--target', single], {
    env: { KOPIA_PASSWORD: password },
  });
  assert.notEqual(refused.code, 0);
});

test('a damaged pack costs the files that need it, and no name is given to what is wrong', async () => {
  const store = await MemoryStore.copyOf(new FilesystemStore(place));
  const packs = [...store.files.keys()].filter(key => key.startsWith('p/'));
  for (const key of packs) {
    const bytes = Buffer.from(store.files.get(key) ?? Buffer.alloc(0));
    bytes.fill(0, 40, Math.min(bytes.length, 1_500_000));
    store.files.set(key, bytes);
  }
  const target = join(directory, 'damaged');
  const repository = await loadContents(await openKopia(store, { password: Buffer.from(password) }));
  const failed: string[] = [];
  const summary = await restoreKopiaSnapshot(repository, await findKopiaSnapshot(repository, 'latest'), {
    target,
    onEvent: event => {
      if (event.action === 'failed') failed.push(event.path.toString());
    },
  });
  assert.ok(summary.failed > 0 && summary.failed === failed.length, `${summary.failed}`);
  assert.ok(failed.includes('large'));
  const [actual, expected] = [await entriesBelow(target), await entriesBelow(source)];
  for (const path of failed) assert.equal(actual.has(`/${path}`), false, path);
  for (const [path, facts] of actual) {
    if (facts.content !== undefined) assert.deepEqual(facts.content, expected.get(path)?.content, path);
  }
});

test('entries are listed, and files written to stdout', async () => {
  const ours = (await run(['ls', 'latest'])).trimEnd().split('\n');
  const theirs = (await kopia.run(['ls', '-r', second])).trimEnd().split('\n');
  assert.equal(ours.length + 1, theirs.length); // a name of two lines is one line of ours
  assert.ok(ours.includes('/deep/er/and/deeper/random') && ours.includes('/日本語\\n<&>'));
  const long = (await run(['ls', 'latest:/deep', '--long', '--no-recursive'])).split('\n');
  assert.ok(
    long.some(line => line.startsWith('drwx') && line.endsWith('/deep/er')),
    long.join('\n'),
  );
  const json = (await run(['ls', 'latest', '-o', 'json'])).trimEnd().split('\n');
  const link = json
    .map(line => JSON.parse(line) as Record<string, unknown>)
    .find(({ name }) => name === 'link');
  assert.deepEqual([link?.['type'], link?.['linktarget']], ['symlink', 'deep/er']);
  assert.equal(await run(['dump', 'latest', '/deep/small 7']), 'content 7');
  assert.equal(await run(['dump', 'latest:/deep', 'small 7', '--offset', '8', '--length', '1']), '7');
});

test('paths and contents are found', async () => {
  const found = await run(['find', 'small 1*', '--snapshot', first, '-o', 'json']);
  assert.equal(found.trimEnd().split('\n').length, 11);
  const both = (await run(['find', 'new'])).trimEnd().split('\n');
  assert.deepEqual([both.length, both[0]?.slice(0, 8), both[1]], [2, second.slice(0, 8), '/deep/new']);
  const listed = (await run(['ls', first, '/deep', '-o', 'json'])).trimEnd().split('\n');
  const seven = listed
    .map(line => JSON.parse(line) as { readonly name: string; readonly content: readonly string[] })
    .find(({ name }) => name === 'small 7');
  const owners = await run(['find', '--blob', seven?.content[0] ?? '?', '--snapshot', first]);
  assert.equal(owners.trimEnd().split('\n').length, 2);
  assert.match(owners, /\/deep\/small 7\n.*\/deep\/small 47\n|\/deep\/small 47\n.*\/deep\/small 7\n/);
});

test('two snapshots are compared', async () => {
  const lines = (await run(['diff', first, second, '--metadata'])).split('\n');
  const changes = lines.slice(0, lines.indexOf(''));
  assert.deepEqual(
    changes.filter(line => !line.endsWith('/')),
    ['+    /deep/new', '-    /empty', 'U    /large', 'M    /text'],
  );
  const json = (await run(['diff', first, second, '-o', 'json'])).trimEnd().split('\n');
  const totals = JSON.parse(json.at(-1) ?? '') as Record<string, Record<string, number>>;
  assert.equal(totals['changed_files'], 1);
  assert.deepEqual([totals['added']?.['files'], totals['removed']?.['files']], [1, 1]);
  assert.ok((totals['added']?.['data_blobs'] ?? 0) >= 2);
});

test('what snapshots hold is counted', async () => {
  const statsOf = async (mode: string): Promise<Record<string, number>> =>
    JSON.parse(await run(['stats', second, '--mode', mode, '-o', 'json'])) as Record<string, number>;
  const facts = await entriesBelow(source);
  const size = [...facts.values()].reduce(
    (sum, each) => sum + Number(each.content === undefined ? 0n : each.size),
    0,
  );
  const whole = await statsOf('restore-size');
  assert.deepEqual([whole['total_file_count'], whole['total_size']], [facts.size, size]);
  const unlike = await statsOf('files-by-contents');
  assert.equal(unlike['total_file_count'], 40 + 5);
  const raw = await statsOf('raw-data');
  assert.ok((raw['total_size'] ?? 0) < (unlike['total_size'] ?? 0));
  assert.ok((raw['compression_ratio'] ?? 0) > 1);
  assert.ok(((await statsOf('blobs-per-file'))['total_blob_count'] ?? 0) > 45);
});
