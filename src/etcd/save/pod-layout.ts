import { listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';

/** Files in a container that a client of its etcd presents, and the authority that it trusts. */
export interface TlsPaths {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** How etcd runs in a container, as far as its pod says. */
export interface PodLayout {
  readonly container: string;
  /** Where it listens for clients. */
  readonly port: number;
  /** Whether clients connect over TLS. */
  readonly secure: boolean;
  /** As other clients know it, which its certificate is for; of this host where the pod does not say. */
  readonly endpoint: string;
  readonly dataDir: string;
  /** Where certificates may be: the first that are all there count. */
  readonly tls: readonly TlsPaths[];
}

/** Layouts that say nothing themselves: OpenShift 3.11 (a shell reads etcd.conf), hosted clusters of both ages, kubeadm. */
const known: readonly TlsPaths[] = [
  { ca: '/etc/etcd/ca.crt', cert: '/etc/etcd/peer.crt', key: '/etc/etcd/peer.key' },
  ...['/etc/etcd/tls/etcd-ca/ca.crt', '/etc/etcd/tls/client/etcd-client-ca.crt'].map(ca => ({
    ca,
    cert: '/etc/etcd/tls/client/etcd-client.crt',
    key: '/etc/etcd/tls/client/etcd-client.key',
  })),
  {
    ca: '/etc/kubernetes/pki/etcd/ca.crt',
    cert: '/etc/kubernetes/pki/etcd/healthcheck-client.crt',
    key: '/etc/kubernetes/pki/etcd/healthcheck-client.key',
  },
];

const usualDataDir = '/var/lib/etcd';
const usualPort = 2379;

/**
 * Reads a pod's container that runs etcd: what etcdctl's variables say, else etcd's own flags and variables, else known layouts. Among
 * etcd's own certificates those for peers are taken: they are good for clients too, those of servers need not be.
 *
 * @param container its name; the one called `etcd`, else the first, unless given. `undefined` where there is no such container
 */
export function podLayout(pod: KubeObject, container?: string): PodLayout | undefined {
  const all = listAt(pod, 'spec', 'containers');
  const named = (name: string): unknown => all.find(each => textAt(each, 'name') === name);
  const found = container === undefined ? (named('etcd') ?? all[0]) : named(container);
  const name = textAt(found, 'name');
  if (name === undefined) return undefined;
  const variables = variablesOf(found);
  const text = [...textsAt(found, 'command'), ...textsAt(found, 'args')].join('\n');
  const setting = (flag: string): string | undefined =>
    flagIn(text, flag) ?? variables.get(`ETCD_${flag.replaceAll('-', '_').toUpperCase()}`);
  const listening = setting('listen-client-urls');
  const port = portIn(listening) ?? usualPort;
  const secure = listening?.startsWith('http://') !== true;
  const local = `${secure ? 'https' : 'http'}://localhost:${port}`;
  return {
    container: name,
    port,
    secure,
    endpoint: urlIn(setting('advertise-client-urls')) ?? local,
    dataDir: absolute(setting('data-dir')) ?? usualDataDir,
    tls: [
      ...triple(variables.get('ETCDCTL_CACERT'), variables.get('ETCDCTL_CERT'), variables.get('ETCDCTL_KEY')),
      ...triple(setting('trusted-ca-file'), setting('peer-cert-file'), setting('peer-key-file')),
      ...triple(setting('trusted-ca-file'), setting('cert-file'), setting('key-file')),
      ...known,
    ],
  };
}

function variablesOf(container: unknown): ReadonlyMap<string, string> {
  const pairs = listAt(container, 'env').map(each => [textAt(each, 'name'), textAt(each, 'value')] as const);
  return new Map(pairs.flatMap(([name, value]) => (name && value ? [[name, value] as const] : [])));
}

function textsAt(container: unknown, field: string): string[] {
  return listAt(container, field).filter(each => typeof each === 'string');
}

/** As a flag stands on a command line, or in a script that runs etcd. */
function flagIn(text: string, flag: string): string | undefined {
  return new RegExp(String.raw`(?<![\w-])--${flag}[=\s]+["']?([^\s"']+)`).exec(text)?.[1];
}

function portIn(urls: string | undefined): number | undefined {
  const port = Number(/:(\d{1,5})(?:,|\/|$)/.exec(urls ?? '')?.[1]);
  return port > 0 && port < 65_536 ? port : undefined;
}

/** The first of several. One that a shell or Kubernetes would still change is none. */
function urlIn(urls: string | undefined): string | undefined {
  return /^https?:\/\/[\w.:[\]-]+:\d{1,5}(?=,|\/|$)/.exec(urls ?? '')?.[0];
}

function triple(...[ca, cert, key]: readonly (string | undefined)[]): readonly TlsPaths[] {
  const paths = { ca: absolute(ca), cert: absolute(cert), key: absolute(key) };
  return isWhole(paths) ? [paths] : [];
}

function isWhole(paths: Partial<Record<keyof TlsPaths, string | undefined>>): paths is TlsPaths {
  return paths.ca !== undefined && paths.cert !== undefined && paths.key !== undefined;
}

/** A path that a shell or Kubernetes would still change is none. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && /^\/[^$`*?]*$/.test(path) ? path : undefined;
}
