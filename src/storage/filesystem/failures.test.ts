import assert from 'node:assert/strict';
import { test } from 'node:test';
import { raise } from '../errors.ts';
import { storageFailure } from './failures.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed, open '/backups/a'`), { code, syscall: 'open' });
}

test('system calls that fail become errors that say what to do', () => {
  const expected = {
    EACCES: 'denied',
    EPERM: 'denied',
    EROFS: 'read-only',
    ENOSPC: 'no-space',
    EDQUOT: 'no-space',
    EIO: 'unavailable',
    ESTALE: 'unavailable',
    EXDEV: 'unsupported',
    ENAMETOOLONG: 'invalid-key',
    ELOOP: 'failed',
  };
  for (const [code, name] of Object.entries(expected)) {
    const failure = storageFailure(systemError(code), 'file:///backups', 'a') as {
      code: string;
      cause: unknown;
    };
    assert.equal(failure.code, `storage.${name}`, code);
    assert.ok(failure.cause instanceof Error);
  }
});

test('what is not a failed system call stays what it is', () => {
  const own = raise['not-found']({ url: 'file:///backups', key: 'a' });
  const abort = new DOMException('The operation was aborted', 'AbortError');
  const bug = new TypeError('x is not a function');
  for (const thrown of [own, abort, bug, 'text', undefined]) {
    assert.equal(storageFailure(thrown, 'file:///backups', 'a'), thrown);
  }
});
