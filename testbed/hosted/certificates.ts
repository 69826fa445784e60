import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '#kube/objects.ts';
import { writeKubeconfig } from '../cluster/kubeconfig.ts';
import { type Authority, issue, makeAuthority, makeSigningKey } from '../cluster/pki.ts';

export interface CertificatesRequest {
  /** Where the files are made; new. */
  readonly dir: string;
  /** Of the control plane. */
  readonly namespace: string;
  /** `10.213.0.1:41234`, where the API server is reached from outside. */
  readonly address: string;
}

/** What a control plane is given when it is made: the Secrets and ConfigMaps that its pods mount, by their real names. */
export interface Certificates {
  readonly objects: readonly KubeObject[];
  /** Of an administrator of the hosted cluster. */
  readonly kubeconfig: string;
}

/** New authorities, certificates and signing keys of a control plane. */
export async function makeCertificates(request: CertificatesRequest): Promise<Certificates> {
  const { dir, namespace } = request;
  const [etcd, root] = await Promise.all([
    makeAuthority(join(dir, 'etcd'), 'etcd-signer'),
    makeAuthority(join(dir, 'root'), 'root-ca'),
  ]);
  const [etcdObjects, apiObjects, kubeconfig] = await Promise.all([
    etcdSecrets(etcd, namespace),
    apiServerSecrets(root, request),
    adminKubeconfig(root, request),
  ]);
  const admin = secret(namespace, 'admin-kubeconfig', { kubeconfig: Buffer.from(kubeconfig) });
  return { objects: [...etcdObjects, ...apiObjects, admin], kubeconfig };
}

async function etcdSecrets(authority: Authority, namespace: string): Promise<KubeObject[]> {
  const loopback = ['localhost', '127.0.0.1'];
  const client = ['etcd-client', `etcd-client.${namespace}.svc`, `*.etcd-client.${namespace}.svc`];
  const discovery = `*.etcd-discovery.${namespace}.svc`;
  await Promise.all([
    issue(authority, { name: 'server', hosts: [...loopback, ...client, discovery] }),
    issue(authority, { name: 'peer', hosts: [...loopback, discovery] }),
    issue(authority, { name: 'etcd-client' }),
  ]);
  const pair = (name: string): Promise<Record<string, Buffer>> =>
    filesOf(authority.dir, [`${name}.crt`, `${name}.key`]);
  const { 'ca.crt': ca = Buffer.of(), 'ca.key': key = Buffer.of() } = await filesOf(authority.dir, [
    'ca.crt',
    'ca.key',
  ]);
  return [
    configMap(namespace, 'etcd-ca', { 'ca.crt': ca.toString() }),
    secret(namespace, 'etcd-signer', { 'tls.crt': ca, 'tls.key': key }),
    secret(namespace, 'etcd-server-tls', await pair('server')),
    secret(namespace, 'etcd-peer-tls', await pair('peer')),
    secret(namespace, 'etcd-client-tls', await pair('etcd-client')),
  ];
}

async function apiServerSecrets(
  authority: Authority,
  { namespace, address }: CertificatesRequest,
): Promise<KubeObject[]> {
  const hosts = [
    'localhost',
    '127.0.0.1',
    hostOf(address),
    'kube-apiserver',
    `kube-apiserver.${namespace}.svc`,
  ];
  const [serving] = await Promise.all([
    issue(authority, { name: 'serving', hosts }),
    makeSigningKey(authority.dir, 'service-account'),
  ]);
  const { 'ca.crt': ca = Buffer.of() } = await filesOf(authority.dir, ['ca.crt']);
  return [
    configMap(namespace, 'root-ca', { 'ca.crt': ca.toString() }),
    secret(namespace, 'kas-server-crt', {
      'tls.crt': await readFile(serving.certificate),
      'tls.key': await readFile(serving.key),
    }),
    secret(
      namespace,
      'sa-signing-key',
      await filesOf(authority.dir, ['service-account.key', 'service-account.pub']),
    ),
  ];
}

async function adminKubeconfig(authority: Authority, { dir, address }: CertificatesRequest): Promise<string> {
  const server = { server: `https://${address}`, caFile: authority.certificate };
  const path = await writeKubeconfig(authority, dir, server, { name: 'admin', groups: ['system:masters'] });
  return readFile(path, 'utf8');
}

export function secret(
  namespace: string,
  name: string,
  data: Readonly<Record<string, Uint8Array>>,
): KubeObject {
  const encoded = Object.entries(data).map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    data: Object.fromEntries(encoded),
  };
}

export function configMap(
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

async function filesOf(dir: string, names: readonly string[]): Promise<Record<string, Buffer>> {
  const entries = names.map(async name => [name, await readFile(join(dir, name))] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'));
}
