import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { KubeClient } from '#kube/client/client.ts';
import { textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { podType } from '#kube/pods/pods.ts';
import { secretType } from '#kube/secret-type.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { ImageFile } from '../cluster/images.ts';
import { untilReady } from '../cluster/readiness.ts';
import { run } from '../processes.ts';
import type { EtcdCertificates } from './certificates.ts';
import { type EtcdVersion, etcdPrograms } from './programs.ts';

/** Imports an image with etcd and etcdctl of a release, beside busybox. Resolves with its name. */
export async function importEtcdImage(cluster: Cluster, version: EtcdVersion): Promise<string> {
  const { etcd, etcdctl } = await etcdPrograms(version);
  const name = `hozon.dev/etcd:${version}`;
  const libraries = await librariesOf(etcd);
  const paths = { '/bin/etcd': etcd, '/bin/etcdctl': etcdctl, ...libraries };
  const files: Record<string, ImageFile> = {};
  for (const [at, path] of Object.entries(paths)) files[at] = { content: await readFile(path), mode: 0o755 };
  await cluster.importImages([{ name, files }]);
  return name;
}

/** What a program needs to run where there is nothing else, by its path: Debian's etcd is no static program. */
async function librariesOf(program: string): Promise<Record<string, string>> {
  const { stdout } = await run(['ldd', program]);
  const paths = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path = '']) => path);
  return Object.fromEntries(paths.map(path => [path, path]));
}

export interface EtcdPodsOptions {
  readonly namespace: string;
  readonly version: EtcdVersion;
  /** Has a certificate for each of `names`. */
  readonly certificates: EtcdCertificates;
  /** Of the pods and of the members in them. */
  readonly names: readonly string[];
}

/**
 * Members of one cluster as pods of a real node, clients over TLS and peers in the clear; data is in memory. A pod's address is known only
 * when it runs, so that each waits for a file with all of them before it starts etcd.
 */
export async function startEtcdPods(
  cluster: Cluster,
  client: KubeClient,
  options: EtcdPodsOptions,
): Promise<void> {
  const { namespace, names, version, certificates } = options;
  const image = await importEtcdImage(cluster, version);
  for (const name of names) {
    await client.create(secretType, await secretOf(certificates, name, namespace));
    await client.create(podType, podOf(name, { namespace, image }));
  }
  const addresses = new Map<string, string>();
  for (const name of names) addresses.set(name, await addressOf(client, { namespace, name }));
  const all = names.map(name => `${name}=http://${addresses.get(name)}:2380`).join(',');
  for (const name of names) {
    const text = `cluster=${all} own=${addresses.get(name)}\n`;
    await inPod(client, { namespace, name }, [
      'sh',
      '-c',
      `echo '${text}' >/start/part && mv /start/part /start/cluster`,
    ]);
  }
  for (const name of names) await untilHealthy(client, { namespace, name });
}

interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** What a command in the container of etcd writes. */
export async function inPod(client: KubeClient, pod: PodName, command: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await client.exec(pod, { container: 'etcd', command });
  assert.equal(exitCode, 0, stderr);
  return stdout;
}

async function secretOf(
  certificates: EtcdCertificates,
  name: string,
  namespace: string,
): Promise<KubeObject> {
  const { caFile, certFile, keyFile } = certificates.member(name);
  const data = {
    'ca.crt': await readFile(caFile, 'base64'),
    'member.crt': await readFile(certFile, 'base64'),
    'member.key': await readFile(keyFile, 'base64'),
  };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: `certs-${name}`, namespace }, data };
}

const script = (name: string): string => `
until [ -s /start/cluster ]; do sleep 0.2; done
. /start/cluster
exec etcd --name=${name} --data-dir=/var/lib/etcd --initial-cluster="$cluster" \
  --listen-client-urls=https://0.0.0.0:2379 --advertise-client-urls=https://localhost:2379 \
  --listen-peer-urls=http://0.0.0.0:2380 --initial-advertise-peer-urls="http://$own:2380" \
  --heartbeat-interval=250 --election-timeout=2500 --client-cert-auth \
  --trusted-ca-file=/certs/ca.crt --cert-file=/certs/member.crt --key-file=/certs/member.key
`;

function podOf(
  name: string,
  { namespace, image }: { readonly namespace: string; readonly image: string },
): KubeObject {
  const env = [
    { name: 'ETCDCTL_API', value: '3' },
    { name: 'ETCDCTL_CACERT', value: '/certs/ca.crt' },
    { name: 'ETCDCTL_CERT', value: '/certs/member.crt' },
    { name: 'ETCDCTL_KEY', value: '/certs/member.key' },
    { name: 'ETCDCTL_ENDPOINTS', value: 'https://localhost:2379' },
  ];
  const volumeMounts = [
    { name: 'data', mountPath: '/var/lib/etcd' },
    { name: 'start', mountPath: '/start' },
    { name: 'certs', mountPath: '/certs', readOnly: true },
  ];
  const memory = { medium: 'Memory', sizeLimit: '200Mi' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'etcd',
          image,
          imagePullPolicy: 'Never',
          command: ['sh', '-c', script(name)],
          env,
          volumeMounts,
        },
      ],
      volumes: [
        { name: 'data', emptyDir: memory },
        { name: 'start', emptyDir: memory },
        { name: 'certs', secret: { secretName: `certs-${name}` } },
      ],
    },
  };
}

async function addressOf(client: KubeClient, pod: PodName): Promise<string> {
  const found: { address?: string } = {};
  const running = async (): Promise<true | string> => {
    const object = await client.get(podType, pod);
    const phase = textAt(object, 'status', 'phase');
    const address = textAt(object, 'status', 'podIP');
    if (phase !== 'Running' || address === undefined) return `it is ${phase}`;
    found.address = address;
    return true;
  };
  await untilReady(running, { what: `pod ${pod.name}`, daemons: [], seconds: 300 });
  return found.address ?? '';
}

async function untilHealthy(client: KubeClient, pod: PodName): Promise<void> {
  const healthy = async (): Promise<true | string> => {
    const { exitCode, stderr } = await client.exec(pod, {
      container: 'etcd',
      command: ['etcdctl', 'endpoint', 'health'],
    });
    return exitCode === 0 || stderr;
  };
  await untilReady(healthy, { what: `etcd in pod ${pod.name}`, daemons: [], seconds: 300 });
}
