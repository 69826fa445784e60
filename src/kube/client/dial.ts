import { isIP, type Socket } from 'node:net';
import tls from 'node:tls';
import { buildConnector } from 'undici';
import { raise } from '../errors.ts';
import { isTrustFailure } from './failure.ts';
import { openTunnel } from './tunnel.ts';

/** What a connection to a server needs to be opened and believed. PEM. */
export interface Endpoint {
  readonly server: string;
  readonly proxy: string | undefined;
  readonly insecure: boolean;
  readonly serverName: string | undefined;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Milliseconds for TCP, proxy and TLS together, each. */
  readonly connectTimeout: number;
}

/** Opens a connection that is ready for HTTP/1.1. Rejects with `kube.unreachable` or `kube.tls`: nothing was sent. */
export type Dial = () => Promise<Socket>;

/** How connections to `endpoint` are opened: directly or through its proxy, in TLS where its URL says https. */
export function dialer(endpoint: Endpoint): Dial {
  const url = new URL(endpoint.server);
  const { protocol } = url;
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port || (protocol === 'https:' ? '443' : '80');
  let connect: buildConnector.connector | undefined;
  return async () => {
    try {
      connect ??= connector(endpoint);
      if (endpoint.proxy === undefined)
        return await open(connect, { hostname, host: url.host, protocol, port });
      const tunnel = await openTunnel(
        endpoint.proxy,
        { host: hostname, port: Number(port) },
        endpoint.connectTimeout,
      );
      if (protocol === 'http:') return tunnel;
      return await open(connect, { hostname, host: url.host, protocol, port, httpSocket: tunnel });
    } catch (thrown) {
      throw dialError(endpoint.server, thrown);
    }
  };
}

function connector(endpoint: Endpoint): buildConnector.connector {
  const { ca, cert, key } = endpoint;
  if (endpoint.server.startsWith('http:')) return buildConnector({ timeout: endpoint.connectTimeout });
  return buildConnector({
    allowH2: false,
    timeout: endpoint.connectTimeout,
    rejectUnauthorized: !endpoint.insecure,
    ca: ca ?? systemAuthorities(),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    // Node refuses an IP address as SNI; the certificate is checked against the name all the same.
    ...(endpoint.serverName === undefined || isIP(endpoint.serverName) !== 0
      ? {}
      : { servername: endpoint.serverName }),
    ...(endpoint.serverName === undefined ? {} : { checkServerIdentity: expectName(endpoint.serverName) }),
  });
}

/** Certificates are checked against the name that was asked for even where it is an IP address. */
function expectName(name: string): typeof tls.checkServerIdentity {
  return (_host, certificate) => tls.checkServerIdentity(name, certificate);
}

/** What kubectl trusts where no authority is named: the system's store, beside Node's own. */
function systemAuthorities(): string[] {
  return [...tls.getCACertificates('default'), ...tls.getCACertificates('system')];
}

function open(connect: buildConnector.connector, options: buildConnector.Options): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  connect(options, (...[failure, socket]) => {
    if (failure === null) resolve(socket);
    else reject(failure);
  });
  return promise;
}

function dialError(server: string, thrown: unknown): Error {
  const reason =
    thrown instanceof Error
      ? thrown.message || ('code' in thrown ? String(thrown.code) : thrown.name)
      : String(thrown);
  return isTrustFailure(thrown)
    ? raise.tls({ server, reason }, { cause: thrown })
    : raise.unreachable({ server, reason }, { cause: thrown });
}
