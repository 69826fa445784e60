import type { KubeApi, PodKey } from '#kube/api.ts';
import { fieldsAt } from '#kube/fields.ts';
import { formatKey, type ObjectKey } from '#kube/objects.ts';
import { secretType } from '#kube/secret-type.ts';
import type { EtcdTls } from '../client/connection.ts';
import { raise } from '../errors.ts';
import type { PodLayout, TlsPaths } from './pod-layout.ts';

interface Reach {
  readonly api: Pick<KubeApi, 'exec' | 'get'>;
  readonly signal?: AbortSignal | undefined;
}

/** The paths of the first certificates that are all there in a container. @throws `etcd.pod-certificates` */
export async function findTlsPaths(pod: PodKey, layout: PodLayout, reach: Reach): Promise<TlsPaths> {
  for (const paths of layout.tls) {
    if (await succeeds(pod, layout, ['test', '-r', paths.key], reach)) {
      if (await succeeds(pod, layout, ['test', '-r', paths.cert], reach)) return paths;
    }
  }
  throw raise['pod-certificates']({ pod: formatKey(pod), looked: layout.tls.map(({ cert }) => cert) });
}

/** The certificates of a container, read by `cat`. They are kept in memory only. @throws `etcd.pod-certificates` */
export async function tlsOfPod(pod: PodKey, layout: PodLayout, reach: Reach): Promise<EtcdTls> {
  for (const { ca, cert, key } of layout.tls) {
    const found = {
      key: await fileIn(pod, layout, key, reach),
      cert: await fileIn(pod, layout, cert, reach),
      ca: await fileIn(pod, layout, ca, reach),
    };
    if (found.key !== undefined && found.cert !== undefined && found.ca !== undefined) return found;
  }
  throw raise['pod-certificates']({ pod: formatKey(pod), looked: layout.tls.map(({ cert }) => cert) });
}

async function fileIn(
  pod: PodKey,
  { container }: PodLayout,
  path: string,
  { api, signal }: Reach,
): Promise<Buffer | undefined> {
  const { exitCode, stdout } = await api.exec(pod, { container, command: ['cat', path], signal });
  return exitCode === 0 && stdout.includes('-----BEGIN') ? Buffer.from(stdout) : undefined;
}

async function succeeds(
  pod: PodKey,
  { container }: PodLayout,
  command: readonly string[],
  { api, signal }: Reach,
): Promise<boolean> {
  return (await api.exec(pod, { container, command, signal })).exitCode === 0;
}

/** What the parts are called: kubernetes.io/tls and cert-manager, hosted clusters, OpenShift 4. */
const names: Readonly<Record<'ca' | 'cert' | 'key', readonly string[]>> = {
  ca: ['ca.crt', 'etcd-client-ca.crt', 'ca-bundle.crt'],
  cert: ['tls.crt', 'etcd-client.crt'],
  key: ['tls.key', 'etcd-client.key'],
};

/** The certificates in a Secret; its authority may be missing there. @throws `etcd.pod-secret` */
export async function tlsOfSecret(key: ObjectKey, { api, signal }: Reach): Promise<EtcdTls> {
  const secret = await api.get(secretType, key, { signal });
  const data = fieldsAt(secret, 'data');
  const part = (which: keyof typeof names): Buffer | undefined => {
    const value = names[which].map(name => data[name]).find(each => typeof each === 'string');
    return typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  };
  const found = { ca: part('ca'), cert: part('cert'), key: part('key') };
  if (found.cert !== undefined && found.key !== undefined) return found;
  const keys = secret === undefined ? undefined : Object.keys(data);
  throw raise['pod-secret']({ secret: formatKey(key), keys });
}
