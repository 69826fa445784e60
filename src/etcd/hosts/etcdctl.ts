import type { Host } from '#remote/host.ts';
import { raise } from '../errors.ts';
import type { MemberOnHost } from './member-on-host.ts';

/** A way to run etcdctl on a host. */
export interface Etcdctl {
  /** `etcdctl`, or what runs it in the member's container. */
  readonly where: 'host' | 'container';
  /** A command line for these arguments, with these variables. */
  command(args: readonly string[], variables: Readonly<Record<string, string>>): string[];
  /** A directory that it and the host see under one path: in a container only that of the data is sure to be such. */
  scratchFor(member: MemberOnHost): string;
}

/** Where an etcdctl is, other than in PATH: OpenShift 4's scripts put one there. */
const places = ['/etc/kubernetes/static-pod-resources/bin/etcdctl', '/usr/local/bin/etcdctl'];

/** Prints a path, or what begins a command in the running container of etcd: `crictl exec ID`. */
const find = `
command -v etcdctl && exit
for place; do [ -x "$place" ] && echo "$place" && exit; done
if command -v crictl >/dev/null; then
  id=$(crictl ps --state Running --name '^etcd$' --quiet 2>/dev/null | head -n 1)
  [ -n "$id" ] && echo "crictl exec $id" && exit
fi
for engine in podman docker; do
  command -v $engine >/dev/null || continue
  id=$($engine ps --quiet --filter label=io.kubernetes.container.name=etcd 2>/dev/null | head -n 1)
  [ -n "$id" ] || id=$($engine ps --quiet --filter name='^etcd$' 2>/dev/null | head -n 1)
  [ -n "$id" ] && echo "$engine exec $id" && exit
done
exit 0
`;

/** @throws `etcd.host-no-etcdctl` */
export async function findEtcdctl(host: Host, signal?: AbortSignal): Promise<Etcdctl> {
  const { stdout } = await host.run(['/bin/sh', '-c', find, 'sh', ...places], { signal });
  const found = stdout.toString().trim().split('\n')[0] ?? '';
  if (found.startsWith('/')) return etcdctlAs('host', [], found);
  const [engine, exec, id] = found.split(' ');
  if (engine === undefined || exec !== 'exec' || !/^[0-9a-f]{8,64}$/.test(id ?? '')) {
    throw raise['host-no-etcdctl']({ host: host.name });
  }
  return etcdctlAs('container', [engine, exec, id ?? ''], 'etcdctl');
}

function etcdctlAs(where: Etcdctl['where'], prefix: readonly string[], program: string): Etcdctl {
  return {
    where,
    scratchFor: member => (where === 'container' ? member.dataDir : '/var/tmp'),
    command(args, variables) {
      const set = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
      return [...prefix, 'env', ...set, program, ...args];
    },
  };
}

/**
 * The variables by which etcdctl reaches the member alone. A container of OpenShift 4 has those of the certificates
 * itself, under its own paths; elsewhere the paths are the host's.
 */
export function accessOf(member: MemberOnHost, { where }: Etcdctl): Record<string, string> {
  const { tls, endpoint, layout } = member;
  const own = tls === undefined || (where === 'container' && layout === 'openshift-4');
  return {
    ETCDCTL_API: '3',
    ETCDCTL_ENDPOINTS: endpoint,
    ...(own ? {} : { ETCDCTL_CACERT: tls.ca, ETCDCTL_CERT: tls.cert, ETCDCTL_KEY: tls.key }),
  };
}
