import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
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
  await using walking = walkingSource(targets, options);
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

test('targets that do not exist are refused at once', () => {
  const isMissing = (thrown: unknown): boolean => isHozonError(thrown, 'repository.no-sources');
  assert.throws(() => walkingSource([Buffer.from('/no/such/path')]), isMissing);
});

test('a walk ends where it is aborted, left, or never followed', async () => {
  const walk = () => walkingSource([Buffer.from(directory)]);
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
