import type { X509Certificate } from 'node:crypto';
import { connect as connectPlain, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import type { EtcdTls } from './connection.ts';
import type { Address } from './endpoint.ts';
import { trusted } from './trusted.ts';

/** What is found where an endpoint is, below gRPC. */
export type Probe =
  /** It speaks HTTP/2. `distrust` is Node's code for what is wrong with its certificate, if anything is. */
  | { readonly kind: 'answers'; readonly certificate?: X509Certificate; readonly distrust?: string }
  /** No connection: the system's code (`ECONNREFUSED`, `ENOTFOUND`). */
  | { readonly kind: 'unreachable'; readonly code: string }
  /** Nothing came in time: of the system, or of what listens there. */
  | { readonly kind: 'silent'; readonly certificate?: X509Certificate }
  | { readonly kind: 'not-tls' }
  | { readonly kind: 'needs-tls' }
  /** It speaks, but not HTTP/2. */
  | { readonly kind: 'other-protocol' }
  /** It closed the connection after it saw the client's certificate, or that there is none. */
  | {
      readonly kind: 'client-refused';
      readonly alert: string;
      readonly certificate?: X509Certificate;
      readonly distrust?: string;
    };

export interface ProbeOptions {
  readonly tls?: EtcdTls | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a client of HTTP/2 says first: its preface, and an empty frame of settings (RFC 9113, 3.4 and 6.5). */
const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from('000000040000000000', 'hex'),
]);

/**
 * Connects as a client would, but whatever the server's certificate is, to see what is there: gRPC tells a failed
 * connection only in a sentence. No question is asked and no password sent.
 */
export async function probe(address: Address, options: ProbeOptions): Promise<Probe> {
  const found = await look(address, options);
  if (address.secure || found.kind !== 'unreachable' || found.code !== 'ECONNRESET') return found;
  const encrypted = await look({ ...address, secure: true }, options); // some servers just hang up
  return encrypted.kind === 'answers' || encrypted.kind === 'client-refused' ? { kind: 'needs-tls' } : found;
}

async function look(address: Address, options: ProbeOptions): Promise<Probe> {
  options.signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Probe>();
  const socket = address.secure ? tlsTo(address, options.tls ?? {}) : plainTo(address);
  const abort = (): void => reject(options.signal?.reason);
  options.signal?.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => resolve({ kind: 'silent', ...shown(socket) }), options.timeoutMs);
  socket.once(address.secure ? 'secureConnect' : 'connect', () => {
    if (isTls(socket) && socket.alpnProtocol !== 'h2') resolve({ kind: 'other-protocol' });
    else socket.write(preface);
  });
  socket.once('data', (bytes: Buffer) => resolve(answered(socket, bytes)));
  socket.once('error', error => resolve(failed(socket, error)));
  socket.once('end', () => resolve(ended(socket)));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abort);
    socket.on('error', () => {}); // of a connection that nobody needs any more
    socket.destroy();
  }
}

function plainTo({ host, port, path }: Address): Socket {
  return path === undefined ? connectPlain({ host, port }) : connectPlain({ path });
}

function tlsTo({ host, port, path }: Address, tls: EtcdTls): TLSSocket {
  const { ca, cert, key, serverName } = tls;
  const name = serverName ?? host;
  return connectTls({
    ...(path === undefined ? { host, port } : { path }),
    ...trusted(ca),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(/^[\d.]+$|:/.test(name) || name === '' ? {} : { servername: name }),
    checkServerIdentity: (_, peer) => checkServerIdentity(name, peer), // Node’s own takes a socket’s for localhost
    ALPNProtocols: ['h2'],
    rejectUnauthorized: false, // what is wrong with it is to be seen; nothing is sent to it
  });
}

/** Frames of HTTP/2 begin with three bytes of length; the first is of settings (type 4). A TLS alert begins with 0x15. */
function answered(socket: Socket, bytes: Buffer): Probe {
  if (!isTls(socket) && (bytes[0] === 0x15 || bytes.toString('latin1').startsWith('HTTP/1.0 400')))
    return { kind: 'needs-tls' };
  return bytes[3] === 4 ? { kind: 'answers', ...shown(socket) } : { kind: 'other-protocol' };
}

function failed(socket: Socket, error: NodeJS.ErrnoException): Probe {
  const code = error.code ?? '';
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNEXPECTED_MESSAGE|INVALID_PACKET/.test(code))
    return { kind: 'not-tls' };
  const alert = /^ERR_SSL_(?:SSL|TLS).*_(?:ALERT_(.+)|(CERTIFICATE_.+))$/.exec(code);
  if (alert !== null)
    return { kind: 'client-refused', alert: alertText(alert[1] ?? alert[2] ?? ''), ...shown(socket) };
  // a server that refuses a client says so first; one that dies does not
  if (code !== 'ECONNRESET' && isTls(socket) && shown(socket).certificate !== undefined)
    return { kind: 'client-refused', alert: code, ...shown(socket) };
  return { kind: 'unreachable', code: code || error.message };
}

function ended(socket: Socket): Probe {
  if (!isTls(socket)) return { kind: 'unreachable', code: 'ECONNRESET' };
  return { kind: 'client-refused', alert: 'closed', ...shown(socket) };
}

function alertText(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

function isTls(socket: Socket): socket is TLSSocket {
  return 'getPeerX509Certificate' in socket;
}

function shown(socket: Socket): { certificate?: X509Certificate; distrust?: string } {
  if (!isTls(socket)) return {};
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return {};
  const code: unknown = socket.authorizationError; // typed as an Error, but it is the code
  return { certificate, ...(typeof code === 'string' ? { distrust: code } : {}) };
}
