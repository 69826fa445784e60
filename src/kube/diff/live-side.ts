import type { KubeApi } from '../api.ts';
import { groupResource, type ResourceType } from '../objects.ts';
import { liveReader, type ResourceReader } from '../resource-reader.ts';

/**
 * A live cluster to be compared with something else: each type in the version that the other has, where the server
 * serves it, so that conversion does not show as a difference.
 */
export function liveReaderLike(api: KubeApi, other: readonly ResourceType[]): ResourceReader {
  const live = liveReader(api);
  const versions = new Map(other.map(type => [groupResource(type), type.version]));
  return {
    ...live,
    async types(options) {
      const discovery = await api.discover({ signal: options?.signal });
      return (await live.types(options)).map(type => {
        const version = versions.get(groupResource(type));
        const twin = discovery.all.find(
          each => groupResource(each) === groupResource(type) && each.version === version,
        );
        return twin ?? type;
      });
    },
  };
}
