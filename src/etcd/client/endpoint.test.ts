import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { parseEndpoint, targetOf } from './endpoint.ts';

test('an endpoint says by its scheme whether it is TLS, and otherwise the certificates do', () => {
  const m0 = { host: 'm0', port: 2379 };
  assert.deepEqual(parseEndpoint('https://m0:2379', false), { ...m0, secure: true });
  assert.deepEqual(parseEndpoint('http://m0:2379', true), { ...m0, secure: false });
  assert.deepEqual(parseEndpoint('m0:2379', true), { ...m0, secure: true });
  assert.deepEqual(parseEndpoint('m0:2379', false), { ...m0, secure: false });
  assert.deepEqual(parseEndpoint('https://m0:443/x', false), { ...m0, port: 443, secure: true });
});

test('addresses of IPv6 are in brackets, and sockets are paths', () => {
  const six = parseEndpoint('https://[::1]:2379', false);
  assert.deepEqual(six, { host: '::1', port: 2379, secure: true });
  assert.equal(targetOf(six), 'dns:[::1]:2379');
  const socket = parseEndpoint('unix:///run/etcd.sock', false);
  assert.equal(socket.path, '/run/etcd.sock');
  assert.equal(targetOf(socket), 'unix:/run/etcd.sock');
});

test('what is no endpoint is refused', () => {
  const wrong = [
    '',
    'm0',
    'https://m0',
    'ftp://m0:1',
    'm0:0',
    'm0:65536',
    '::1:2379',
    'https://a b:1',
    '[m0]:1',
  ];
  for (const text of [...wrong, 'https://user:secret@m0:2379'])
    assert.throws(
      () => parseEndpoint(text, true),
      thrown => isHozonError(thrown, 'etcd.endpoint-invalid'),
      text,
    );
});
