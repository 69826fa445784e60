import { join } from 'node:path';
import { type Authority, issue, makeAuthority } from '../cluster/pki.ts';

/** A client's way into a cluster: PEM files. */
export interface EtcdTlsFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** The certificates of a cluster with TLS. */
export interface EtcdCertificates {
  readonly authority: Authority;
  /** A client that etcd lets in. */
  readonly client: EtcdTlsFiles;
  /** Of one member, for clients and for peers alike: etcd uses it in both directions. */
  member(name: string): EtcdTlsFiles;
}

/** An authority, a client, and a certificate for each member that is good for loopback and its own name. */
export async function makeEtcdCertificates(
  dir: string,
  members: readonly string[],
): Promise<EtcdCertificates> {
  const authority = await makeAuthority(join(dir, 'pki'), 'etcd-testbed');
  const filesOf = (name: string): EtcdTlsFiles => ({
    caFile: authority.certificate,
    certFile: join(authority.dir, `${name}.crt`),
    keyFile: join(authority.dir, `${name}.key`),
  });
  await issue(authority, { name: 'client', commonName: 'root' });
  for (const name of members) await issue(authority, { name, hosts: ['localhost', '127.0.0.1', name] });
  return { authority, client: filesOf('client'), member: filesOf };
}
