import type { KubeObject } from '#kube/objects.ts';
import { busyboxImage } from '../cluster/images.ts';
import { etcdInitScript } from './etcd-init.ts';
import { etcdImage } from './images.ts';
import { type ControlPlaneSpec, etcdReplicas } from './objects.ts';
import {
  componentLabels,
  fromConfigMap,
  fromSecret,
  hostsFile,
  type Mount,
  mountsOf,
  volumesOf,
} from './pod-template.ts';

export interface EtcdWorkload {
  /** Of the control plane. */
  readonly namespace: string;
  readonly spec: ControlPlaneSpec;
  /** The file that pods have as `/etc/hosts`. */
  readonly hosts: string;
  /** Whether members still are to be restored from the snapshot that the specification names. */
  readonly restoring: boolean;
  readonly splitBrain: boolean;
}

/** The ConfigMap with the authorities that curl believes, and where it has them. */
export const trustedAuthorities = 'trusted-ca-bundle';
const trustedPath = '/etc/pki/trusted';

/** The StatefulSet `etcd` and its two services. */
export function etcdObjects(request: EtcdWorkload): KubeObject[] {
  return [service(request, 'etcd-client'), service(request, 'etcd-discovery'), statefulSet(request)];
}

function service({ namespace }: EtcdWorkload, name: 'etcd-client' | 'etcd-discovery'): KubeObject {
  const ports = [
    { name: 'etcd-client', port: 2379, protocol: 'TCP', targetPort: 'client' },
    { name: 'peer', port: 2380, protocol: 'TCP', targetPort: 'peer' },
  ];
  const discovery = name === 'etcd-discovery';
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      clusterIP: 'None',
      selector: { app: 'etcd' },
      ports: discovery ? ports : ports.slice(0, 1),
      ...(discovery ? { publishNotReadyAddresses: true } : {}),
    },
  };
}

function statefulSet(request: EtcdWorkload): KubeObject {
  const { namespace, spec } = request;
  const labels = componentLabels(namespace, 'etcd');
  const mounts = etcdMounts(request);
  const { persistentVolume = {} } = spec.etcd?.managed?.storage ?? {};
  const { size = '8Gi', storageClassName } = persistentVolume;
  const claim = {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: size } },
    ...(storageClassName === undefined ? {} : { storageClassName }),
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'etcd', namespace, labels },
    spec: {
      serviceName: 'etcd-discovery',
      replicas: etcdReplicas(spec),
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: { app: 'etcd' } },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 5,
          automountServiceAccountToken: false,
          initContainers: [ensureDns(request, mounts), ...initContainer(request, mounts)],
          containers: [etcdContainer(request, mounts)],
          volumes: volumesOf(mounts),
        },
      },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }],
    },
  };
}

function etcdMounts({ hosts }: EtcdWorkload): Mount[] {
  return [
    { name: 'data', mountPath: '/var/lib' },
    fromSecret('etcd-peer-tls', '/etc/etcd/tls/peer'),
    fromSecret('etcd-server-tls', '/etc/etcd/tls/server'),
    fromSecret('etcd-client-tls', '/etc/etcd/tls/client'),
    fromConfigMap('etcd-ca', '/etc/etcd/tls/etcd-ca'),
    fromConfigMap(trustedAuthorities, trustedPath),
    hostsFile(hosts),
  ];
}

/**
 * Waits until every member has a name, for ten seconds at most: programs written in Go look at `/etc/hosts` anew after
 * five seconds only, so a member that starts too early finds the others late.
 */
function ensureDns({ spec }: EtcdWorkload, mounts: readonly Mount[]): object {
  const names = Array.from({ length: etcdReplicas(spec) }, (_, index) => `etcd-${index}`);
  const known = names.map(name => `grep -q " ${name}$" /etc/hosts`).join(' && ');
  const script = `for try in $(seq 50); do if ${known}; then break; fi; sleep 0.2; done`;
  return {
    name: 'ensure-dns',
    image: busyboxImage,
    imagePullPolicy: 'Never',
    command: ['sh', '-c', script],
    volumeMounts: mountsOf(mounts.filter(({ name }) => name === 'hosts')),
  };
}

function initContainer(request: EtcdWorkload, mounts: readonly Mount[]): object[] {
  const url = request.spec.etcd?.managed?.storage?.restoreSnapshotURL?.[0];
  if (url === undefined || !request.restoring) return [];
  const identity = request.splitBrain ? [] : [...memberEnv, initialCluster(request)];
  return [
    {
      name: 'etcd-init',
      image: etcdImage,
      imagePullPolicy: 'Never',
      command: ['/bin/sh', '-ce', etcdInitScript(request.splitBrain)],
      env: [
        ...identity,
        { name: 'RESTORE_URL_ETCD', value: url },
        { name: 'CURL_CA_BUNDLE', value: `${trustedPath}/ca-bundle.crt` },
      ],
      volumeMounts: mountsOf(mounts.filter(({ name }) => name === 'data' || name === trustedAuthorities)),
    },
  ];
}

const fromField = (name: string, fieldPath: string): object => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});
const memberEnv = [
  fromField('POD_IP', 'status.podIP'),
  fromField('NAMESPACE', 'metadata.namespace'),
  fromField('HOSTNAME', 'metadata.name'),
];

function initialCluster({ namespace, spec }: EtcdWorkload): object {
  const members = Array.from({ length: etcdReplicas(spec) }, (_, index) => {
    const name = `etcd-${index}`;
    return `${name}=https://${name}.etcd-discovery.${namespace}.svc:2380`;
  });
  return { name: 'ETCD_INITIAL_CLUSTER', value: members.join(',') };
}

const settings = {
  ETCD_NAME: '$(HOSTNAME)',
  ETCD_DATA_DIR: '/var/lib/data',
  ETCD_INITIAL_ADVERTISE_PEER_URLS: 'https://$(HOSTNAME).etcd-discovery.$(NAMESPACE).svc:2380',
  ETCD_LISTEN_PEER_URLS: 'https://$(POD_IP):2380',
  ETCD_LISTEN_CLIENT_URLS: 'https://$(POD_IP):2379,https://localhost:2379',
  ETCD_ADVERTISE_CLIENT_URLS: 'https://$(HOSTNAME).etcd-discovery.$(NAMESPACE).svc:2379',
  ETCD_LISTEN_METRICS_URLS: 'http://0.0.0.0:2382',
  ETCD_INITIAL_CLUSTER_TOKEN: 'etcd-cluster',
  ETCD_INITIAL_CLUSTER_STATE: 'new',
  ETCD_QUOTA_BACKEND_BYTES: '8589934592',
  ETCD_PEER_CLIENT_CERT_AUTH: 'true',
  ETCD_PEER_CERT_FILE: '/etc/etcd/tls/peer/peer.crt',
  ETCD_PEER_KEY_FILE: '/etc/etcd/tls/peer/peer.key',
  ETCD_PEER_TRUSTED_CA_FILE: '/etc/etcd/tls/etcd-ca/ca.crt',
  ETCD_CLIENT_CERT_AUTH: 'true',
  ETCD_CERT_FILE: '/etc/etcd/tls/server/server.crt',
  ETCD_KEY_FILE: '/etc/etcd/tls/server/server.key',
  ETCD_TRUSTED_CA_FILE: '/etc/etcd/tls/etcd-ca/ca.crt',
  ETCD_HEARTBEAT_INTERVAL: '500', // a busy machine is no reason to elect a leader
  ETCD_ELECTION_TIMEOUT: '5000',
  ETCD_UNSAFE_NO_FSYNC: 'true', // nothing here outlives the machine
  ETCD_LOG_LEVEL: 'warn',
};

function etcdContainer(request: EtcdWorkload, mounts: readonly Mount[]): object {
  const env = Object.entries(settings).map(([name, value]) => ({ name, value }));
  return {
    name: 'etcd',
    image: etcdImage,
    imagePullPolicy: 'Never',
    command: ['/usr/bin/etcd'],
    env: [...memberEnv, ...env, initialCluster(request)],
    ports: [
      { name: 'client', containerPort: 2379 },
      { name: 'peer', containerPort: 2380 },
    ],
    readinessProbe: {
      httpGet: { path: '/readyz', port: 2382 },
      periodSeconds: 1,
      timeoutSeconds: 5,
      failureThreshold: 2,
    },
    volumeMounts: mountsOf(mounts),
  };
}
