import type { KubeApi } from '#kube/api.ts';
import {
  formatKey,
  type GroupResource,
  groupResource,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '#kube/objects.ts';
import type { Gathering } from './gathered.ts';

/** What a restore asks of a cluster to find things out. */
export type Looking = Pick<KubeApi, 'discover' | 'get'>;

/** The cluster as it will be when the restore has done what was planned so far. */
export interface Imagined extends Gathering {
  /** To be told of each object that is to be written, as it will be. */
  note(type: ResourceType, object: KubeObject): void;
}

/** Types whose objects decide about others. */
const remembered: ReadonlySet<GroupResource> = new Set([
  'persistentvolumes',
  'persistentvolumeclaims',
  'storageclasses.storage.k8s.io',
]);

export function imagine(api: Gathering): Imagined {
  const written = new Map<string, KubeObject>();
  const nameOf = (type: ResourceType, key: ObjectKey): string => `${groupResource(type)} ${formatKey(key)}`;
  return {
    discover: options => api.discover(options),
    expect: (type, keys) => api.expect(type, keys),
    get: async (type, key, options) => written.get(nameOf(type, key)) ?? (await api.get(type, key, options)),
    note(type, object) {
      if (remembered.has(groupResource(type))) written.set(nameOf(type, object.metadata), object);
    },
  };
}
