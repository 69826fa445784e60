import { isHozonError } from '#foundation/errors.ts';
import type { Host } from '#remote/host.ts';
import { raise } from '../errors.ts';
import { environmentOf } from './environment-file.ts';

/** A member as its host's own files describe it. */
export interface MemberOnHost {
  /** `openshift-4`: static pods of cluster-etcd-operator; `etcd.conf`: OpenShift 3.11 and packages of etcd. */
  readonly layout: 'openshift-4' | 'etcd.conf';
  readonly dataDir: string;
  /** The member itself, not its cluster. */
  readonly endpoint: string;
  /** Paths of a client's certificate on the host; `undefined` where it serves without TLS. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string } | undefined;
}

interface Options {
  readonly signal?: AbortSignal | undefined;
}

/** Where OpenShift 4 lays the variables of etcd's scripts. Source: cluster-etcd-operator, `etcd-common-tools`. */
const openshift4 = '/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts/etcd.env';
const configuration = '/etc/etcd/etcd.conf';

/**
 * Finds the member of a host.
 *
 * @throws `etcd.host-no-member`; `remote.*`
 */
export async function findMember(host: Host, options: Options = {}): Promise<MemberOnHost> {
  const scripts = await textIfThere(host, openshift4, options);
  if (scripts !== undefined) return ofOpenshift4(environmentOf(scripts), await hostName(host, options));
  const conf = await textIfThere(host, configuration, options);
  if (conf !== undefined) return ofConfiguration(environmentOf(conf));
  throw raise['host-no-member']({ host: host.name, looked: [openshift4, configuration] });
}

async function textIfThere(host: Host, path: string, { signal }: Options): Promise<string | undefined> {
  try {
    return (await host.readFile(path, { limit: 1_048_576, signal })).toString('utf8');
  } catch (thrown) {
    if (isHozonError(thrown, 'remote.file-missing')) return undefined;
    throw thrown;
  }
}

async function hostName(host: Host, { signal }: Options): Promise<string> {
  return (await host.run(['uname', '-n'], { signal })).stdout.toString().trim();
}

type Variables = ReadonlyMap<string, string>;

/**
 * Paths are those in the containers, where `static-pod-resources/etcd-certs` is mounted as `static-pod-certs`. The
 * member's own address is in a variable named after the node; its certificate is good for `localhost` too.
 */
function ofOpenshift4(variables: Variables, node: string): MemberOnHost {
  const onHost = (name: string): string =>
    (variables.get(name) ?? '').replace(
      '/etc/kubernetes/static-pod-certs/',
      '/etc/kubernetes/static-pod-resources/etcd-certs/',
    );
  return {
    layout: 'openshift-4',
    dataDir: variables.get('ETCD_DATA_DIR') ?? '/var/lib/etcd',
    endpoint: `https://${ownAddress(variables, node)}:2379`,
    tls: { ca: onHost('ETCDCTL_CACERT'), cert: onHost('ETCDCTL_CERT'), key: onHost('ETCDCTL_KEY') },
  };
}

function ownAddress(variables: Variables, node: string): string {
  const names = [node, node.split('.')[0] ?? node].map(name => name.replaceAll(/[-.]/g, '_'));
  for (const name of names) {
    const address = variables.get(`NODE_${name}_ETCD_URL_HOST`) ?? variables.get(`NODE_${name}_IP`);
    if (address !== undefined) return address;
  }
  return 'localhost';
}

/** Source: etcd 3.2 of OpenShift 3.11, `etcd.conf`; the peer's certificate is a client's too. */
function ofConfiguration(variables: Variables): MemberOnHost {
  const get = (...names: string[]): string | undefined =>
    names.map(name => variables.get(name)).find(value => value !== undefined && value !== '');
  const urls = get('ETCD_ADVERTISE_CLIENT_URLS', 'ETCD_LISTEN_CLIENT_URLS') ?? 'http://localhost:2379';
  const endpoint = urls.split(',')[0]?.trim() ?? '';
  const ca = get('ETCD_TRUSTED_CA_FILE', 'ETCD_PEER_TRUSTED_CA_FILE', 'ETCD_CA_FILE');
  const cert = get('ETCD_PEER_CERT_FILE', 'ETCD_CERT_FILE');
  const key = get('ETCD_PEER_KEY_FILE', 'ETCD_KEY_FILE');
  const secure = endpoint.startsWith('https:') && ca !== undefined && cert !== undefined && key !== undefined;
  return {
    layout: 'etcd.conf',
    dataDir: (get('ETCD_DATA_DIR') ?? '/var/lib/etcd').replace(/(?<=.)\/+$/, ''),
    endpoint,
    tls: secure ? { ca, cert, key } : undefined,
  };
}
