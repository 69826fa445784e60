import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CommandOutput } from './command-output.ts';

function written(...chunks: readonly (string | Uint8Array)[]): { lines: string[]; tail: string } {
  const lines: string[] = [];
  const output = new CommandOutput(line => lines.push(line));
  for (const chunk of chunks) output.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  output.end();
  return { lines, tail: output.tail };
}

test('lines are logged whole, however they come', () => {
  assert.deepEqual(written('one\ntw', 'o\r\n', '\nthree').lines, ['one', 'two', '', 'three']);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, at) => {
      const bytes = Buffer.from(text, 'utf8');
      const cut = at % (bytes.length + 1);
      assert.deepEqual(written(bytes.subarray(0, cut), bytes.subarray(cut)), written(bytes));
    }),
  );
});

test('what a terminal would obey is replaced', () => {
  assert.deepEqual(written('\u001b[2Jgone\u0007 \u202eabc\tz\n').lines, ['\ufffd[2Jgone\ufffd \ufffdabc\tz']);
  assert.equal(written('a\u001b]0;x\n\n  b\n').tail, 'a\ufffd]0;x | b');
});

test('no more than 64 KiB is logged, in lines of at most 1 KiB, and that is said', () => {
  const { lines } = written(...Array.from({ length: 200 }, () => 'x'.repeat(3000)));
  assert.equal(lines.pop(), '(more output is not logged)');
  assert.ok(lines.every(line => line.length <= 1024));
  const total = lines.join('\n').length;
  assert.ok(total >= 64 * 1024 - 1024 && total <= 68 * 1024, `${total}`);
});

test('the tail is the last KiB, in whole characters', () => {
  const { tail } = written('é'.repeat(10_000), '終わり');
  assert.ok(tail.endsWith('é終わり'));
  assert.ok(!tail.includes('\ufffd'));
  assert.ok(Buffer.byteLength(tail) <= 1024 && Buffer.byteLength(tail) > 1000);
});
