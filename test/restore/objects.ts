import type { KubeObject } from '#kube/objects.ts';

/** Objects as an API server would have stored them, for backups that tests write themselves. */
export function namespaceObject(name: string, labels: Record<string, string> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
    spec: { finalizers: ['kubernetes'] },
  };
}

export function configMap(
  namespace: string,
  name: string,
  data: Record<string, string> = {},
  metadata: Partial<KubeObject['metadata']> = {},
): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, name, namespace }, data };
}

/** A pod that a light cluster leaves pending for ever. */
export function pod(
  namespace: string,
  name: string,
  metadata: Partial<KubeObject['metadata']> = {},
  status: Record<string, unknown> = { phase: 'Running' },
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name, namespace },
    spec: {
      nodeName: 'old-node',
      containers: [{ name: 'main', image: 'hozon.dev/busybox:1', imagePullPolicy: 'Never' }],
    },
    status,
  };
}

/** A claim that is bound to a volume. */
export function claim(namespace: string, name: string, volume?: string): KubeObject {
  const bound = { 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name,
      namespace,
      annotations: volume === undefined ? {} : bound,
      finalizers: ['kubernetes.io/pvc-protection'],
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Mi' } },
      storageClassName: 'none-such',
      volumeMode: 'Filesystem',
      ...(volume === undefined ? {} : { volumeName: volume }),
    },
    status: { phase: volume === undefined ? 'Pending' : 'Bound' },
  };
}

/** A volume that is bound to a claim. */
export function volume(
  name: string,
  reclaimPolicy: 'Delete' | 'Retain',
  of?: { readonly namespace: string; readonly name: string },
): KubeObject {
  const claimRef = of && {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    ...of,
    uid: 'gone',
    resourceVersion: '1',
  };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' },
      finalizers: ['kubernetes.io/pv-protection'],
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Mi' },
      hostPath: { path: `/nowhere/${name}`, type: '' },
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: 'none-such',
      volumeMode: 'Filesystem',
      ...(claimRef === undefined ? {} : { claimRef }),
    },
    status: { phase: 'Bound' },
  };
}

export function service(namespace: string, name: string, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      type: 'ClusterIP',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      clusterIP: '10.254.254.254',
      clusterIPs: ['10.254.254.254'],
      ...spec,
    },
  };
}

/** A CustomResourceDefinition of namespaced things, in one version. */
export function definition(plural: string, kind: string, group: string): KubeObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
      conversion: { strategy: 'None' },
    },
    status: { acceptedNames: { plural: '', kind: '' }, conditions: [], storedVersions: ['v1'] },
  };
}
