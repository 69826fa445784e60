import { isIPv6 } from 'node:net';
import { raise } from '../errors.ts';

/** Where a member is reached, and whether over TLS. */
export interface Address {
  readonly secure: boolean;
  /** Without brackets; empty for a socket. */
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
  const socket = /^(unixs?):(?:\/\/)?(.+)$/.exec(endpoint);
  if (socket !== null)
    return { secure: socket[1] === 'unixs' || secureByDefault, host: '', port: 0, path: socket[2] };
  const parts = /^(?:(https?):\/\/)?(\[[^\]]+\]|[^:/\s[\]]+):(\d{1,5})(?:\/.*)?$/.exec(endpoint);
  const host = parts?.[2]?.replace(/^\[|\]$/g, '') ?? '';
  const port = Number(parts?.[3] ?? 0);
  if (host === '' || port < 1 || port > 65_535 || (parts?.[2]?.startsWith('[') === true && !isIPv6(host)))
    throw raise['endpoint-invalid']({ endpoint });
  return { secure: parts?.[1] === undefined ? secureByDefault : parts[1] === 'https', host, port };
}

/** The address in gRPC's notation of names. */
export function targetOf({ host, port, path }: Address): string {
  if (path !== undefined) return `unix:${path}`;
  return `dns:${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
