import { join } from 'node:path';
import type { Daemon } from '../processes.ts';
import type { Instance } from './instance.ts';
import type { Authority, KeyPair } from './pki.ts';
import { issue } from './pki.ts';

/** How the API server's etcd is reached: with a client certificate, of files. */
export interface EtcdState {
  readonly endpoint: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** A running etcd of one member, reached over TLS with a client's certificate. */
export interface Etcd {
  readonly daemon: Daemon;
  readonly endpoint: string;
  readonly dataDir: string;
  readonly client: KeyPair;
  readonly authority: Authority;
}

/** Starts etcd. Does not wait until it serves: the API server does that by itself. */
export async function startEtcd(instance: Instance, authority: Authority, program: string): Promise<Etcd> {
  const [server, client] = await Promise.all([
    issue(authority, { name: 'etcd-server', hosts: ['localhost', '127.0.0.1'] }),
    issue(authority, { name: 'etcd-client' }),
  ]);
  const endpoint = `https://127.0.0.1:${instance.port(0)}`;
  const peer = `https://127.0.0.1:${instance.port(1)}`;
  const dataDir = join(instance.dir, 'etcd');
  const daemon = await instance.startDaemon({
    name: 'etcd',
    command: [
      program,
      '--name=testbed',
      `--data-dir=${dataDir}`,
      `--listen-client-urls=${endpoint}`,
      `--advertise-client-urls=${endpoint}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=testbed=${peer}`,
      '--client-cert-auth',
      `--trusted-ca-file=${authority.certificate}`,
      `--cert-file=${server.certificate}`,
      `--key-file=${server.key}`,
      '--peer-client-cert-auth',
      `--peer-trusted-ca-file=${authority.certificate}`,
      `--peer-cert-file=${server.certificate}`,
      `--peer-key-file=${server.key}`,
      '--unsafe-no-fsync', // nothing here outlives the machine, so nothing need be safe from its crash
      '--quota-backend-bytes=8589934592',
      '--log-level=warn',
    ],
  });
  return { daemon, endpoint, dataDir, client, authority };
}
