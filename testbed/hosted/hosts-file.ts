import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isReady, type Pod } from './objects.ts';
import { componentLabel, controlPlaneLabel } from './types.ts';

/**
 * The names of a control plane's services, for its pods: a file of this machine that they have as `/etc/hosts`, since the
 * testbed has no DNS. Members have names as soon as they have addresses, `etcd-client` means those that are ready.
 */
export function hostsOf(pods: readonly Pod[]): string {
  const lines = pods.filter(isEtcd).flatMap(pod => {
    const address = pod.status?.podIP;
    if (address === undefined || address === '') return [];
    const namespace = pod.metadata.labels?.[controlPlaneLabel] ?? '';
    const { name } = pod.metadata;
    const own = ['etcd-discovery', 'etcd-client'].map(service => `${name}.${service}.${namespace}.svc`);
    const client = `${address} etcd-client.${namespace}.svc etcd-client`;
    return [`${address} ${own.join(' ')} ${name}`, ...(isReady(pod) ? [client] : [])];
  });
  return ['127.0.0.1 localhost', ...lines, ''].join('\n');
}

/** Writes in place: pods have this very file mounted, and would keep one that another was moved over. */
export async function writeHosts(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

function isEtcd(pod: Pod): boolean {
  return pod.metadata.labels?.[componentLabel] === 'etcd' && pod.metadata.deletionTimestamp === undefined;
}
