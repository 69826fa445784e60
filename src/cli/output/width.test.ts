import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import stringWidth from 'string-width';
import { displayWidth } from './width.ts';

test('wide characters count two, marks and escapes nothing', () => {
  assert.equal(displayWidth('abc'), 3);
  assert.equal(displayWidth('バックアップ'), 12);
  assert.equal(displayWidth('ﾊﾞｯｸ'), 4);
  assert.equal(displayWidth('e\u0301'), 1);
  assert.equal(displayWidth('\u304b\u3099'), 2);
  assert.equal(displayWidth('\u001b[31m日本\u001b[39m'), 4);
  assert.equal(displayWidth('👍🏽 ok'), 5);
  assert.equal(displayWidth('🇯🇵'), 2);
  assert.equal(displayWidth(''), 0);
});

test('agrees with string-width on what names and messages are made of', () => {
  const text = fc.string({
    unit: fc
      .oneof(
        fc.integer({ min: 0x20, max: 0x7e }),
        fc.integer({ min: 0xa0, max: 0x24f }),
        fc.integer({ min: 0x3041, max: 0x30ff }),
        fc.integer({ min: 0x4e00, max: 0x9fff }),
        fc.integer({ min: 0xff01, max: 0xff9f }),
        fc.integer({ min: 0xac00, max: 0xd7a3 }),
        fc.integer({ min: 0x400, max: 0x4ff }),
        fc.constant(0x1f600),
      )
      .map(code => String.fromCodePoint(code)),
  });
  fc.assert(fc.property(text, sample => assert.equal(displayWidth(sample), stringWidth(sample), sample)));
});
