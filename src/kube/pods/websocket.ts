import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { isHozonError } from '#foundation/errors.ts';
import { retry } from '#foundation/retry.ts';
import { readBounded } from '../client/body.ts';
import type { Query, Transport } from '../client/transport.ts';
import { raise } from '../errors.ts';
import { readStatus, statusError, statusOf } from '../status.ts';

export interface WebSocketRequest {
  readonly path: string;
  readonly query: Query;
  /** Subprotocols, the best first. */
  readonly protocols: readonly string[];
  /** How errors name it. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

const mostErrorBytes = 256 * 1024;
const mostMessageBytes = 32 * 1024 * 1024;

/**
 * Opens a WebSocket with the client's credentials, TLS and proxy. Tried again where the server was not reached or
 * said 429 or 503: then nothing has begun. The socket comes paused. Rejects with a `kube.*` error.
 */
export async function openWebSocket(transport: Transport, request: WebSocketRequest): Promise<WebSocket> {
  let refreshed = false;
  return retry(() => attempt(transport, request), {
    backoff: transport.backoff,
    clock: transport.clock,
    random: transport.random,
    signal: request.signal,
    retryable: thrown => {
      if (isHozonError(thrown, 'kube.unauthorized') && !refreshed) {
        refreshed = true;
        return transport.refreshCredentials();
      }
      const status = statusOf(thrown);
      if (status === undefined) return isHozonError(thrown, 'kube.unreachable');
      return [429, 503].includes(status.code) && (status.retryAfterSeconds ?? 0) * 1000;
    },
  });
}

async function attempt(transport: Transport, request: WebSocketRequest): Promise<WebSocket> {
  const session = await transport.session(request.signal);
  const socket = await session.dial();
  const options: ClientOptions = {
    headers: session.headers as Record<string, string>,
    handshakeTimeout: transport.idleTimeout,
    maxPayload: mostMessageBytes,
    perMessageDeflate: false,
    followRedirects: false,
    createConnection: () => socket,
  };
  const url = transport.url(request).replace(/^http/, 'ws');
  const webSocket = new WebSocket(url, [...request.protocols], options);
  return handshake(transport, request, webSocket, socket);
}

function handshake(
  transport: Transport,
  request: WebSocketRequest,
  webSocket: WebSocket,
  socket: Socket,
): Promise<WebSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  const onAbort = (): void => fail(request.signal?.reason as Error);
  const settle = (): void => {
    request.signal?.removeEventListener('abort', onAbort);
    webSocket.removeAllListeners();
  };
  const fail = (thrown: Error): void => {
    settle();
    webSocket.on('error', () => {}); // what terminating a half-open socket reports is not news
    webSocket.terminate();
    socket.destroy();
    reject(thrown);
  };
  request.signal?.addEventListener('abort', onAbort, { once: true });
  webSocket.on('open', () => {
    settle();
    webSocket.pause(); // what came with the answer must not be lost before somebody listens
    resolve(webSocket);
  });
  webSocket.on('unexpected-response', (_request, response) => {
    void refusal(transport, request, response).then(fail, fail);
  });
  webSocket.on('error', thrown => {
    const { server } = transport;
    fail(raise['connection-lost']({ server, what: request.what, reason: thrown.message }, { cause: thrown }));
  });
  if (request.signal?.aborted === true) onAbort();
  return promise;
}

async function refusal(
  transport: Transport,
  request: WebSocketRequest,
  response: IncomingMessage,
): Promise<Error> {
  const body = await readBounded(response as AsyncIterable<Uint8Array>, mostErrorBytes);
  const status = readStatus({
    code: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
    body: body?.toString('utf8') ?? '',
  });
  return statusError(transport.server, request.what, status);
}
