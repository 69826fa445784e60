import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languageOf } from './language.ts';

test('the locale variables decide in their POSIX order', () => {
  assert.equal(languageOf({ LANG: 'ja_JP.UTF-8' }), 'ja');
  assert.equal(languageOf({ LANG: 'ja_JP.UTF-8', LC_ALL: 'C' }), 'en');
  assert.equal(languageOf({ LANG: 'C', LC_MESSAGES: 'ja' }), 'ja');
  assert.equal(languageOf({ LC_ALL: 'C', HOZON_LANG: 'ja' }), 'ja');
  assert.equal(languageOf({ LANG: 'java' }), 'en');
  assert.equal(languageOf({}), 'en');
});
