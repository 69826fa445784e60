import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { groupName, userName } from './owner-names.ts';

test('users and groups have the names that the system gives them', () => {
  const say = (...flags: string[]) => execFileSync('id', flags, { encoding: 'utf8' }).trim();
  const [uid, gid] = [Number(say('-u')), Number(say('-g'))];
  assert.deepEqual([userName(uid), groupName(gid)], [say('-un'), say('-gn')]);
  assert.deepEqual([userName(uid), groupName(gid)], [say('-un'), say('-gn')], 'remembered');
});

test('who has no name has none', () => {
  assert.deepEqual([userName(3_999_999_123), groupName(3_999_999_123)], [undefined, undefined]);
});
