import net from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that requests to `server` go through: the kubeconfig's `proxy-url`, or what the environment says
 * (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, either case), which never holds for this machine's own addresses.
 */
export function proxyFor(
  server: string,
  configured: string | undefined,
  env: Environment,
): string | undefined {
  if (configured !== undefined) return configured;
  const url = new URL(server);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = env[name] || env[name.toLowerCase()];
  if (!proxy || isLoopback(host)) return undefined;
  const exceptions = (env['NO_PROXY'] || env['no_proxy'] || '').split(',').map(entry => entry.trim());
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (exceptions.some(entry => isExcepted(host, port, entry))) return undefined;
  return /^[a-z0-9+]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

/** One entry of NO_PROXY: `*`, an address, a CIDR, `example.org` (and all below it), `.example.org` (only below), any `:port`. */
function isExcepted(host: string, port: string, entry: string): boolean {
  if (entry === '' || entry === '*') return entry === '*';
  if (entry.includes('/')) return isInside(host, entry);
  if (net.isIP(entry) !== 0) return entry === host;
  const [name = '', onlyPort] = entry.toLowerCase().split(':');
  if (onlyPort !== undefined && onlyPort !== port) return false;
  const below = name.replace(/^\*/, '');
  return (
    host.toLowerCase() === name || host.toLowerCase().endsWith(below.startsWith('.') ? below : `.${below}`)
  );
}

function isInside(host: string, cidr: string): boolean {
  const [network = '', bits = ''] = cidr.split('/');
  const family = net.isIP(network);
  if (family === 0 || net.isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false;
  const kind = family === 6 ? 'ipv6' : 'ipv4';
  if (Number(bits) > (family === 6 ? 128 : 32)) return false;
  const list = new net.BlockList();
  list.addSubnet(network, Number(bits), kind);
  return list.check(host, kind);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (net.isIPv4(host) && host.startsWith('127.'));
}
