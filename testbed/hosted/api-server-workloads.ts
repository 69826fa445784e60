import type { KubeObject } from '#kube/objects.ts';
import { busyboxImage } from '../cluster/images.ts';
import { apiServerImage } from './images.ts';
import type { ControlPlaneSpec } from './objects.ts';
import {
  componentLabels,
  fromConfigMap,
  fromSecret,
  hostsFile,
  type Mount,
  mountsOf,
  volumesOf,
} from './pod-template.ts';

/** The Deployments that write to etcd. */
export const writers = ['kube-apiserver', 'openshift-apiserver', 'openshift-oauth-apiserver'] as const;
export type Writer = (typeof writers)[number];

export interface WriterWorkload {
  /** Of the control plane. */
  readonly namespace: string;
  readonly spec: ControlPlaneSpec;
  /** The file that pods have as `/etc/hosts`. */
  readonly hosts: string;
}

export const apiServerPort = 6443;
export const encryptionConfigSecret = 'kas-secret-encryption-config-file';

/** How many pods a writer has. Highly available, the real ones have three each: here one API server has to do, and the others differ. */
export function writerReplicas(writer: Writer, spec: ControlPlaneSpec): number {
  const available = { 'kube-apiserver': 1, 'openshift-apiserver': 2, 'openshift-oauth-apiserver': 3 };
  return spec.controllerAvailabilityPolicy === 'SingleReplica' ? 1 : available[writer];
}

export function writerDeployment(writer: Writer, request: WriterWorkload): KubeObject {
  const { namespace, spec } = request;
  const labels = componentLabels(namespace, writer);
  const pod = writer === 'kube-apiserver' ? apiServerPod(request) : sleepingPod(writer);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: writer, namespace, labels },
    spec: {
      replicas: writerReplicas(writer, spec),
      selector: { matchLabels: { app: writer } },
      strategy: { type: 'Recreate' },
      template: {
        metadata: { labels },
        spec: { ...pod, terminationGracePeriodSeconds: 5, automountServiceAccountToken: false },
      },
    },
  };
}

/** It does nothing, and ends at once when it is told to. */
function sleepingPod(name: Writer): object {
  const command = ['sh', '-c', 'trap exit TERM; sleep 2147483647 & wait'];
  return { containers: [{ name, image: busyboxImage, imagePullPolicy: 'Never', command }] };
}

function apiServerPod({ spec, hosts }: WriterWorkload): object {
  const encrypted = spec.secretEncryption?.aescbc !== undefined;
  const mounts = [
    fromSecret('etcd-client-tls', '/etc/kubernetes/certs/etcd'),
    fromConfigMap('etcd-ca', '/etc/kubernetes/certs/etcd-ca'),
    fromSecret('kas-server-crt', '/etc/kubernetes/certs/server'),
    fromConfigMap('root-ca', '/etc/kubernetes/certs/root-ca'),
    fromSecret('sa-signing-key', '/etc/kubernetes/secrets/svcacct-key'),
    ...(encrypted ? [fromSecret(encryptionConfigSecret, '/etc/kubernetes/secret-encryption')] : []),
    hostsFile(hosts),
  ];
  return {
    initContainers: [waitForEtcd(mounts)],
    containers: [
      {
        name: 'kube-apiserver',
        image: apiServerImage,
        imagePullPolicy: 'Never',
        command: ['kube-apiserver', ...flags, ...(encrypted ? encryptionFlags : [])],
        ports: [{ name: 'client', containerPort: apiServerPort }],
        readinessProbe: {
          httpGet: { path: '/readyz', port: apiServerPort, scheme: 'HTTPS' },
          periodSeconds: 1,
          timeoutSeconds: 10,
        },
        volumeMounts: mountsOf(mounts),
      },
    ],
    volumes: volumesOf(mounts),
  };
}

function waitForEtcd(mounts: readonly Mount[]): object {
  return {
    name: 'wait-for-etcd',
    image: busyboxImage,
    imagePullPolicy: 'Never',
    command: ['sh', '-c', 'until grep -q " etcd-client$" /etc/hosts; do sleep 0.2; done'],
    volumeMounts: mountsOf(mounts.filter(({ name }) => name === 'hosts')),
  };
}

const flags = [
  `--secure-port=${apiServerPort}`,
  '--etcd-servers=https://etcd-client:2379',
  '--etcd-prefix=kubernetes.io',
  '--etcd-cafile=/etc/kubernetes/certs/etcd-ca/ca.crt',
  '--etcd-certfile=/etc/kubernetes/certs/etcd/etcd-client.crt',
  '--etcd-keyfile=/etc/kubernetes/certs/etcd/etcd-client.key',
  '--tls-cert-file=/etc/kubernetes/certs/server/tls.crt',
  '--tls-private-key-file=/etc/kubernetes/certs/server/tls.key',
  '--client-ca-file=/etc/kubernetes/certs/root-ca/ca.crt',
  '--authorization-mode=RBAC',
  '--anonymous-auth=true', // kubelet asks whether it is ready without a name
  '--endpoint-reconciler-type=none',
  '--service-cluster-ip-range=172.31.0.0/16',
  '--service-account-issuer=https://kubernetes.default.svc',
  '--service-account-key-file=/etc/kubernetes/secrets/svcacct-key/service-account.pub',
  '--service-account-signing-key-file=/etc/kubernetes/secrets/svcacct-key/service-account.key',
  '--profiling=false',
];
const encryptionFlags = ['--encryption-provider-config=/etc/kubernetes/secret-encryption/config.yaml'];
