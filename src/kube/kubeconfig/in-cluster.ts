import { access } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import type { Clock } from '#foundation/clock.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { inFile, tokenFileCredentials } from './credentials.ts';

/** Where kubelets mount a pod's service account. */
export const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The connection of a pod's service account, or `undefined` outside a cluster. Token and CA are re-read while
 * they are used: kubelets renew them in place.
 */
export async function inClusterConnection(
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
  directory: string = serviceAccountDirectory,
): Promise<ClusterConnection | undefined> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  const tokenFile = path.join(directory, 'token');
  if (!host || !port || !(await exists(tokenFile))) return undefined;
  const caFile = path.join(directory, 'ca.crt');
  const namespaceFile = path.join(directory, 'namespace');
  return {
    server: `https://${net.isIPv6(host) ? `[${host}]` : host}:${port}`,
    source: 'in-cluster',
    context: undefined,
    namespace: (await exists(namespaceFile)) ? (await inFile(namespaceFile, clock)()).trim() : 'default',
    proxy: undefined,
    tls: {
      insecure: false,
      serverName: undefined,
      ca: (await exists(caFile)) ? inFile(caFile, clock) : undefined,
    },
    credentials: tokenFileCredentials(tokenFile, clock),
    impersonation: undefined,
  };
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
