import type { KubeApi } from '#kube/api.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';

/** velero.io/v1 BackupStorageLocation; named here so that finding a location does not cost a discovery. */
export const backupStorageLocations: ResourceType = {
  group: 'velero.io',
  version: 'v1',
  resource: 'backupstoragelocations',
  kind: 'BackupStorageLocation',
  namespaced: true,
  verbs: ['get', 'list'],
  shortNames: ['bsl'],
  singular: 'backupstoragelocation',
};

/** The cluster's locations: the default one first, then by name. */
export async function clusterLocations(
  cluster: KubeApi,
  namespace: string,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  for await (const object of cluster.list(backupStorageLocations, { namespace, signal })) found.push(object);
  return found.sort(
    (a, b) => Number(isDefault(b)) - Number(isDefault(a)) || compare(a.metadata.name, b.metadata.name),
  );
}

/** Whether `spec.default` is set. */
export function isDefault(location: KubeObject): boolean {
  return specOf(location)['default'] === true;
}

/** Whether `spec.accessMode` says ReadOnly. */
export function isReadOnly(location: KubeObject): boolean {
  return specOf(location)['accessMode'] === 'ReadOnly';
}

/** Where it is, for a table: `aws:bucket/prefix`. */
export function placeOf(location: KubeObject): string {
  const spec = specOf(location);
  const storage = (spec['objectStorage'] ?? {}) as Readonly<Record<string, unknown>>;
  const parts = [storage['bucket'], storage['prefix']].filter(
    part => typeof part === 'string' && part !== '',
  );
  const provider = spec['provider'];
  return `${typeof provider === 'string' ? provider.replace(/^velero\.io\//, '') : '?'}:${parts.join('/')}`;
}

function specOf(location: KubeObject): Readonly<Record<string, unknown>> {
  return (location['spec'] ?? {}) as Readonly<Record<string, unknown>>;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
