import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { BrowsedSnapshot } from '../browsing/browsable.ts';
import { tagTexts } from '../kopia/browsing/browsable.ts';
import { manifestOf } from '../kopia/copying/snapshot-document.ts';
import { resticTags } from '../restic/copying/foreign-tags.ts';
import { kopiaOrigin } from './origin.ts';
import { madeUp } from './place.ts';

const root = { name: 'data', type: 'dir', described: madeUp(0n), directory: 'kabc', content: [] };

function snapshot(tags: readonly string[], paths: readonly string[] = ['/data']): BrowsedSnapshot {
  return { id: 'id', time: 5n, host: 'host', user: 'user', paths, tags, pins: [], root };
}

const rootEntry = {
  name: 'data',
  type: 'd',
  mode: 0o755,
  size: 0,
  mtime: 0n,
  uid: 0,
  gid: 0,
  object: 'kabc',
} as const;
const origin = 'ab'.repeat(32);

/** A snapshot of restic's, as the one of kopia's that is its copy is seen. */
function throughKopia(source: BrowsedSnapshot): BrowsedSnapshot {
  const landed = { source, origin, root: { path: '/data', entry: { name: 'data', described: madeUp(0n) } } };
  const { tags, pins, description, incomplete } = manifestOf(landed, rootEntry);
  return {
    ...snapshot(tagTexts(tags)),
    pins,
    ...(description === '' ? {} : { description }),
    ...(incomplete === '' ? {} : { incomplete }),
  };
}

test('tags and paths of restic come back from kopia as they were', () => {
  const words = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}(:[a-z]{0,3}){0,2}$/), { maxLength: 5 });
  const paths = fc.uniqueArray(fc.stringMatching(/^\/[a-z]{1,4}$/), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(words, paths, (tags, of) => {
      const back = resticTags(throughKopia(snapshot(tags, of)));
      assert.deepEqual(back.tags, tags);
      assert.deepEqual(back.paths ?? ['/data'], of.length > 1 ? of : ['/data']);
    }),
  );
});

test('what restic keeps in tags for kopia becomes itself again', () => {
  const ofKopia = {
    ...snapshot(['env:prod']),
    description: 'why',
    pins: ['audit'],
    incomplete: 'checkpoint',
  };
  const { tags } = resticTags(ofKopia);
  assert.deepEqual(tags, [
    'env:prod',
    'kopia-description:why',
    'kopia-pin:audit',
    'kopia-incomplete:checkpoint',
  ]);
  const back = throughKopia(snapshot(tags));
  assert.deepEqual(
    [back.description, back.pins, back.incomplete, back.tags.filter(tag => !tag.startsWith('hozon-'))],
    ['why', ['audit'], 'checkpoint', ['env:prod']],
  );
});

test('a copy keeps the name of what it is a copy of, through changes of tags and pins', () => {
  const own = Buffer.from('repository');
  const first = kopiaOrigin(own, snapshot(['a:b']));
  assert.equal(kopiaOrigin(own, { ...snapshot([]), id: 'other', pins: ['x'] }), first);
  assert.notEqual(kopiaOrigin(Buffer.from('another'), snapshot(['a:b'])), first);
  assert.notEqual(kopiaOrigin(own, { ...snapshot([]), time: 6n }), first);
  assert.equal(kopiaOrigin(own, throughKopia(snapshot(['a:b']))), origin);
});
