import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import { run } from '#cli/run.ts';
import { CapturedStream, type Ran, runHere } from '#cli/testing.ts';
import { systemClock } from '#foundation/clock.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import { withLock } from '#repository/restic/access/lock.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { listSnapshots } from '#repository/restic/access/snapshots.ts';
import { changeTags } from '#repository/restic/retention/change-tags.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { prefixed } from '#storage/prefixed.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';
import { quicken } from './quick-repository.ts';

let directory: string;
let restic: Restic;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restic-forget-'));
  await writeFile(join(directory, 'password'), 'secret\n');
});
after(() => rm(directory, { recursive: true }));

/** A repository of restic with a snapshot of each of these days, oldest first, of a file of its own. */
async function repositoryOf(name: string, days: readonly string[]): Promise<AsyncDisposable> {
  restic = await stockRestic({ repository: join(directory, name), password: 'secret', version: 'new' });
  await restic.run(['init']);
  await quicken(new FilesystemStore(restic.repository), 'secret');
  for (const day of days) {
    await writeFile(join(directory, 'file'), day.repeat(100_000));
    await restic.run(['backup', 'file', '--host', 'here', '--time', `${day} 12:00:00`], { cwd: directory });
  }
  return restic;
}

interface Listed {
  readonly id: string;
  readonly time: string;
  readonly tags?: readonly string[];
  readonly original?: string;
}

async function listed(): Promise<readonly Listed[]> {
  return JSON.parse(await restic.run(['snapshots', '--json'])) as Listed[];
}

async function days(): Promise<string[]> {
  return (await listed()).map(({ time }) => time.slice(0, 10));
}

function words(command: string, ...more: readonly string[]): string[] {
  return [
    'repo',
    command,
    ...more,
    '--repo',
    restic.repository,
    '--password-file',
    join(directory, 'password'),
  ];
}

async function hozon(command: string, ...more: readonly string[]): Promise<Ran> {
  return runHere(words(command, ...more));
}

/** On a terminal, where the question is answered so. */
async function answering(answer: string, command: string, ...more: readonly string[]): Promise<Ran> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const [out, err] = [new CapturedStream(), new CapturedStream({ isTTY: true })];
  stdin.write(`${answer}\n`);
  const { signal } = new AbortController();
  const argv = words(command, ...more);
  const code = await run({ argv, env: {}, stdin, out, err, clock: systemClock, signal });
  return { code, out: out.text, err: err.text };
}

test('what a policy does not keep goes, after a yes, and pruning frees it', async () => {
  await using _ = await repositoryOf('policy', ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04']);
  const policy = ['--keep-daily', '2'];
  const preview = await hozon('forget', ...policy, '--dry-run', '--prune');
  assert.equal(preview.code, 0, preview.err);
  assert.match(preview.out, /keep .*2026-01-04T12:00:00.* daily snapshot\n.*\n.*remove .*2026-01-02/);
  assert.match(preview.err, /Pruning would free/);
  const unasked = await hozon('forget', ...policy);
  assert.deepEqual([unasked.code, /--confirm/.test(unasked.err)], [2, true]);
  const refused = await answering('no', 'forget', ...policy);
  assert.equal(refused.code, 130);
  assert.equal((await days()).length, 4);
  const theirs = JSON.parse(await restic.run(['forget', ...policy, '--dry-run', '--json'])) as unknown;
  const done = await answering('yes', 'forget', ...policy, '--prune', '-o', 'json');
  assert.equal(done.code, 0, done.err);
  assert.deepEqual(JSON.parse(done.out), theirs);
  assert.match(done.err, /Pruning freed/);
  assert.deepEqual(await days(), ['2026-01-03', '2026-01-04']);
  await restic.run(['check', '--read-data']);
  assert.match(await restic.run(['prune', '--dry-run']), /total prune:\s+0 blobs/);
});

test('snapshots are removed by id; nothing goes unless it is said what', async () => {
  await using _ = await repositoryOf('ids', ['2026-01-01', '2026-01-02', '2026-01-03']);
  const [first] = await listed();
  assert.ok(first !== undefined);
  assert.match((await hozon('forget', '--confirm')).err, /repository\.no-policy/);
  assert.match((await hozon('forget', '--confirm', '--keep-last', '0')).err, /repository\.no-policy/);
  assert.match((await hozon('forget', '--confirm', 'ffffffff')).err, /repository\.snapshot-not-found/);
  assert.match((await hozon('forget', '--confirm', 'latest', '--host', 'there')).err, /snapshot-not-found/);
  assert.match((await hozon('forget', '--confirm', 'latest', '--keep-last', '1')).err, /conflicting-flags/);
  assert.match((await hozon('forget', '--confirm', '--keep-tag', 'x')).err, /repository\.would-keep-nothing/);
  const all = ['--confirm', '--unsafe-allow-remove-all'];
  assert.match((await hozon('forget', ...all)).err, /repository\.remove-all-unfiltered/);
  assert.equal((await days()).length, 3);
  const removed = await hozon('forget', first.id.slice(0, 8), 'latest', '--confirm');
  assert.equal(removed.code, 0, removed.err);
  assert.deepEqual(await days(), ['2026-01-02']);
  const rest = await hozon('forget', ...all, '--host', 'here');
  assert.equal(rest.code, 0, rest.err);
  assert.deepEqual(await days(), []);
});

test('nothing is removed while somebody else works in the repository, and nothing that cannot be read', async () => {
  await using _ = await repositoryOf('locked', ['2026-01-01', '2026-01-02']);
  const store = new FilesystemStore(restic.repository);
  const repository = await openRestic(store, { password: Buffer.from('secret') });
  const lock = { identity: ownIdentity(), clock: systemClock, exclusive: false };
  const policy = ['--keep-last', '1', '--confirm'];
  await withLock(repository, lock, async () => {
    const locked = await hozon('forget', ...policy);
    assert.deepEqual([locked.code, /repository\.locked/.test(locked.err)], [11, true]);
  });
  assert.equal((await hozon('forget', ...policy, '--no-lock')).code, 2);
  assert.equal((await days()).length, 2);
  const damaged = join(restic.repository, 'snapshots', (await listed())[0]?.id ?? '');
  await chmod(damaged, 0o600);
  await truncate(damaged, 50);
  const rest = await hozon('forget', ...policy, '--group-by', '');
  assert.deepEqual([rest.code, /Left alone: .* is damaged/.test(rest.err)], [3, true]);
});

test('tags are added, removed and set; a snapshot keeps its first id as its original', async () => {
  await using _ = await repositoryOf('tags', ['2026-01-01', '2026-01-02']);
  const before = await listed();
  const [first, second] = before;
  assert.ok(first !== undefined && second !== undefined);
  const added = await hozon('tag', '--add', 'a,b', '--add', 'c', first.id, '-o', 'json');
  assert.equal(added.code, 0, added.err);
  const { items } = JSON.parse(added.out) as { items: Record<string, unknown>[] };
  assert.deepEqual(
    items.map(each => [each['old_snapshot_id'], each['tags']]),
    [[first.id, ['a', 'b', 'c']]],
  );
  assert.deepEqual(
    (await hozon('tag', '--add', 'a', '--remove', 'x', '--tag', 'a')).err,
    'No snapshot was changed.\n',
  );
  assert.equal((await hozon('tag', '--remove', 'b', '--tag', 'a,c')).code, 0);
  await restic.run(['tag', '--add', 'theirs', '--tag', 'a']);
  assert.equal((await hozon('tag', '--set', 'x, y', 'latest')).code, 0);
  const after = await listed();
  assert.deepEqual(
    after.map(({ tags, original }) => [tags, original]),
    [
      [['a', 'c', 'theirs'], first.id],
      [['x', 'y'], second.id],
    ],
  );
  const rest = ({
    id: _id,
    tags: _tags,
    original: _original,
    ...others
  }: Listed & { short_id?: string }) => ({ ...others, short_id: '' });
  assert.deepEqual(after.map(rest), before.map(rest));
  assert.equal((await hozon('tag', '--set', '')).code, 0);
  assert.deepEqual(
    (await listed()).map(({ tags }) => tags),
    [undefined, undefined],
  );
  assert.match((await hozon('tag')).err, /cli\.missing-flag/);
  assert.match((await hozon('tag', '--set', 'a', '--add', 'b')).err, /cli\.conflicting-flags/);
  await restic.run(['check', '--read-data']);
});

test('a change of tags that was interrupted is completed without a third snapshot', async () => {
  await using _ = await repositoryOf('interrupted', ['2026-01-01']);
  const inner = prefixed(new FilesystemStore(directory), 'interrupted/');
  const opened = await openRestic(inner, { password: Buffer.from('secret') });
  const snapshots = await listSnapshots(opened);
  const change = { add: ['a'], remove: [] };
  const dying = { ...opened, store: { ...inner, delete: () => Promise.reject(new Error('killed')) } };
  await assert.rejects(Array.fromAsync(changeTags(dying, snapshots, change)), /killed/);
  assert.equal((await listed()).length, 2);
  const again = await hozon('tag', '--add', 'a');
  assert.equal(again.code, 0, again.err);
  assert.deepEqual(
    (await listed()).map(({ tags, original }) => [tags, original]),
    [[['a'], snapshots[0]?.id]],
  );
});
