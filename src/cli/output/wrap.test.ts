import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import stringWidth from 'string-width';
import { wrap } from './wrap.ts';

test('breaks at spaces, and between wide characters but not before a full stop', () => {
  assert.deepEqual(wrap('one two three', 8), ['one two', 'three']);
  assert.deepEqual(wrap('バックアップを作成します。', 12), ['バックアップ', 'を作成しま', 'す。']);
  assert.deepEqual(wrap('復元する namespace (既定値: すべて)', 18), [
    '復元する namespace',
    '(既定値: すべて)',
  ]);
  assert.deepEqual(wrap('a\n\nb', 10), ['a', '', 'b']);
});

test('loses nothing but spaces and stays within the width where a break is possible', () => {
  const word = fc.stringMatching(/^[a-z。、ーぁ-ん亜-腕]{1,6}$/);
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.integer({ min: 16, max: 60 }), (words, width) => {
      const text = words.join(' ');
      const lines = wrap(text, width);
      assert.equal(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
      for (const line of lines) assert.ok(stringWidth(line) <= width, line);
    }),
  );
});
