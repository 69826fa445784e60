import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import { checkKey, checkPrefix, compareKeys } from './keys.ts';

function accepts(check: (text: string) => void, text: string): boolean {
  try {
    check(text);
    return true;
  } catch (thrown) {
    assert.ok(isHozonError(thrown, 'storage.invalid-key'));
    return false;
  }
}

test('every beginning of a valid key is a valid prefix', () => {
  const segment = fc.stringMatching(/^[a-z.é😀 ]{1,8}$/u);
  fc.assert(
    fc.property(
      fc.array(segment, { minLength: 1 }).map(parts => parts.join('/')),
      fc.nat(),
      (key, cut) => {
        if (!accepts(checkKey, key)) return;
        const prefix = key.slice(0, cut % (key.length + 1));
        assert.ok(accepts(checkPrefix, prefix) || !prefix.isWellFormed(), prefix);
      },
    ),
  );
});

test('no accepted key leads out of its location', () => {
  const piece = fc.constantFrom('a', '.', '..', '/', '//', '\\', '\0', ' ');
  fc.assert(
    fc.property(
      fc.array(piece).map(pieces => pieces.join('')),
      key => {
        if (!accepts(checkKey, key)) return;
        assert.equal(new URL(`file:///backups/${encodeURI(key)}`).pathname.startsWith('/backups/'), true);
        assert.ok(key.split('/').every(segment => segment !== '' && segment !== '.' && segment !== '..'));
      },
    ),
  );
});

test('keys are in the order of their UTF-8 bytes', () => {
  assert.deepEqual(['a/b', 'a0', 'a', 'a.b', 'a-b', '\u{1f600}', '\uffee'].sort(compareKeys), [
    'a',
    'a-b',
    'a.b',
    'a/b',
    'a0',
    '\uffee',
    '\u{1f600}',
  ]);
});
