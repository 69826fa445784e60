import type { Discovery } from '#kube/discovery.ts';
import {
  apiVersionOf,
  type GroupResource,
  groupResource,
  type KubeObject,
  parseApiVersion,
  type ResourceType,
} from '#kube/objects.ts';

/**
 * The type under which objects of a backup's type are created: in the version that they are stored in, otherwise in
 * the one that the cluster prefers; `undefined` where the cluster does not serve the type, or serves one of that name
 * which is in namespaces where the backup's is not.
 */
export function typeInCluster(archived: ResourceType, cluster: Discovery): ResourceType | undefined {
  const sameVersion = cluster.all.find(
    type =>
      type.group === archived.group &&
      type.version === archived.version &&
      type.resource === archived.resource,
  );
  const found = sameVersion ?? cluster.byName(groupResource(archived));
  return found?.namespaced === archived.namespaced ? found : undefined;
}

/** A version that objects are stored in and the cluster does not serve, and the one that is used for them. */
export interface OtherVersion {
  readonly resource: GroupResource;
  /** `autoscaling/v2beta2`. */
  readonly archived: string;
  readonly served: string;
}

/**
 * The type under which each object of a backup's type is created. What etcd keeps is in the version in which it was last
 * written, so that objects of one type can be of several. `find` has the type of the cluster for one of a version; `tell` is told
 * once of each version that is not served.
 */
export function typesOfObjects(
  archived: ResourceType,
  find: (stored: ResourceType) => ResourceType,
  tell: (other: OtherVersion) => void,
): (object: Pick<KubeObject, 'apiVersion'>) => ResourceType {
  const known = new Map<string, ResourceType>();
  return object => {
    const stored = storedType(archived, object);
    const before = known.get(stored.version);
    if (before !== undefined) return before;
    const found = find(stored);
    known.set(stored.version, found);
    const versions = { archived: apiVersionOf(stored), served: apiVersionOf(found) };
    if (found.version !== stored.version) tell({ resource: groupResource(archived), ...versions });
    return found;
  };
}

function storedType(archived: ResourceType, { apiVersion }: Pick<KubeObject, 'apiVersion'>): ResourceType {
  const { group, version } = parseApiVersion(apiVersion);
  return group === archived.group ? { ...archived, version } : archived;
}
