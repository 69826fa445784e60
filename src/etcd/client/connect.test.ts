import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants, createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { connectEtcd } from './connect.ts';

/** A server of HTTP/2 that begins to answer and resets the stream. */
let server: Http2Server;
let reset: number;
const sessions = new Set<ServerHttp2Session>();
before(async () => {
  server = createServer();
  server.on('session', session => {
    sessions.add(session);
    session.on('error', () => {}).on('close', () => sessions.delete(session));
  });
  server.on('stream', stream => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.write(Buffer.alloc(5), () => stream.close(reset));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => {
  for (const session of sessions) session.destroy();
  server.close();
});

for (const name of ['NGHTTP2_INTERNAL_ERROR', 'NGHTTP2_CANCEL', 'NGHTTP2_PROTOCOL_ERROR'] as const) {
  test(`a stream that the other side resets with ${name} is a lost connection`, async () => {
    reset = constants[name];
    const { port } = server.address() as AddressInfo;
    await using connection = connectEtcd({ endpoint: `http://127.0.0.1:${port}`, timeoutMs: 60_000 });
    await assert.rejects(
      Array.fromAsync(connection.snapshot()),
      thrown => isHozonError(thrown, 'etcd.connection-lost') || assert.fail(String(thrown)),
    );
  });
}

test('an authority that is no PEM is refused, and not taken for nobody', () => {
  const ca = Buffer.from('no certificate');
  assert.throws(
    () => connectEtcd({ endpoint: 'https://127.0.0.1:2379', tls: { ca } }),
    thrown => isHozonError(thrown, 'etcd.credentials-unreadable'),
  );
});

test('a snapshot whose signal has been aborted asks nobody', async () => {
  await using connection = connectEtcd({ endpoint: 'http://127.0.0.1:1' });
  const reason = new Error('stop');
  const snapshot = connection.snapshot({ signal: AbortSignal.abort(reason) });
  await assert.rejects(Array.fromAsync(snapshot), thrown => thrown === reason);
});
