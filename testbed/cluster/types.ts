import type { ResourceType } from '#kube/objects.ts';

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

function builtIn(group: string, resource: string, kind: string, namespaced: boolean): ResourceType {
  return {
    group,
    version: 'v1',
    resource,
    kind,
    namespaced,
    verbs,
    shortNames: [],
    singular: kind.toLowerCase(),
  };
}

/** The built-in types that the testbed itself reads and writes, known without asking for discovery. */
export const namespaces = builtIn('', 'namespaces', 'Namespace', false);
export const nodes = builtIn('', 'nodes', 'Node', false);
export const serviceAccounts = builtIn('', 'serviceaccounts', 'ServiceAccount', true);
export const configMaps = builtIn('', 'configmaps', 'ConfigMap', true);
export const secrets = builtIn('', 'secrets', 'Secret', true);
export const persistentVolumes = builtIn('', 'persistentvolumes', 'PersistentVolume', false);
export const persistentVolumeClaims = builtIn('', 'persistentvolumeclaims', 'PersistentVolumeClaim', true);
export const storageClasses = builtIn('storage.k8s.io', 'storageclasses', 'StorageClass', false);
