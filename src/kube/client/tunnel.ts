import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type Socket } from 'node:net';

/** Where a tunnel is to end. */
export interface Target {
  /** A name or an address; IPv6 without brackets. The proxy resolves names. */
  readonly host: string;
  readonly port: number;
}

/**
 * Opens a TCP connection to `target` through a proxy: `http://` and `https://` by CONNECT (RFC 9110 9.3.6),
 * `socks5://` (RFC 1928, RFC 1929). A user and password in the URL are given to the proxy. Error texts name the
 * proxy without them.
 */
export async function openTunnel(proxy: string, target: Target, timeout: number): Promise<Socket> {
  const url = new URL(proxy);
  const name = `${url.protocol}//${url.host}`;
  try {
    if (url.protocol === 'http:' || url.protocol === 'https:') return await httpTunnel(url, target, timeout);
    if (url.protocol === 'socks5:' || url.protocol === 'socks5h:')
      return await socksTunnel(url, target, timeout);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(`the proxy ${name}: ${reason}`, { cause: thrown });
  }
  throw new Error(`the proxy ${name}: only http, https and socks5 proxies are supported`);
}

async function httpTunnel(proxy: URL, target: Target, timeout: number): Promise<Socket> {
  const host = net.isIPv6(target.host) ? `[${target.host}]` : target.host;
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const request = (proxy.protocol === 'https:' ? https : http).request({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: `${host}:${target.port}`,
    headers: { host: `${host}:${target.port}`, ...proxyAuthorization(proxy) },
    agent: false,
    signal: AbortSignal.timeout(timeout),
  });
  request.on('connect', (response, socket, head) => {
    if (response.statusCode === 200 && head.length === 0) return resolve(socket);
    socket.destroy();
    reject(
      new Error(`it answers CONNECT with ${response.statusCode} ${response.statusMessage ?? ''}`.trim()),
    );
  });
  request.on('response', response => {
    response.destroy();
    reject(new Error(`it answers CONNECT with ${response.statusCode}`));
  });
  request.on('error', reject);
  request.end();
  return promise;
}

function proxyAuthorization(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

const noAuthentication = 0;
const byPassword = 2;

async function socksTunnel(proxy: URL, target: Target, timeout: number): Promise<Socket> {
  const signal = AbortSignal.timeout(timeout);
  const socket = net.connect({
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: Number(proxy.port || 1080),
  });
  try {
    await once(socket, 'connect', { signal });
    socket.write(
      Buffer.from(proxy.username === '' ? [5, 1, noAuthentication] : [5, 2, noAuthentication, byPassword]),
    );
    const method = (await readExactly(socket, 2, signal))[1];
    if (method === byPassword && proxy.username !== '') await socksLogin(socket, proxy, signal);
    else if (method !== noAuthentication) throw new Error('it accepts none of the ways to log in');
    socket.write(Buffer.concat([Buffer.from([5, 1, 0]), socksAddress(target)]));
    await readSocksReply(socket, signal);
    return socket;
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

async function socksLogin(socket: Socket, proxy: URL, signal: AbortSignal): Promise<void> {
  const user = Buffer.from(decodeURIComponent(proxy.username));
  const password = Buffer.from(decodeURIComponent(proxy.password));
  socket.write(
    Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([password.length]), password]),
  );
  const [, outcome] = await readExactly(socket, 2, signal);
  if (outcome !== 0) throw new Error('it refuses the user and password');
}

function socksAddress(target: Target): Buffer {
  const port = Buffer.alloc(2);
  port.writeUInt16BE(target.port);
  if (net.isIPv4(target.host)) {
    return Buffer.concat([Buffer.from([1, ...target.host.split('.').map(Number)]), port]);
  }
  // RFC 1928 has a form for IPv6 too; proxies resolve its text as a name just as well.
  const name = Buffer.from(target.host);
  return Buffer.concat([Buffer.from([3, name.length]), name, port]);
}

async function readSocksReply(socket: Socket, signal: AbortSignal): Promise<void> {
  const [, reply, , kind] = await readExactly(socket, 4, signal);
  if (reply !== 0) throw new Error(`it cannot connect (SOCKS reply ${reply})`);
  const length = kind === 1 ? 4 : kind === 4 ? 16 : (await readExactly(socket, 1, signal))[0];
  await readExactly(socket, (length ?? 0) + 2, signal);
}

/**
 * Exactly so many bytes; what came beyond them goes back. The socket is drained at every turn: a listener for
 * `readable` is called again at once, for ever, while unread bytes are left.
 */
async function readExactly(socket: Socket, bytes: number, signal: AbortSignal): Promise<Buffer> {
  let collected = Buffer.alloc(0);
  while (collected.length < bytes) {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) collected = Buffer.concat([collected, chunk]);
    else if (socket.readableEnded || socket.destroyed) throw new Error('it closed the connection');
    else await readableOrEnd(socket, signal);
  }
  if (collected.length > bytes) socket.unshift(collected.subarray(bytes));
  return collected.subarray(0, bytes);
}

async function readableOrEnd(socket: Socket, signal: AbortSignal): Promise<void> {
  const settled = new AbortController();
  const either = { signal: AbortSignal.any([signal, settled.signal]) };
  try {
    await Promise.race([once(socket, 'readable', either), once(socket, 'end', either)]);
  } finally {
    settled.abort(); // takes the other one's listeners off
  }
}
