import type { Discovery } from '#kube/discovery.ts';
import { groupResource, type ResourceType } from '#kube/objects.ts';

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
