import { randomBytes, randomUUID } from 'node:crypto';
import type { KubeObject } from '#kube/objects.ts';
import { secret } from './certificates.ts';
import { hyperShiftVersion } from './types.ts';

export interface HostedClusterRequest {
  readonly name: string;
  /** Members of etcd: 1 or 3; 3 unless told. */
  readonly replicas?: 1 | 3;
  /** Whether Secrets are encrypted, with a new key in the Secret `NAME-etcd-encryption-key`; `true` unless told. */
  readonly encryption?: boolean;
  /** How many NodePools, each of two nodes that never come; 1 unless told. */
  readonly nodePools?: number;
  readonly restoreSnapshotURL?: string;
  /** More of the specification, which replaces what it would say. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** The objects that somebody applies who wants a HostedCluster, as the installer's command renders them; Secrets first. */
export function hostedClusterObjects(namespace: string, request: HostedClusterRequest): KubeObject[] {
  const { name, encryption = true, nodePools = 1 } = request;
  const key = encryptionKeyName(name);
  return [
    secret(namespace, `${name}-pull-secret`, { '.dockerconfigjson': Buffer.from('{"auths":{}}') }),
    secret(namespace, `${name}-ssh-key`, { 'id_rsa.pub': Buffer.from('ssh-ed25519 AAAA testbed') }),
    ...(encryption ? [secret(namespace, key, { key: randomBytes(32) })] : []),
    hostedCluster(namespace, request),
    ...Array.from({ length: nodePools }, (_, index) => nodePool(namespace, name, index)),
  ];
}

/** The Secret of the key that encrypts the Secrets of a HostedCluster. */
export function encryptionKeyName(name: string): string {
  return `${name}-etcd-encryption-key`;
}

const release = { image: 'quay.io/openshift-release-dev/ocp-release:4.21.0-multi' };

function hostedCluster(namespace: string, request: HostedClusterRequest): KubeObject {
  const { name, replicas = 3, encryption = true, restoreSnapshotURL } = request;
  const fixed = { type: 'LoadBalancer', loadBalancer: { hostname: `api.${name}.example.com` } };
  const storage = {
    type: 'PersistentVolume',
    persistentVolume: { size: '8Gi' },
    ...(restoreSnapshotURL === undefined ? {} : { restoreSnapshotURL: [restoreSnapshotURL] }),
  };
  const aescbc = { activeKey: { name: encryptionKeyName(name) } };
  return {
    apiVersion: hyperShiftVersion,
    kind: 'HostedCluster',
    metadata: { name, namespace },
    spec: {
      release,
      clusterID: randomUUID(),
      infraID: `${name}-${randomBytes(3).toString('hex').slice(0, 5)}`,
      issuerURL: 'https://kubernetes.default.svc',
      controllerAvailabilityPolicy: replicas === 3 ? 'HighlyAvailable' : 'SingleReplica',
      platform: { type: 'None' },
      dns: { baseDomain: 'example.com' },
      networking: {
        networkType: 'OVNKubernetes',
        clusterNetwork: [{ cidr: '10.132.0.0/14' }],
        serviceNetwork: [{ cidr: '172.31.0.0/16' }],
      },
      etcd: { managementType: 'Managed', managed: { storage } },
      ...(encryption ? { secretEncryption: { type: 'aescbc', aescbc } } : {}),
      services: [{ service: 'APIServer', servicePublishingStrategy: fixed }],
      pullSecret: { name: `${name}-pull-secret` },
      sshKey: { name: `${name}-ssh-key` },
      ...request.spec,
    },
  };
}

function nodePool(namespace: string, clusterName: string, index: number): KubeObject {
  return {
    apiVersion: hyperShiftVersion,
    kind: 'NodePool',
    metadata: { name: index === 0 ? clusterName : `${clusterName}-${index}`, namespace },
    spec: {
      clusterName,
      replicas: 2,
      management: { autoRepair: false, upgradeType: 'Replace' },
      platform: { type: 'None' },
      release,
    },
  };
}
