import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isHozonError } from '#foundation/errors.ts';
import { directorySource } from '../directory-source.ts';
import type { SourceEvent, TreeSource } from '../source.ts';
import { walkingSource } from './walking-source.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-walk-'));
  for (let at = 0; at < 40; at++) {
    await mkdir(join(directory, `d${at}`));
    await Promise.all(
      Array.from({ length: 60 }, (_, file) => writeFile(join(directory, `d${at}/${file}`), `${file}`)),
    );
  }
  await symlink('d1', join(directory, 'link'));
});
after(() => rm(directory, { recursive: true }));

async function allOf(source: TreeSource): Promise<SourceEvent[]> {
  return (await Array.fromAsync(source.events({}))).flat();
}

test('a thread tells what is told without one', async () => {
  const targets = [Buffer.from('.'), Buffer.from('no such')];
  const options = {
    base: Buffer.from(directory),
    excludes: { patterns: [Buffer.from('*7')], ifPresent: [Buffer.from('3')], largerThan: 5 },
  };
  await using walking = walkingSource(targets, { ...options, threaded: true });
  const plain = directorySource(targets, options);
  assert.deepEqual(walking.roots, plain.roots);
  const [told, expected] = [await allOf(walking), await allOf(plain)];
  assert.ok(expected.length > 50);
  assert.deepEqual(told.map(known), expected.map(known));
});

/** Members that are undefined are as if they were not there; a walk itself is an access to directories. */
function known(event: SourceEvent): unknown {
  if (event.kind === 'failed') return { ...event, error: event.error.message };
  if (event.kind === 'left') return event;
  const { content, entry } = event;
  const told = Object.entries(entry).filter(([key, value]) => value !== undefined && key !== 'atime');
  return [Object.fromEntries(told), content?.kind === 'path' ? content.path : undefined];
}

test('what there is in all is known long before it was told, and only where it is asked for', async () => {
  const options = { base: Buffer.from(directory), excludes: { patterns: [Buffer.from('*7')] }, ahead: 1 };
  await using walking = walkingSource([Buffer.from('.')], { ...options, scan: true });
  const files = (events: readonly SourceEvent[]): number =>
    events.filter(event => event.kind === 'entry' && event.entry.type === 'file').length;
  let [told, toldBefore, bytes] = [0, 0, 0];
  for await (const events of walking.events({})) {
    told += files(events);
    for (const event of events) if (event.kind === 'entry') bytes += event.entry.size;
    while (walking.totals === undefined) await delay(10);
    if (toldBefore === 0) toldBefore = told;
  }
  assert.ok(toldBefore < told);
  assert.deepEqual(walking.totals, { files: told, bytes });
  await using plain = walkingSource([Buffer.from('.')], { ...options, threaded: false });
  assert.equal(files(await allOf(plain)), told);
  assert.equal(plain.totals, undefined);
});

test('of little, what there is in all is known at the end', async () => {
  const few = [Buffer.from('d1'), Buffer.from('d2')];
  await using walking = walkingSource(few, { base: Buffer.from(directory), scan: true });
  await allOf(walking);
  const bytes = 2 * Array.from({ length: 60 }, (_, file) => `${file}`.length).reduce((a, b) => a + b);
  assert.deepEqual(walking.totals, { files: 120, bytes });
});

test('targets that do not exist are refused at once', () => {
  const isMissing = (thrown: unknown): boolean => isHozonError(thrown, 'repository.no-sources');
  assert.throws(() => walkingSource([Buffer.from('/no/such/path')]), isMissing);
});

test('a walk ends where it is aborted, left, or never followed', async () => {
  const walk = () => walkingSource([Buffer.from(directory)], { threaded: true });
  const abort = new AbortController();
  await using aborted = walk();
  const following = Array.fromAsync(aborted.events({ signal: abort.signal }), () =>
    abort.abort(new Error('enough')),
  );
  await assert.rejects(following, /enough/);
  await using left = walk();
  for await (const events of left.events({})) {
    assert.ok(events.length > 0);
    break;
  }
  await assert.rejects(allOf(left), /once/);
  await using unasked = walk();
  assert.equal(unasked.roots.length, 1);
});
