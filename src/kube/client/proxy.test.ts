import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Server } from 'node:net';
import { suite, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { scriptedServer, sendJson } from '../testing/scripted-server.ts';
import { KubeClient } from './client.ts';
import { proxyFor } from './proxy.ts';

suite('which proxy', () => {
  const env = {
    HTTPS_PROXY: 'proxy.example:3128',
    NO_PROXY: 'plain.org, .below.org,*.star.org,10.0.0.0/8,fd00::/8,exact.org:6443,192.0.2.7',
  };
  const cases: [string, string | undefined][] = [
    ['https://api.example', 'http://proxy.example:3128'],
    ['http://api.example', undefined],
    ['https://localhost:6443', undefined],
    ['https://127.0.0.1', undefined],
    ['https://[::1]:6443', undefined],
    ['https://plain.org', undefined],
    ['https://a.plain.org', undefined],
    ['https://notplain.org', 'http://proxy.example:3128'],
    ['https://below.org', 'http://proxy.example:3128'],
    ['https://a.below.org', undefined],
    ['https://a.star.org', undefined],
    ['https://10.1.2.3:6443', undefined],
    ['https://11.1.2.3:6443', 'http://proxy.example:3128'],
    ['https://[fd00::5]', undefined],
    ['https://exact.org:6443', undefined],
    ['https://exact.org:443', 'http://proxy.example:3128'],
    ['https://192.0.2.7', undefined],
  ];
  for (const [server, proxy] of cases)
    test(server, () => assert.equal(proxyFor(server, undefined, env), proxy));

  test('the kubeconfig counts before the environment, lower case counts too, * means never', () => {
    assert.equal(proxyFor('https://127.0.0.1', 'socks5://p', env), 'socks5://p');
    assert.equal(proxyFor('https://a', undefined, { https_proxy: 'http://q' }), 'http://q');
    assert.equal(proxyFor('https://a', undefined, { https_proxy: 'http://q', no_proxy: '*' }), undefined);
  });
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A proxy that speaks CONNECT and asks for a password. */
function connectProxy(): http.Server {
  return http.createServer().on('connect', (request, socket, head) => {
    if (request.headers['proxy-authorization'] !== `Basic ${btoa('me:p@ss')}`) {
      socket.end('HTTP/1.1 407 No\r\n\r\n');
      socket.resume();
      return;
    }
    const [host, port] = (request.url ?? '').split(':');
    const upstream = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
  });
}

/** A proxy that speaks SOCKS 5 with a password, byte by byte. */
function socksProxy(): Server {
  return net.createServer(socket => {
    socket.on('error', () => {});
    void (async () => {
      const input = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      let rest = Buffer.alloc(0);
      const read = async (bytes: number): Promise<Buffer> => {
        while (rest.length < bytes) rest = Buffer.concat([rest, (await input.next()).value as Buffer]);
        const taken = rest.subarray(0, bytes);
        rest = rest.subarray(bytes);
        return taken;
      };
      const [, methods = 0] = await read(2);
      await read(methods);
      socket.write(Buffer.of(5, 2));
      const [, userLength = 0] = await read(2);
      const user = String(await read(userLength));
      const [passwordLength = 0] = await read(1);
      const password = String(await read(passwordLength));
      if (`${user}:${password}` !== 'me:p@ss') return void socket.end(Buffer.of(1, 1));
      for (const byte of [1, 0]) socket.write(Buffer.of(byte));
      const [, , , kind] = await read(4);
      const host = kind === 1 ? (await read(4)).join('.') : (await read((await read(1))[0] ?? 0)).toString();
      const port = (await read(2)).readUInt16BE();
      const upstream = net.connect(port, host, () => socket.write(Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0)));
      upstream.pipe(socket);
      for (let next = await input.next(); next.done !== true; next = await input.next())
        upstream.write(next.value);
      upstream.destroy();
    })();
  });
}

for (const [scheme, start] of [
  ['http', connectProxy],
  ['socks5', socksProxy],
] as const) {
  test(`requests go through a ${scheme} proxy, and a refused password is told without it`, async () => {
    await using server = await scriptedServer((_request, response) =>
      sendJson(response, 200, { gitVersion: 'v1' }),
    );
    const proxy = start();
    const port = await listen(proxy);
    const through = (password: string) =>
      new KubeClient(
        { ...server.connection, proxy: `${scheme}://me:${password}@127.0.0.1:${port}` },
        { backoff: { attempts: 1, firstDelay: 1, maxDelay: 1 } },
      );
    await using client = through('p%40ss');
    assert.equal((await client.version()).gitVersion, 'v1');
    await using wrong = through('hunter2');
    await assert.rejects(wrong.version(), (thrown: unknown) => {
      assert.ok(isHozonError(thrown, 'kube.unreachable'));
      assert.match(thrown.message, new RegExp(`the proxy ${scheme}://127.0.0.1`));
      assert.ok(!thrown.message.includes('hunter2'));
      return true;
    });
    await client.close();
    proxy.close();
  });
}

test('a proxy of another kind is named', async () => {
  await using server = await scriptedServer(() => {});
  await using client = new KubeClient(
    { ...server.connection, proxy: 'ftp://p' },
    { backoff: { attempts: 1, firstDelay: 1, maxDelay: 1 } },
  );
  await assert.rejects(client.version(), /only http, https and socks5/);
});
