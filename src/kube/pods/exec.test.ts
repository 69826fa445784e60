import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type WebSocket, WebSocketServer } from 'ws';
import { isHozonError } from '#foundation/errors.ts';
import { scriptedServer, sendJson, sendStatus } from '../testing/scripted-server.ts';

const pod = { namespace: 'shop', name: 'web-0' };
const code = (wanted: string) => (thrown: unknown) => isHozonError(thrown, wanted);

/** A server that takes the first of its `protocols` that is offered and then does what `talk` says. */
async function podServer(
  protocols: readonly string[],
  talk: (socket: WebSocket) => void,
  refusals: number[] = [],
) {
  const server = await scriptedServer((_request, response) => sendJson(response, 200, {}));
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: offered => protocols.find(protocol => offered.has(protocol)) ?? false,
  });
  const urls: string[] = [];
  server.http.on('upgrade', (request, socket, head) => {
    urls.push(request.url ?? '');
    const refusal = refusals.shift();
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} No\r\nretry-after: 0.001\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, talk);
  });
  return Object.assign(server, { urls });
}

const onChannel = (channel: number, text: string): Buffer =>
  Buffer.concat([Buffer.of(channel), Buffer.from(text)]);
const success = onChannel(3, '{"metadata":{},"status":"Success"}');

test('an older server is spoken to in its protocol, but it cannot end an input', async () => {
  await using server = await podServer(['v4.channel.k8s.io'], socket => {
    socket.send(onChannel(1, 'hello'));
    socket.send(success);
  });
  const client = server.client();
  const result = await client.exec(pod, { command: ['echo', 'a b'], container: 'main' });
  assert.deepEqual(result, { exitCode: 0, stdout: 'hello', stderr: '' });
  assert.equal(
    server.urls[0],
    '/api/v1/namespaces/shop/pods/web-0/exec?container=main&command=echo&command=a+b&stdin=false&stdout=true&stderr=true',
  );
  async function* input(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('x');
  }
  await assert.rejects(
    client.exec(pod, { command: ['cat'], stdin: input() }),
    code('kube.exec-stdin-unsupported'),
  );
});

test('what comes with the handshake is not lost, a signal’s exit code is read', async () => {
  const failure = {
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: 'm',
    details: { causes: [{ reason: 'ExitCode', message: '137' }] },
  };
  await using server = await podServer(['v5.channel.k8s.io'], socket => {
    socket.send(onChannel(2, 'oops'));
    socket.send(onChannel(3, JSON.stringify(failure)));
    socket.close();
  });
  for (let round = 0; round < 20; round++) {
    assert.deepEqual(await server.client().exec(pod, { command: ['x'] }), {
      exitCode: 137,
      stdout: '',
      stderr: 'oops',
    });
  }
});

test('a connection that ends without an exit code is no success', async () => {
  await using server = await podServer(['v5.channel.k8s.io'], socket => {
    socket.send(onChannel(1, 'half'));
    socket.terminate();
  });
  await assert.rejects(server.client().exec(pod, { command: ['x'] }), code('kube.exec-failed'));
});

test('a reader that fails ends the exec', async () => {
  await using server = await podServer(['v5.channel.k8s.io'], socket => socket.send(onChannel(1, 'x')));
  const stdout = (): void => {
    throw new Error('disk full');
  };
  await assert.rejects(server.client().exec(pod, { command: ['x'], stdout }), /disk full/);
});

test('a server that is busy is asked again, one that refuses is not', async () => {
  await using busy = await podServer(['v5.channel.k8s.io'], socket => socket.send(success), [429, 503]);
  assert.equal((await busy.client().exec(pod, { command: ['x'] })).exitCode, 0);
  assert.equal(busy.urls.length, 3);
  await using refusing = await podServer([], () => {}, [403]);
  await assert.rejects(refusing.client().exec(pod, { command: ['x'] }), code('kube.forbidden'));
  assert.equal(refusing.urls.length, 1);
});

test('a log that cannot be read is refused, one that breaks off rejects', async () => {
  await using server = await scriptedServer((request, response) => {
    if (request.query.get('previous') === 'true') return sendStatus(response, 400, 'BadRequest');
    response.writeHead(200);
    return void response.write('one\n', () => response.destroy());
  });
  await assert.rejects(Array.fromAsync(server.client().logs(pod, { previous: true })), code('kube.rejected'));
  await assert.rejects(Array.fromAsync(server.client().logs(pod)), code('kube.connection-lost'));
});
