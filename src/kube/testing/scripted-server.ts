import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeClient } from '../client/client.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { Transport, type TransportOptions } from '../client/transport.ts';
import { anonymous } from '../kubeconfig/credentials.ts';
import type { ResourceType } from '../objects.ts';

/** A request as the scripted server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: unknown;
}

export type Script = (request: Seen, response: ServerResponse) => void | Promise<void>;

/** A server on the loopback that does what a test says: for faults that a real API server cannot be made to show. */
export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly http: Server;
  readonly seen: readonly Seen[];
  readonly connection: ClusterConnection;
  client(options?: TransportOptions): KubeClient;
  transport(options?: TransportOptions): Transport;
}

export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  const http = createServer((request, response) => {
    void (async () => {
      const one = await read(request);
      seen.push(one);
      await script(one, response);
    })();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const connection = connectionTo(url);
  const clients: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(client: T): T => {
    clients.push(client);
    return client;
  };
  return {
    url,
    http,
    seen,
    connection,
    client: options => keep(new KubeClient(connection, { ...impatient, ...options })),
    transport: options => keep(new Transport(connection, { ...impatient, ...options })),
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map(client => client.close()));
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

/** A plain connection without credentials. */
export function connectionTo(server: string): ClusterConnection {
  return {
    server,
    source: 'test',
    context: undefined,
    namespace: 'default',
    proxy: undefined,
    tls: { insecure: false, serverName: undefined, ca: undefined },
    credentials: anonymous,
    impersonation: undefined,
  };
}

/** Retries that wait for next to nothing. */
const impatient: TransportOptions = { backoff: { attempts: 4, firstDelay: 1, maxDelay: 2 } };

export function sendJson(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A refusal as an API server words it. */
export function sendStatus(
  response: ServerResponse,
  code: number,
  reason: string,
  extra: Record<string, unknown> = {},
): void {
  sendJson(response, code, {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: `because ${reason}`,
    reason,
    code,
    ...extra,
  });
}

export const configMaps: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  shortNames: ['cm'],
  singular: 'configmap',
};

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const url = new URL(request.url ?? '/', 'http://test');
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body: text === '' ? undefined : JSON.parse(text),
  };
}
