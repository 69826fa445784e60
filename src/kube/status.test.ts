import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStatus } from './status.ts';

test('a Status of the API server is read whole', () => {
  const status = readStatus({
    code: 410,
    body: JSON.stringify({
      kind: 'Status',
      reason: 'Expired',
      message: 'too old',
      metadata: { continue: 'token' },
      details: { retryAfterSeconds: 3, causes: [{ reason: 'Gone', message: 'gone', field: 'rv' }] },
    }),
  });
  assert.deepEqual(status, {
    code: 410,
    reason: 'Expired',
    message: 'too old',
    causes: [{ reason: 'Gone', message: 'gone', field: 'rv' }],
    retryAfterSeconds: 3,
    continueToken: 'token',
  });
});

test('the Status at the end of an exec, which names no kind, is read too', () => {
  const status = readStatus({
    code: 500,
    body: JSON.stringify({
      metadata: {},
      status: 'Failure',
      reason: 'InternalError',
      message: 'error executing command in container: executable file not found',
    }),
  });
  assert.equal(status.reason, 'InternalError');
  assert.match(status.message, /executable file not found/);
});

test('JSON that is no Status, and what is no JSON, is shown as it came', () => {
  assert.equal(
    readStatus({ code: 502, body: '{"message":"from a proxy"}' }).message,
    '{"message":"from a proxy"}',
  );
  const html = readStatus({ code: 503, body: '<html>\u0007busy</html>' });
  assert.deepEqual([html.code, html.reason, html.message], [503, '', '<html> busy</html>']);
  assert.equal(readStatus({ code: 504, body: '' }).message, 'HTTP 504');
});

test('Retry-After of the header beats that of the body', () => {
  const body = JSON.stringify({ kind: 'Status', details: { retryAfterSeconds: 9 } });
  assert.equal(readStatus({ code: 429, retryAfter: '2', body }).retryAfterSeconds, 2);
  assert.equal(readStatus({ code: 429, retryAfter: 'soon', body }).retryAfterSeconds, 9);
});
