import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { writeJson } from './go-json.ts';
import { jsonBytes, jsonText } from './go-json-text.ts';

test('text is written as any other JSON is', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => jsonText(text) === writeJson(text)));
  assert.equal(jsonText('a <&> "b" \\ é'), '"a \\u003c\\u0026\\u003e \\"b\\" \\\\ é"');
});

test('each byte that is no part of UTF-8 becomes one U+FFFD, escaped; one that was there stays', () => {
  assert.equal(jsonBytes(Buffer.from('bad\xff\xfe<', 'latin1')), '"bad\\ufffd\\ufffd\\u003c"');
  assert.equal(jsonBytes(Buffer.from([0xe6, 0x97, 0x41])), '"\\ufffd\\ufffdA"');
  assert.equal(jsonBytes(Buffer.concat([Buffer.from('日\ufffd'), Buffer.of(0x80)])), '"日\ufffd\\ufffd"');
});

test('bytes that are UTF-8 are that text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => jsonBytes(Buffer.from(text)) === jsonText(text)),
  );
});
