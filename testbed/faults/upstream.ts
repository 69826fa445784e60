import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { KeyPair } from '../cluster/pki.ts';

/** A server that a fault proxy stands in front of. */
export interface FaultTarget {
  /** Its address; `https:` is spoken to both sides where it is, with `serving` as the proxy's certificate. */
  readonly url: string;
  readonly caFile?: string | undefined;
  readonly serving?: KeyPair | undefined;
  /** How the target is told who the client is, where clients show it by their certificates. */
  readonly frontProxy?: FrontProxy | undefined;
}

/**
 * A Kubernetes front proxy: an API server believes whoever has this certificate that the user is the one in the
 * request's headers. So certificates work through a proxy that ends TLS.
 */
export interface FrontProxy {
  /** The authority that clients' certificates are from. */
  readonly clientCaFile: string;
  readonly pair: KeyPair;
}

/** What a client's certificate says. */
export interface ClientIdentity {
  readonly user: string;
  readonly groups: readonly string[];
}

/** The material of a target, read from its files. */
export interface Upstream {
  readonly url: URL;
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
}

/** Sends a client's request on, as it came, apart from what identifies the client. Its body is the caller's to write. */
export function sendOn(
  upstream: Upstream,
  request: IncomingMessage,
  identity: ClientIdentity | undefined,
): ClientRequest {
  const secure = upstream.url.protocol === 'https:';
  const options: RequestOptions & https.RequestOptions = {
    host: upstream.url.hostname,
    port: upstream.url.port,
    method: request.method,
    path: request.url,
    headers: onwardHeaders(request, identity),
    agent: false,
    ...(secure ? { ca: upstream.ca } : {}),
    ...(identity === undefined ? {} : { cert: upstream.cert, key: upstream.key }),
  };
  return secure ? https.request(options) : http.request(options);
}

/** The headers in their order and letters (a signature may cover them). A client's own word on who it is is dropped. */
function onwardHeaders(request: IncomingMessage, identity: ClientIdentity | undefined): string[] {
  const headers = pairs(request.rawHeaders).filter(
    ([name]) => !/^x-remote-(?:user|group|extra-)/i.test(name),
  );
  if (identity !== undefined) {
    headers.push(['X-Remote-User', identity.user]);
    for (const group of identity.groups) headers.push(['X-Remote-Group', group]);
  }
  return headers.flat();
}

/** `[name, value, name, value …]` as pairs. */
export function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) found.push([raw[at] ?? '', raw[at + 1] ?? '']);
  return found;
}
