import { isIPv6 } from 'node:net';
import { raise } from '../errors.ts';
import type { ConnectOptions } from './connection.ts';

/** Where a member is reached, and whether over TLS. */
export interface Address {
  readonly secure: boolean;
  /** Without brackets; empty for a socket that has no other name. */
  readonly host: string;
  readonly port: number;
  /** Of a Unix socket. */
  readonly path?: string | undefined;
}

/**
 * Reads an endpoint as etcdctl does: `https://` is TLS, `http://` is not, and without a scheme it is TLS where
 * certificates are given (`secureByDefault`). What follows the port is ignored.
 *
 * @throws `etcd.endpoint-invalid`
 */
export function parseEndpoint(endpoint: string, secureByDefault: boolean): Address {
  const [, socketScheme, path] = /^(unixs?):(?:\/\/)?(.+)$/.exec(endpoint) ?? [];
  if (path !== undefined)
    return { secure: socketScheme === 'unixs' || secureByDefault, host: '', port: 0, path };
  const [, scheme, written = '', digits] = internet.exec(endpoint) ?? [];
  const host = written.replace(/^\[|\]$/g, '');
  const port = Number(digits);
  const valid = host === written ? host !== '' : isIPv6(host);
  if (!valid || port < 1 || port > 65_535) throw raise['endpoint-invalid']({ endpoint });
  return { secure: scheme === undefined ? secureByDefault : scheme === 'https', host, port };
}

/** Where what the options name is connected to. @throws `etcd.endpoint-invalid` */
export function addressOf({ endpoint, socket, tls }: ConnectOptions): Address {
  const address = parseEndpoint(endpoint, tls !== undefined);
  return socket === undefined ? address : { ...address, path: socket };
}

/** A scheme, a name or an address (of IPv6 in brackets), a port. */
const internet = /^(?:(https?):\/\/)?(\[[^\]]+\]|[^:/\s[\]@]+):(\d{1,5})(?:\/.*)?$/;

/** The address in gRPC's notation of names. */
export function targetOf({ host, port, path }: Address): string {
  if (path !== undefined) return `unix:${path}`;
  return `dns:${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
