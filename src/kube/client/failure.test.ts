import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { raise } from '../errors.ts';
import { readStatus, statusError, statusOf } from '../status.ts';
import { isOutcomeUnknown, retryVerdict, transferError } from './failure.ts';

const server = 'https://api';
const status = (code: number, body: object = {}, retryAfter?: string): Error =>
  statusError(
    server,
    'GET x',
    readStatus({ code, retryAfter, body: JSON.stringify({ kind: 'Status', ...body }) }),
  );

const webhookDown = status(500, {
  reason: 'InternalError',
  message: 'Internal error occurred: failed calling webhook "a.example.com": connection refused',
});

suite('what is sent again', () => {
  const cases: [string, Error, boolean | number, boolean | number][] = [
    ['nothing was sent', raise.unreachable({ server, reason: 'refused' }), true, true],
    ['cut', raise['connection-lost']({ server, what: 'x', reason: 'reset' }), true, false],
    ['stalled', raise.timeout({ server, what: 'x', milliseconds: 1 }), true, false],
    ['not trusted', raise.tls({ server, reason: 'expired' }), false, false],
    ['429', status(429), 0, 0],
    ['429 with Retry-After', status(429, {}, '3'), 3000, 3000],
    ['503', status(503), 0, false],
    ['503 with Retry-After', status(503, {}, '2'), 2000, 2000],
    [
      '504 that may have been done',
      status(504, { reason: 'Timeout', details: { retryAfterSeconds: 1 } }),
      1000,
      false,
    ],
    ['500', status(500), 0, false],
    ['500 for a webhook that is down', webhookDown, false, false],
    ['501', status(501), false, false],
    ['404', status(404), false, false],
    ['409', status(409), false, false],
  ];
  for (const [name, thrown, repeatable, once] of cases) {
    test(name, () => {
      assert.equal(retryVerdict(thrown, true), repeatable);
      assert.equal(retryVerdict(thrown, false), once);
    });
  }
});

test('only faults after sending leave the outcome open', () => {
  assert.equal(isOutcomeUnknown(raise.unreachable({ server, reason: 'refused' })), false);
  assert.equal(isOutcomeUnknown(status(429)), false);
  assert.equal(isOutcomeUnknown(status(422)), false);
  assert.equal(isOutcomeUnknown(webhookDown), false);
  assert.equal(isOutcomeUnknown(status(502)), true);
});

test("a server's answer stays readable behind the error", () => {
  const thrown = status(422, {
    reason: 'Invalid',
    message: 'no\u001b[31m good',
    details: { causes: [{ reason: 'FieldValueInvalid', message: 'bad', field: 'spec.x' }] },
  });
  assert.deepEqual(statusOf(new Error('outer', { cause: thrown })), {
    code: 422,
    reason: 'Invalid',
    message: 'no [31m good',
    causes: [{ reason: 'FieldValueInvalid', message: 'bad', field: 'spec.x' }],
    retryAfterSeconds: undefined,
    continueToken: undefined,
  });
  assert.equal(statusOf(new Error('no answer')), undefined);
});

test('a body that is no Status is quoted in part', () => {
  const read = readStatus({ code: 502, body: `<html>${'x'.repeat(10_000)}` });
  assert.equal(read.reason, '');
  assert.equal(read.message.length, 512);
  assert.equal(readStatus({ code: 503, body: '' }).message, 'HTTP 503');
});

test('AlreadyExists is told from other conflicts', () => {
  assert.equal((status(409, { reason: 'AlreadyExists' }) as { code?: string }).code, 'kube.already-exists');
  assert.equal((status(409, { reason: 'Conflict' }) as { code?: string }).code, 'kube.conflict');
});

test('faults of a transfer get their names, others pass through', () => {
  const request = { server, what: 'x', idleTimeout: 5 };
  const coded = (code: string): unknown => transferError(request, Object.assign(new Error('m'), { code }));
  assert.equal((coded('UND_ERR_BODY_TIMEOUT') as { code: string }).code, 'kube.timeout');
  assert.equal((coded('ECONNRESET') as { code: string }).code, 'kube.connection-lost');
  assert.equal((coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED') as { code: string }).code, 'kube.tls');
  const mistake = new TypeError('mine');
  assert.equal(transferError(request, mistake), mistake);
});
