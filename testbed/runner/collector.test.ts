import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collector, type TestEvent, textOf } from './collector.ts';

const file = '/p/a.test.ts';

describe('what is gathered', () => {
  it('names the test that was running when a run is aborted, and the files that were waiting', () => {
    const gather = collector('/p');
    gather.begun(event('/p/a.test.ts', 0, { file, entryFile: undefined }));
    gather.begun(event('a suite', 0));
    gather.begun(event('one', 1));
    gather.begun(event('another', 1));
    gather.aborted();
    for (const aborted of [file, '/p/b.test.ts']) {
      const error = testError('testAborted', 'no time was left');
      gather.failed(event(aborted, 0, { file: aborted, entryFile: undefined, details: { error } }));
    }
    const { files, notBegun } = gather.outcome();
    assert.deepEqual(notBegun, ['/p/b.test.ts']);
    assert.deepEqual(
      files.map(({ file, failures }) => [file, failures.map(({ text }) => text)]),
      [[file, ['cut off, no time was left; the test that began last: a suite > another']]],
    );
  });

  it('fails a file whose tests do not tell why it did', () => {
    const gather = collector('/p');
    const details = { error: testError('subtestsFailed', 'test failed'), duration_ms: 1500 };
    gather.completed(event('a.test.ts', 0, { file, entryFile: undefined, details }));
    const [outcome] = gather.outcome().files;
    assert.equal(outcome?.seconds, 1.5);
    assert.equal(outcome.failures.length, 1);
  });

  it('names a test that another file defines by the file that was run', () => {
    const gather = collector('/p');
    const details = { error: testError('testCodeFailure', 'wrong', new Error('wrong')) };
    gather.failed(event('shared', 0, { file: '/p/cases.ts', line: 7, details }));
    assert.deepEqual(
      gather.outcome().files.map(({ file, failures }) => [file, failures.map(({ at }) => at)]),
      [[file, [undefined]]],
    );
  });
});

describe('the text of a failure', () => {
  it('has all that is behind an error, and the place in the project', () => {
    const below = new Error('below');
    below.stack =
      'Error: below\n    at x (node:internal/x:1:1)\n    at y (file:///p/src/y.ts:3:4)\n    at z (/p/z.ts:1:1)';
    const both = new AggregateError([new Error('one'), 'two'], 'both', { cause: below });
    for (const error of [...both.errors, both]) if (error instanceof Error) delete error.stack;
    const text = textOf(testError('testCodeFailure', 'both', both), '/p');
    assert.equal(text, 'AggregateError: both\none of: one\none of: two\ncaused by: below\nat src/y.ts:3:4');
  });

  it('ends where errors cause each other', () => {
    const one = new Error('one');
    one.cause = new Error('two', { cause: one });
    assert.match(textOf(one, '/p'), /^one\n(?:at .*\n)?caused by: two(?:\nat .*)?$/);
  });
});

function event(name: string, nesting: number, more: Partial<TestEvent> = {}): TestEvent {
  return { name, nesting, file, entryFile: file, ...more };
}

function testError(failureType: string, message: string, cause?: Error) {
  return Object.assign(new Error(message, { cause }), { failureType });
}
