import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tagsAfter } from './change-tags.ts';

test('tags are added behind those there are, each once, and removal wins', () => {
  assert.deepEqual(tagsAfter(['a', 'b'], { add: ['c', 'a', 'c'], remove: [] }), ['a', 'b', 'c']);
  assert.deepEqual(tagsAfter(['a', 'b', 'c'], { add: ['x'], remove: ['b', 'x'] }), ['a', 'c']);
  assert.deepEqual(tagsAfter(['a', 'b'], { set: ['x', 'x', 'a'] }), ['x', 'a']);
  assert.deepEqual(tagsAfter(['a'], { set: [] }), []);
});
