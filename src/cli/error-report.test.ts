import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finalError, reportError } from './error-report.ts';
import { cliErrors, runErrors } from './errors.ts';

const failure = cliErrors.raise['unknown-location'](
  { name: 'x\u001b[2J', known: ['a'] },
  { cause: new Error('outer', { cause: new Error('inner') }) },
);

test('says what failed, why, and what to do, in the reader\u2019s language', () => {
  assert.equal(
    reportError(failure, { language: 'en', json: false, verbose: false }),
    'Error: there is no location "x\ufffd[2J" (known: a) [cli.unknown-location]\n' +
      '  Because: outer\n  Because: inner\n' +
      'What to do: Run "hozon location get" to see them, or "hozon location add x\ufffd[2J URL" to add it.\n',
  );
  const japanese = reportError(failure, { language: 'ja', json: false, verbose: false });
  assert.match(japanese, /^エラー: ストレージの場所 .* \[cli\.unknown-location\]\n {2}原因: outer\n/);
  assert.match(japanese, /\n対処方法: /);
});

test('the stack is shown only when asked for', () => {
  const report = (verbose: boolean) => reportError(failure, { language: 'en', json: false, verbose });
  assert.match(report(true), /error-report\.test\.ts/);
  assert.doesNotMatch(report(false), /error-report\.test\.ts/);
});

test('a JSON line, in English', () => {
  const line = reportError(failure, { language: 'ja', json: true, verbose: true });
  assert.equal(line.trimEnd().split('\n').length, 1);
  assert.deepEqual(JSON.parse(line), {
    type: 'error',
    code: 'cli.unknown-location',
    message: failure.message,
    hint: failure.hint('en'),
    causes: ['outer', 'inner'],
    retry: 'never',
    exitCode: 10,
  });
});

test('an abort is told by its reason, anything unknown as a defect', () => {
  const controller = new AbortController();
  controller.abort(runErrors.raise.cancelled({ cause: 'SIGINT' }));
  const { signal } = controller;
  assert.equal(finalError(new DOMException('x', 'AbortError'), signal).code, 'run.cancelled');
  assert.equal(finalError(signal.reason, signal).code, 'run.cancelled');
  const hungUp = Object.assign(new Error('write EIO'), { code: 'EIO', syscall: 'write' });
  assert.equal(finalError(hungUp, signal).code, 'run.cancelled');
  assert.equal(finalError(hungUp, new AbortController().signal).code, 'cli.unexpected');
  assert.equal(finalError(failure, signal).code, 'cli.unknown-location');
  const defect = finalError(new TypeError('x is not a function'), new AbortController().signal);
  assert.equal(defect.code, 'cli.unexpected');
  assert.match(defect.message, /x is not a function/);
});

test('what a cause repeats is said once', () => {
  const error = cliErrors.raise.unexpected({ problem: 'boom' }, { cause: new Error('boom') });
  assert.doesNotMatch(reportError(error, { language: 'en', json: false, verbose: false }), /Because/);
});
