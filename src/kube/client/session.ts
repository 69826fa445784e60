import type { Socket } from 'node:net';
import { type buildConnector, Pool } from 'undici';
import type { ClusterConnection, Credential } from './connection.ts';
import { impersonationHeaders } from './connection.ts';
import { type Dial, dialer, type Endpoint } from './dial.ts';

/** Request headers; a list is sent as one header line a value. */
export type Headers = Record<string, string | string[]>;

/** What one request is sent with: connections that carry the client certificate of this moment, and headers. */
export interface Session {
  readonly pool: Pool;
  /** Opens a connection of its own, for WebSockets. */
  readonly dial: Dial;
  /** Authorization and impersonation. Secret. */
  readonly headers: Headers;
}

export interface SessionOptions {
  /** Milliseconds. */
  readonly idleTimeout: number;
  /** Milliseconds. */
  readonly connectTimeout: number;
}

/**
 * Keeps connections that fit the credentials: whenever certificate or authorities change (a renewed file, a
 * plugin's new certificate), new requests go to a new pool and the old one closes once it is idle.
 */
export class Sessions {
  readonly #connection: ClusterConnection;
  readonly #options: SessionOptions;
  #endpoint: Endpoint | undefined;
  #open: { readonly pool: Pool; readonly dial: Dial } | undefined;
  #closed = false;

  constructor(connection: ClusterConnection, options: SessionOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async current(signal?: AbortSignal): Promise<Session> {
    const { credentials, tls, impersonation } = this.#connection;
    const credential = await credentials.current(signal);
    const endpoint = this.#endpointFor(credential, await tls.ca?.());
    if (this.#closed) throw new Error('this KubeClient is closed');
    if (this.#open === undefined || !isSame(endpoint, this.#endpoint)) {
      const old = this.#open?.pool;
      this.#open = openPool(endpoint, this.#options);
      this.#endpoint = endpoint;
      await old?.close();
    }
    const headers: Headers = impersonationHeaders(impersonation);
    if (credential.authorization !== undefined) headers['Authorization'] = credential.authorization;
    return { ...this.#open, headers };
  }

  /** The server refused the credentials: whether others may be had now. */
  refresh(): boolean {
    return this.#connection.credentials.refresh();
  }

  /** Cuts what is still under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#open?.pool.destroy();
  }

  #endpointFor(credential: Credential, ca: string | undefined): Endpoint {
    const { server, proxy, tls } = this.#connection;
    const { cert, key } = credential.certificate ?? {};
    const { connectTimeout } = this.#options;
    return {
      server,
      proxy,
      insecure: tls.insecure,
      serverName: tls.serverName,
      ca,
      cert,
      key,
      connectTimeout,
    };
  }
}

function isSame(one: Endpoint, other: Endpoint | undefined): boolean {
  return one.ca === other?.ca && one.cert === other?.cert && one.key === other?.key;
}

function openPool(endpoint: Endpoint, options: SessionOptions): { pool: Pool; dial: Dial } {
  const dial = dialer(endpoint);
  const pool = new Pool(new URL(endpoint.server).origin, {
    // No bound here: the throttle bounds requests, and watches must not take their places.
    connections: null,
    allowH2: false,
    headersTimeout: options.idleTimeout,
    bodyTimeout: options.idleTimeout,
    connect: (_options, callback) => void handOver(dial, callback),
  });
  return { pool, dial };
}

async function handOver(dial: Dial, callback: buildConnector.Callback): Promise<void> {
  let socket: Socket;
  try {
    socket = await dial();
  } catch (thrown) {
    callback(thrown as Error, null);
    return;
  }
  callback(null, socket);
}
