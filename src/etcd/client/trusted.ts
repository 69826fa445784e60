import { getCACertificates } from 'node:tls';

/** The authorities that a connection trusts: those that are given, else the system's, and Node's own where it has none. */
export function trusted(ca: Buffer | undefined): { readonly ca?: Buffer | string[] } {
  if (ca !== undefined) return { ca };
  const system = getCACertificates('system');
  return system.length === 0 ? {} : { ca: [...system, ...getCACertificates('extra')] };
}
