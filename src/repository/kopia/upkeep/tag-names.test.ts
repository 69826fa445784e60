import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pinsAfter } from './change-snapshots.ts';
import { editTags } from './tag-names.ts';

test('tags are added, replaced and removed by their names; names that others gave stay', () => {
  const tags = { 'tag:a': '1', 'snapshot-requester': 'velero' };
  assert.deepEqual(editTags(tags, { add: ['b:x:y', 'a:2'], remove: [] }), {
    'tag:a': '2',
    'tag:b': 'x:y',
    'snapshot-requester': 'velero',
  });
  assert.deepEqual(editTags(tags, { add: ['snapshot-requester:me'], remove: ['a'] }), {
    'snapshot-requester': 'me',
  });
  assert.deepEqual(editTags(tags, { add: [], remove: ['a:1'] }), { 'snapshot-requester': 'velero' });
  assert.equal(editTags(tags, { add: ['a:1'], remove: ['a:2', 'c'] }), undefined);
  assert.deepEqual(editTags(tags, { set: ['only'] }), { 'tag:only': '' });
  assert.deepEqual(editTags(tags, { set: [] }), {});
});

test('pins are a set, sorted; what is removed is gone', () => {
  assert.deepEqual(pinsAfter(['b'], { add: ['a', 'b'], remove: [] }), ['a', 'b']);
  assert.deepEqual(pinsAfter(['b', 'a'], { add: ['c'], remove: ['b', 'c'] }), ['a']);
  assert.equal(pinsAfter(['b', 'a'], { add: ['a'], remove: ['c'] }), undefined);
});
