import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Browsable, BrowsedSnapshot, StoredEntry } from '../browsing/browsable.ts';
import { commonPath, lastName, madeUp, placeOf, segmentsOf } from './place.ts';

/** A repository of directories only: names, joined by `/`, are what they are called. */
function directories(...paths: readonly string[]): Pick<Browsable, 'list'> {
  const entry = (path: string): StoredEntry => ({
    name: path.slice(path.lastIndexOf('/') + 1),
    type: 'dir',
    described: madeUp(0n),
    directory: path,
    content: [],
  });
  return {
    list: async directory => {
      const inside = paths.filter(
        path => path.slice(0, Math.max(0, path.lastIndexOf('/'))) === directory && path !== '',
      );
      return inside.map(entry);
    },
  };
}

function snapshotOf(...paths: readonly string[]): BrowsedSnapshot {
  const root = { name: '', type: 'dir', described: undefined, directory: '', content: [] };
  return { id: 'id', time: 0n, host: 'host', user: 'user', paths, tags: [], pins: [], root };
}

async function placeIn(
  source: Pick<Browsable, 'list'>,
  ...paths: string[]
): Promise<[string, string | undefined]> {
  const { path, entry } = await placeOf(source as Browsable, snapshotOf(...paths), { fromAbove: true });
  return [path, entry.directory];
}

test('a tree that begins at / is followed down to its path', async () => {
  const source = directories('srv', 'srv/data', 'srv/data/a', 'srv/data/b');
  assert.deepEqual(await placeIn(source, '/srv/data'), ['/srv/data', 'srv/data']);
});

test('a tree of a relative path begins further down', async () => {
  const source = directories('data', 'data/a');
  assert.deepEqual(await placeIn(source, '/srv/data'), ['/srv/data', 'data']);
});

test('a tree of the working directory begins at the path, even where something in it is called the same', async () => {
  const source = directories('data', 'other');
  assert.deepEqual(await placeIn(source, '/srv/data'), ['/srv/data', '']);
});

test('several paths are the directory above all of them', async () => {
  const source = directories('srv', 'srv/a', 'srv/b');
  assert.deepEqual(await placeIn(source, '/srv/a', '/srv/b'), ['/srv', 'srv']);
  assert.deepEqual(await placeIn(directories('etc', 'var'), '/etc', '/var'), ['/', '']);
  assert.equal(commonPath(['/srv/ab', '/srv/a']), '/srv');
  assert.equal(commonPath(['/srv', '/srv/a']), '/');
});

test('what begins at its path is not followed', async () => {
  const { path, entry } = await placeOf(directories('srv') as Browsable, snapshotOf('a/relative/one'), {
    fromAbove: false,
  });
  assert.deepEqual([path, entry.directory], ['a/relative/one', '']);
});

test('no segment of a path leads elsewhere', () => {
  assert.deepEqual(segmentsOf('/a/./../b//c'), ['a', 'b', 'c']);
  assert.equal(lastName('/a/b'), 'b');
  assert.equal(lastName('/'), '');
});
