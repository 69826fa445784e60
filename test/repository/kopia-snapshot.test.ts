import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, lchown, link, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { readDirectory } from '#repository/kopia/access/directories.ts';
import { type IndexedKopia, loadContents } from '#repository/kopia/access/indexed.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { objectContents } from '#repository/kopia/access/objects.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { listKopiaSnapshots } from '#repository/kopia/access/snapshots.ts';
import { previousSnapshots } from '#repository/kopia/backup/previous-snapshots.ts';
import {
  type KopiaSnapshotOptions,
  type KopiaTreeSnapshot,
  snapshotKopiaTree,
} from '#repository/kopia/backup/snapshot-tree.ts';
import { parseObjectId } from '#repository/kopia/format/object-id.ts';
import { sourceLabels } from '#repository/kopia/format/snapshot-manifest.ts';
import { ignoreTreeOf } from '#repository/kopia/policies/policy-tree.ts';
import { policiesFor } from '#repository/kopia/policies/stored-policies.ts';
import { kopiaDirectorySource } from '#repository/kopia/walking/directory-source.ts';
import { kopiaWalkingSource } from '#repository/kopia/walking/walking-source.ts';
import type { TreeSource } from '#repository/trees/source.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';

const execute = promisify(execFile);
const password = 'パスワード';
/** Numbers of compressions; in repositories of kopia's. */
const [gzip, zstd] = [0x1000, 0x1100];
const identity = { username: 'user', hostname: 'host' };

let directory: string;
let kopia: Kopia;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-snapshot-'));
  await mkdir(join(directory, 'repository'));
  kopia = await stockKopia({ storage: { path: join(directory, 'repository') }, password, identity });
  await kopia.create();
});
after(async () => {
  await kopia[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

interface Opened {
  readonly repository: IndexedKopia;
  readonly close: () => Promise<void>;
}

async function opened(): Promise<Opened> {
  const store = new FilesystemStore(join(directory, 'repository'));
  const repository = await loadContents(await openKopia(store, { password: Buffer.from(password) }));
  return { repository, close: () => store.close() };
}

/** A snapshot of a directory, as the command makes it. */
async function ours(path: string, options: Partial<KopiaSnapshotOptions> = {}): Promise<KopiaTreeSnapshot> {
  return withSource(undefined, path, options);
}

/** The same, of another source. */
async function withSource(
  given: TreeSource | undefined,
  path: string,
  options: Partial<KopiaSnapshotOptions>,
): Promise<KopiaTreeSnapshot> {
  const { repository, close } = await opened();
  const source = { host: identity.hostname, userName: identity.username, path };
  const manifests = await loadManifests(repository);
  const policies = policiesFor(manifests, source);
  const stored = await listKopiaSnapshots(repository, { manifests, labels: sourceLabels(source) });
  await using walk = kopiaWalkingSource(Buffer.from(path), { rules: ignoreTreeOf(policies) });
  const taken = await snapshotKopiaTree(repository, given ?? walk, {
    source,
    policies,
    previous: previousSnapshots(stored),
    clock: systemClock,
    identity,
    ...options,
  });
  await close();
  return taken;
}

interface TheirSummary {
  readonly files: number;
  readonly dirs: number;
  readonly numFailed: number;
  readonly errors?: readonly unknown[];
}

/** What the real kopia says of a snapshot. */
interface Theirs {
  readonly id: string;
  readonly description: string;
  readonly startTime: string;
  readonly incomplete?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly pins?: readonly string[];
  readonly rootEntry: { readonly obj: string; readonly summ: TheirSummary };
  readonly stats: { readonly cachedFiles: number; readonly nonCachedFiles: number };
}

/** The snapshots of a directory that the real kopia lists, the oldest first. */
async function listed(path: string): Promise<readonly Theirs[]> {
  return (await kopia.json(['snapshot', 'list', path, '--all', '--incomplete'])) as readonly Theirs[];
}

async function theirs(path: string): Promise<Theirs> {
  await kopia.end(['snapshot', 'create', path]);
  const newest = (await listed(path)).at(-1);
  assert.ok(newest);
  return newest;
}

/** Everything that a directory can hold. */
async function writeEverything(root: string): Promise<void> {
  const at = (path: string): string => join(root, path);
  for (const name of ['deep/er/and/deeper', 'empty', 'sticky', 'failing']) {
    await mkdir(at(name), { recursive: true });
  }
  await writeFile(at('plain'), 'plain\n');
  await writeFile(at('.hidden'), '');
  await writeFile(at('text <&> "quoted" \\ \u2028\n'), 'some text\n'.repeat(1000));
  await writeFile(at('日本語'), '内容');
  await writeFile(Buffer.concat([Buffer.from(at('not UTF-8 ')), Buffer.of(0xff, 0xfe)]), 'bytes');
  await writeFile(at('deep/er/large'), randomBytes(9_000_000));
  await writeFile(at('deep/zeros'), new Uint8Array(5_000_000));
  await writeFile(at('no mode'), 'x');
  await writeFile(at('old'), 'x');
  await writeFile(at('Z'), 'upper case goes before');
  await chmod(at('plain'), 0o4755);
  await chmod(at('deep'), 0o2750);
  await chmod(at('sticky'), 0o1777);
  await chmod(at('no mode'), 0);
  await utimes(at('old'), -1000.5, -1000.5);
  await utimes(at('.hidden'), 0, 0);
  await link(at('plain'), at('another name'));
  await symlink('deep/er', at('link'));
  await symlink('nowhere', at('deep/dangling'));
  await lchown(at('old'), 12, 34);
  await execute('mkfifo', [at('fifo'), ...Array.from({ length: 12 }, (_, n) => at(`failing/${n}`))]);
}

test('a directory with everything in it has the root that kopia gives it, and both take over all that the other stored', async () => {
  const root = join(directory, 'everything');
  await writeEverything(root);
  await kopia.run(['policy', 'set', join(root, 'failing'), '--ignore-unknown-types=false']);
  const taken = await ours(root, {
    description: 'ours',
    tags: { 'tag:kind': 'test' },
    pins: ['b', 'a', 'b'],
    startTime: 1_700_000_000_123_456_789n,
  });
  const second = await theirs(root);
  assert.equal(taken.snapshot.rootEntry?.object, second.rootEntry.obj);
  const [first] = await listed(root);
  assert.equal(first?.id, taken.id);
  assert.equal(first?.description, 'ours');
  assert.equal(first?.startTime, '2023-11-14T22:13:20.123456789Z');
  assert.deepEqual(first?.tags, { 'tag:kind': 'test' });
  assert.deepEqual(first?.pins, ['a', 'b']);
  assert.deepEqual(first?.rootEntry, second.rootEntry);
  // The name that is not UTF-8 cannot be found again, there as here.
  assert.equal(second.stats.nonCachedFiles, 1);
  const again = await ours(root);
  assert.equal(again.snapshot.rootEntry?.object, second.rootEntry.obj);
  assert.equal(again.snapshot.stats.nonCachedFiles, 1);
  assert.equal(again.snapshot.stats.cachedFiles, second.stats.cachedFiles);
  assert.deepEqual([again.totals.dataContents, again.totals.metadataContents], [0, 1]);
  const kinds = Object.fromEntries(taken.findings.map(({ kind, count }) => [kind, count]));
  assert.deepEqual(kinds, { name: 1, fifo: 13, 'hard-link': 2 });
  assert.equal(taken.failures.length, 12);
  assert.equal(taken.snapshot.rootEntry?.summary?.failed, 12);
  await verifyAndRestore(root, taken.id ?? '');
});

/** The real kopia reads every byte of a snapshot, and what it restores is what there was. */
async function verifyAndRestore(root: string, id: string): Promise<void> {
  await kopia.run(['snapshot', 'verify', '--verify-files-percent=100', id]);
  const restored = join(directory, `restored-${id}`);
  await kopia.run(['snapshot', 'restore', id, restored, '--no-ignore-permission-errors']);
  const exclusions = ['fifo', 'failing', 'not UTF-8*'].map(name => `--exclude=${name}`);
  const { stdout } = await execute('diff', ['-r', '--no-dereference', ...exclusions, root, restored]);
  assert.equal(stdout, '');
}

test('policies say what is left out, how files are compressed, and what is an error, as they do in kopia', async () => {
  const root = join(directory, 'by-policy');
  for (const name of ['cache', 'below/deep', 'ruled']) await mkdir(join(root, name), { recursive: true });
  await writeFile(join(root, 'cache/CACHEDIR.TAG'), 'Signature: 8a477f597d28d172789f06886806bc55\n');
  await writeFile(join(root, 'cache/made'), 'again');
  for (const name of [
    'a.txt',
    'b.tmp',
    'log.gz',
    'below/c.txt',
    'below/deep/d.tmp',
    'ruled/e.txt',
    'ruled/f.txt',
  ]) {
    await writeFile(join(root, name), `${name}\n`.repeat(5000));
  }
  await writeFile(join(root, 'large.bin'), randomBytes(200_000));
  await writeFile(join(root, 'ruled/.hozonignore'), '*\n!e.txt\n');
  await writeFile(join(root, 'ruled/.kopiaignore'), 'e.txt\n');
  const global = ['--compression=zstd', '--add-never-compress=.txt', '--metadata-compression=gzip'];
  await kopia.run(['policy', 'set', '--global', ...global]);
  await kopia.run(['policy', 'set', 'user@host', '--add-ignore=*.tmp']);
  await kopia.run(['policy', 'set', root, '--max-file-size=100000', '--add-dot-ignore=.hozonignore']);
  await kopia.run(['policy', 'set', join(root, 'below'), '--add-ignore=deep', '--splitter=FIXED-128K']);
  const taken = await ours(root);
  const second = await theirs(root);
  assert.equal(taken.snapshot.rootEntry?.object, second.rootEntry.obj);
  assert.equal(second.stats.nonCachedFiles, 0);
  assert.deepEqual(await compressions(taken), {
    '': gzip,
    'a.txt': 0,
    'log.gz': zstd,
    below: 0,
    'below/c.txt': 0,
    cache: gzip,
    ruled: gzip,
    'ruled/e.txt': 0,
  });
  await kopia.run(['snapshot', 'verify', '--verify-files-percent=100', taken.id ?? '']);
  await kopia.run(['policy', 'set', '--global', '--compression=none', '--metadata-compression=zstd-fastest']);
});

/** The number of the compression that each entry's object is stored with; `''` is the root. */
async function compressions(taken: KopiaTreeSnapshot): Promise<Readonly<Record<string, number>>> {
  const { repository, close } = await opened();
  const numbers: Record<string, number> = {};
  const look = async (path: string, object: string): Promise<void> => {
    const content = parseObjectId(object)?.content ?? '';
    numbers[path] = repository.index.find(content)?.compression ?? -1;
    if (!object.startsWith('k')) return;
    for (const entry of (await readDirectory(repository, object)).entries) {
      await look(join(path, entry.name), entry.object);
    }
  };
  await look('', taken.snapshot.rootEntry?.object ?? '');
  await close();
  return numbers;
}

test('a directory whose rules make no sense is left out, as in kopia', async () => {
  const root = join(directory, 'wrong');
  for (const name of ['a', 'b']) await mkdir(join(root, name), { recursive: true });
  await writeFile(join(root, 'a/.kopiaignore'), '[\n');
  await writeFile(join(root, 'b/lost'), 'below');
  await symlink('nowhere', join(root, 'b/.kopiaignore'));
  await writeFile(join(root, 'fine'), 'fine');
  const taken = await ours(root);
  const paths = taken.failures.map(({ path }) => path.toString());
  assert.deepEqual(paths, ['a', 'b']);
  const [summary, expected] = [taken.snapshot.rootEntry?.summary, (await theirs(root)).rootEntry.summ];
  assert.deepEqual(
    { files: summary?.files, dirs: summary?.dirs, failed: summary?.failed, errors: summary?.errors.length },
    {
      files: expected.files,
      dirs: expected.dirs,
      failed: expected.numFailed,
      errors: expected.errors?.length,
    },
  );
});

test('a file of which kopia has deleted a part is named, and stored anew', async () => {
  const root = join(directory, 'part gone');
  await mkdir(root);
  await writeFile(join(root, 'large'), randomBytes(20_000_000));
  const { snapshot } = await ours(root);
  const { repository, close } = await opened();
  const { entries } = await readDirectory(repository, snapshot.rootEntry?.object ?? '');
  const [, part] = await objectContents(repository, entries[0]?.object ?? '');
  await close();
  const { content } = part ?? assert.fail('it has one part');
  await kopia.run(['content', 'delete', content, '--dangerous-commands=enabled']);
  const { failures, snapshot: again } = await ours(root);
  assert.deepEqual(
    failures.map(({ path, error }) => [String(path), isHozonError(error, 'repository.content-missing')]),
    [['large', true]],
  );
  assert.equal(again.rootEntry?.object, snapshot.rootEntry?.object);
  await kopia.run(['snapshot', 'verify', '--verify-files-percent', '100']);
  assert.deepEqual((await ours(root)).failures, []);
});

test('nothing is written where nothing has changed, and in a dry run', async () => {
  const root = join(directory, 'unchanged');
  await mkdir(root);
  await writeFile(join(root, 'file'), randomBytes(100_000));
  const dry = await ours(root, { dryRun: true });
  assert.equal(dry.id, undefined);
  assert.equal(dry.totals.dataContents, 1);
  assert.deepEqual(await listed(root), []);
  const first = await ours(root);
  assert.equal(first.snapshot.rootEntry?.object, dry.snapshot.rootEntry?.object);
  const second = await ours(root, { skipIfUnchanged: true });
  assert.equal(second.id, undefined);
  await kopia.run(['policy', 'set', root, '--ignore-identical-snapshots=true']);
  assert.equal((await ours(root)).id, undefined);
  assert.deepEqual(
    (await listed(root)).map(({ id }) => id),
    [first.id],
  );
  await writeFile(join(root, 'file'), 'changed');
  const third = await ours(root);
  assert.equal(third.statistics.files.changed, 1);
  assert.equal((await listed(root)).length, 2);
});

test('a file alone is a snapshot, as in kopia', async () => {
  const path = join(directory, 'alone');
  await writeFile(path, randomBytes(10_000));
  const taken = await ours(path);
  const second = await theirs(path);
  const [first] = await listed(path);
  assert.deepEqual(first?.rootEntry, second.rootEntry);
  assert.equal(first?.id, taken.id);
});

test('a long run leaves an incomplete snapshot that the next one goes on from, and the whole one takes its place', async () => {
  const root = join(directory, 'long');
  for (let number = 0; number < 5; number++) {
    await mkdir(join(root, `${number}`), { recursive: true });
    await writeFile(join(root, `${number}/file`), randomBytes(50_000));
  }
  const stop = new AbortController();
  const options = { checkpointEvery: 0, signal: stop.signal };
  const run = (end: string): Promise<KopiaTreeSnapshot> => {
    const source = eventByEvent(root, () => stop.abort(), end);
    return withSource(source, root, options);
  };
  await assert.rejects(run('3'), { name: 'AbortError' });
  const [incomplete, ...others] = await listed(root);
  assert.equal(incomplete?.incomplete, 'checkpoint');
  assert.deepEqual(others, []);
  const next = await ours(root, { checkpointEvery: 0 });
  assert.ok(next.statistics.files.unmodified >= 2, JSON.stringify(next.statistics));
  const all = await listed(root);
  assert.deepEqual(
    all.map(({ id, incomplete: why }) => [id, why]),
    [[next.id, undefined]],
  );
  assert.equal((await theirs(root)).rootEntry.obj, next.snapshot.rootEntry?.object);
  await kopia.run(['snapshot', 'verify', '--verify-files-percent=100']);
});

/** A source whose batches have one event each, which calls `end` before it tells that directory. */
function eventByEvent(root: string, end: () => void, before: string): TreeSource {
  const inner = kopiaDirectorySource(Buffer.from(root));
  return {
    roots: inner.roots,
    async *events(options) {
      for await (const events of inner.events(options)) {
        for (const event of events) {
          if (event.kind === 'entry' && event.entry.path.toString() === before) end();
          yield [event];
        }
      }
    },
  };
}
