import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findSnapshot } from '#repository/restic/access/snapshots.ts';
import { type RestoreOptions, restoreSnapshot } from '#repository/restic/restore/restore.ts';
import type { TargetEvent } from '#repository/trees/target/target-event.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { openQuick } from './crafted.ts';
import { hozonOn } from './hozon.ts';
import { MemoryStore } from './memory-store.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';
import { assertSameFacts, type Facts, factsOf } from './same-trees.ts';

/** What becomes of what is in the target already, and of a restore that does not come to its end. */

const moment = new Date('2026-01-02T03:04:05Z');
const [before_, later] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-03T00:00:00Z')];

let directory: string;
let source: string;
let place: string;
let expected: Map<string, Facts>;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restore-policies-'));
  [source, place] = [join(directory, 'source'), join(directory, 'repository')];
  await mkdir(join(source, 'sub/inner'), { recursive: true });
  await writeFile(join(source, 'same'), 'the content');
  await writeFile(join(source, 'sub/large'), randomBytes(9_000_000));
  for (let at = 0; at < 300; at++) await writeFile(join(source, `sub/inner/${at}`), `${at}`.repeat(at));
  await symlink('same', join(source, 'symlink'));
  await link(join(source, 'same'), join(source, 'sub/linked'));
  for (const name of ['same', 'sub/large', 'sub/inner', 'sub']) {
    await utimes(join(source, name), moment, moment);
  }
  await makeQuickRepository(new FilesystemStore(place));
  await hozonOn(place).run(['snapshot', source]);
  expected = await factsOf(source);
  expected.delete('');
});
after(() => rm(directory, { recursive: true }));

/** Restores the source into a target; what was said of each path. */
async function restore(target: string, options: Partial<RestoreOptions> = {}) {
  const repository = await openQuick(new FilesystemStore(place));
  const events: TargetEvent[] = [];
  const summary = await restoreSnapshot(repository, await findSnapshot(repository, 'latest'), {
    target,
    below: source,
    threads: 2,
    onEvent: event => events.push(event),
    ...options,
  });
  const actions = new Map(events.map(({ path, action }) => [path.toString(), action]));
  return { summary, actions, lines: events.map(({ path, action }) => `${action} ${path.toString()}`) };
}

async function newTarget(): Promise<string> {
  return mkdtemp(join(directory, 'target-'));
}

async function assertRestored(target: string): Promise<void> {
  const actual = await factsOf(target);
  actual.delete('');
  assertSameFacts(actual, expected);
}

/** A target that holds the file otherwise, with that time. */
async function targetWith(content: string, time: Date): Promise<string> {
  const target = await newTarget();
  await writeFile(join(target, 'same'), content);
  await utimes(join(target, 'same'), time, time);
  return target;
}

test('always: whatever is there becomes what was stored', async () => {
  for (const [content, action] of [
    ['the content', 'unchanged'],
    ['its content', 'updated'],
    ['longer than the content', 'updated'],
  ] as const) {
    const target = await targetWith(content, moment);
    const { actions } = await restore(target);
    assert.equal(actions.get('same'), action, content);
    await assertRestored(target);
  }
});

test('if-changed: size and time are trusted', async () => {
  const trusted = await targetWith('its content', moment);
  const { actions } = await restore(trusted, { overwrite: 'if-changed' });
  assert.equal(actions.get('same'), 'unchanged');
  assert.equal(await readFile(join(trusted, 'same'), 'utf8'), 'its content');
  for (const [content, time] of [['its content', later] as const, ['shorter', moment] as const]) {
    const target = await targetWith(content, time);
    assert.equal((await restore(target, { overwrite: 'if-changed' })).actions.get('same'), 'updated');
    await assertRestored(target);
  }
});

test('if-newer: what is as new as the snapshot is left', async () => {
  for (const [time, action] of [
    [before_, 'updated'],
    [moment, 'left'],
    [later, 'left'],
  ] as const) {
    const target = await targetWith('its content', time);
    const { actions } = await restore(target, { overwrite: 'if-newer' });
    assert.equal(actions.get('same'), action);
    const kept = await readFile(join(target, 'same'), 'utf8');
    assert.equal(kept, action === 'left' ? 'its content' : 'the content');
  }
});

test('never: what is there is left, also where a directory is to be; the rest is restored', async () => {
  const target = await targetWith('its content', before_);
  await writeFile(join(target, 'sub'), 'in the way');
  const { actions } = await restore(target, { overwrite: 'never' });
  assert.deepEqual([actions.get('same'), actions.get('sub')], ['left', 'left']);
  assert.equal(actions.get('symlink'), 'written');
  assert.equal(await readFile(join(target, 'same'), 'utf8'), 'its content');
  assert.equal(await readFile(join(target, 'sub'), 'utf8'), 'in the way');
});

test('a file that is left is not what its other names are linked to', async () => {
  const target = await targetWith('its content', later);
  await restore(target, { overwrite: 'if-newer' });
  assert.equal(await readFile(join(target, 'sub/linked'), 'utf8'), 'the content');
});

test('a file that has a name outside is replaced, not written into', async () => {
  const target = await targetWith('its content', moment);
  await link(join(target, 'same'), join(directory, 'precious'));
  await restore(target);
  assert.equal(await readFile(join(directory, 'precious'), 'utf8'), 'its content');
  await assertRestored(target);
});

/** A target with what the snapshot does not have. */
async function targetWithExtras(): Promise<string> {
  const target = await targetWith('its content', moment);
  await mkdir(join(target, 'sub/inner/extra/below'), { recursive: true });
  await writeFile(join(target, 'sub/inner/extra/below/file'), '');
  await writeFile(join(target, 'extra'), '');
  await mkdir(join(directory, 'outside'), { recursive: true });
  await writeFile(join(directory, 'outside/file'), 'precious');
  await symlink('../outside', join(target, 'sub/leads out'));
  await mkdir(join(target, 'symlink/full'), { recursive: true });
  return target;
}

test('extra entries are removed where that is asked for, and nothing that a symlink leads to', async () => {
  const target = await targetWithExtras();
  const { summary } = await restore(target, { delete: true });
  assert.deepEqual([summary.failed, summary.removed], [0, 7]);
  await assertRestored(target);
  assert.equal(await readFile(join(directory, 'outside/file'), 'utf8'), 'precious');
});

test('extra entries that are not selected stay', async () => {
  const target = await targetWithExtras();
  await restore(target, { delete: true, exclude: [Buffer.from('extra')] });
  assert.ok((await readdir(target)).includes('extra'));
  assert.deepEqual(await readdir(join(target, 'sub/inner/extra/below')), ['file']);
  assert.ok(!(await readdir(join(target, 'sub'))).includes('leads out'));
});

test('without deleting, extras stay, and a directory that holds something is in the way', async () => {
  const target = await targetWithExtras();
  const { actions, summary } = await restore(target);
  assert.deepEqual([actions.get('symlink'), summary.failed, summary.removed], ['failed', 1, 0]);
  assert.deepEqual(await readdir(join(target, 'symlink')), ['full']);
  assert.ok((await readdir(target)).includes('extra'));
});

test('a dry run says what then happens, and changes nothing', async () => {
  const policies = ['always', 'if-changed', 'if-newer', 'never'] as const;
  for (const overwrite of policies) {
    for (const remove of [false, true]) {
      const target = await targetWithExtras();
      const untouched = await factsOf(target);
      const preview = await restore(target, { overwrite, delete: remove, dryRun: true });
      assertSameFacts(await factsOf(target), untouched);
      const done = await restore(target, { overwrite, delete: remove });
      assert.deepEqual(preview.lines.sort(), done.lines.sort(), `${overwrite} ${remove}`);
      assert.ok(done.lines.length > 300);
    }
  }
});

test('a dry run into a directory that is not there makes none', async () => {
  const target = join(directory, 'not there/below');
  const preview = await restore(target, { dryRun: true });
  await assert.rejects(stat(join(directory, 'not there')));
  const done = await restore(target);
  assert.deepEqual(preview.lines.sort(), done.lines.sort());
});

test('what was changed behind a restore is found', async () => {
  const target = await newTarget();
  const { actions, summary } = await restore(target, {
    verify: true,
    onEvent: event => {
      // the last directory is left when all is written
      if (event.path.toString() !== 'sub' || event.action !== 'written') return;
      const path = join(target, 'sub/large');
      const content = readFileSync(path);
      content[5_000_000] = (content[5_000_000] ?? 0) ^ 1;
      writeFileSync(path, content);
      writeFileSync(join(target, 'sub/inner/7'), 'longer than it was');
    },
  });
  assert.equal(summary.differing, 2);
  assert.equal(actions.size, 0);
});

test('a damaged pack costs the files that need it, and no name is given to what is wrong', async () => {
  const copy = join(directory, 'damaged');
  await mkdir(copy);
  await hozonOn(place).run(['check']);
  await damagedCopy(copy);
  const repository = await openQuick(new FilesystemStore(copy));
  const target = await targetWith('its content', moment);
  await writeFile(join(target, 'extra'), '');
  const events: TargetEvent[] = [];
  const snapshot = await findSnapshot(repository, 'latest');
  const onEvent = (event: TargetEvent) => events.push(event);
  const summary = await restoreSnapshot(repository, snapshot, { target, below: source, onEvent });
  assert.ok(summary.failed > 0);
  const failed = events.filter(({ action }) => action === 'failed').map(({ path }) => `/${path.toString()}`);
  const actual = await factsOf(target);
  for (const [path, facts] of actual) {
    if (failed.includes(path) || path === '' || path === '/extra') continue;
    assert.deepEqual(actual.get(path)?.content, expected.get(path)?.content, path);
    assert.ok(facts.mtime !== undefined);
  }
  const missing = [...expected.keys()].filter(path => !actual.has(path));
  for (const path of missing) assert.ok(failed.includes(path), `${path} is named`);
  assert.ok(missing.length > 0);
});

/** Copies the repository with a bit of every large pack flipped. */
async function damagedCopy(copy: string): Promise<void> {
  const [from, to] = [new FilesystemStore(place), new FilesystemStore(copy)];
  for await (const { key, size } of from.list('')) {
    const bytes = Buffer.concat(await Array.fromAsync(await from.get(key)));
    if (key.startsWith('data/') && size > 1_000_000) bytes[3000] = (bytes[3000] ?? 0) ^ 1;
    await to.put(key, bytes);
  }
}

test('a restore that is called off leaves nothing half done, and is completed by the next', async () => {
  const target = await newTarget();
  const controller = new AbortController();
  const onEvent = (): void => controller.abort();
  await assert.rejects(restore(target, { onEvent, signal: controller.signal }));
  const [interrupted, whole] = [await factsOf(target), expected];
  for (const [path, { content }] of interrupted) assert.equal(content, whole.get(path)?.content, path);
  await restore(target);
  await assertRestored(target);
});

test('a restore that is killed is completed by the next, which removes what was left unfinished', async () => {
  const target = await newTarget();
  const main = join(import.meta.dirname, '../../src/cli/main.ts');
  const given = ['repo', 'restore', `latest:${source}`, '--target', target, '--repo', place];
  const child = spawn(process.execPath, [main, ...given], {
    env: { ...process.env, RESTIC_PASSWORD: quickPassword },
    stdio: 'ignore',
  });
  const ended = new Promise(resolve => child.once('exit', resolve));
  const begun = (async () => {
    for (;;) {
      if ((await readdir(target, { recursive: true })).length > 20 || child.exitCode !== null) return;
      await new Promise(resolve => setImmediate(resolve));
    }
  })();
  await begun;
  child.kill('SIGKILL');
  await ended;
  const stale = join(target, 'sub', `.hozon-restore-${child.pid}-abcdef-0-0`);
  await mkdir(join(target, 'sub'), { recursive: true });
  await writeFile(stale, 'a part');
  await restore(target);
  await assertRestored(target);
});

test('who may not give entries to others is told of each, and gets the rest', async () => {
  const owned = join(directory, 'owned');
  await mkdir(owned);
  await writeFile(join(owned, 'mine'), 'mine');
  await writeFile(join(owned, 'another'), 'another');
  await chmod(join(owned, 'another'), 0o600);
  const other = join(directory, 'other repository');
  await makeQuickRepository(new FilesystemStore(other));
  await hozonOn(other).run(['snapshot', owned]);
  const target = await newTarget();
  await chmod(directory, 0o755);
  assert.equal(process.geteuid?.(), 0, 'this suite needs root');
  // the files of the repository are root's: another user cannot read them, but what is in memory
  const repository = await openQuick(await MemoryStore.copyOf(new FilesystemStore(other)));
  const snapshot = await findSnapshot(repository, 'latest');
  await chmod(target, 0o777);
  process.seteuid?.(65_534);
  try {
    const events: TargetEvent[] = [];
    const onEvent = (event: TargetEvent) => events.push(event);
    const summary = await restoreSnapshot(repository, snapshot, { target, below: owned, onEvent });
    assert.deepEqual([summary.written, summary.failed, summary.incomplete], [2, 0, 2]);
    assert.deepEqual(
      events.map(event => ('problems' in event ? event.problems : [])),
      [[{ what: 'owner', code: 'EPERM' }], [{ what: 'owner', code: 'EPERM' }]],
    );
  } finally {
    process.seteuid?.(0);
  }
  assert.equal(await readFile(join(target, 'mine'), 'utf8'), 'mine');
  assert.equal((await stat(join(target, 'another'))).uid, 65_534);
});
