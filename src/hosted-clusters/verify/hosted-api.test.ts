import assert from 'node:assert/strict';
import { test } from 'node:test';
import { raise } from '#kube/errors.ts';
import { secretsUnread } from './hosted-api.ts';

const [server, what] = ['https://api.west:6443', 'listing secrets'];

test('only an API server that cannot decrypt says that the key is another', () => {
  for (const message of [
    'Internal error occurred: unable to transform key "/kubernetes.io/secrets/a/b": invalid padding on input',
    'Internal error occurred: unable to transform key "/registry/secrets/a/b": no matching key was found',
    'failed to read one or more secrets from the storage: unable to transform key',
  ]) {
    const { severity, code } = secretsUnread(raise['server-error']({ server, what, message, status: 500 }));
    assert.deepEqual([severity, code], ['unsound', 'secrets-unreadable'], message);
  }
});

test('that Secrets may not be listed, or that nobody answers, says nothing of the key', () => {
  for (const thrown of [
    raise.forbidden({ what, message: 'secrets is forbidden' }),
    raise.timeout({ server, what, milliseconds: 60_000 }),
    raise['connection-lost']({ server, what, reason: 'ECONNRESET' }),
    raise['too-many-requests']({ server, what, message: 'storage is (re)initializing' }),
    raise['server-error']({ server, what, message: 'the server is starting', status: 503 }),
    raise['server-error']({ server, what, message: 'etcdserver: request timed out', status: 500 }),
    new Error('socket hang up'),
  ]) {
    const { severity, code } = secretsUnread(thrown);
    assert.deepEqual([severity, code], ['unknown', 'secrets-not-listed'], String(thrown));
  }
});
