import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi, ListOptions, RequestOptions } from './api.ts';
import type { KubeObject, ObjectKey, ResourceType } from './objects.ts';

/**
 * Somewhere that API objects can be read from: a live cluster, a Velero archive, an etcd snapshot. Diff, dry-run
 * and recovery of single objects work on this, whatever is behind it.
 *
 * What an implementer must guarantee:
 *
 * - `types` names each type once in each version it can be read in; a type can be listed without having objects.
 * - `read` yields each matching object once, in any order, with apiVersion and kind, in memory bounded by a page. It
 *   filters as the API server does: an absent or empty namespace means all, a cluster-scoped type ignores it.
 * - A type that the source does not have reads as empty.
 * - An abort rejects with the signal's reason; other failures are HozonErrors.
 */
export interface ResourceReader {
  /** For messages: a server's URL, a backup's name, a file. */
  readonly source: string;
  types(options?: RequestOptions): Promise<readonly ResourceType[]>;
  read(type: ResourceType, options?: ReadOptions): AsyncIterable<KubeObject>;
  /** `undefined` where there is no such object. */
  get(type: ResourceType, key: ObjectKey, options?: RequestOptions): Promise<KubeObject | undefined>;
}

/** A value that a reader found and cannot read. */
export interface UnreadValue {
  /** Where it is. */
  readonly key: string;
  /** Which object it is, as far as its place tells; where that is absent, it may be any. */
  readonly place?: UnreadPlace | undefined;
}

/** An object that was not read, by its place. */
export interface UnreadPlace extends ObjectKey {
  readonly type: Pick<ResourceType, 'group' | 'resource' | 'namespaced'>;
}

export type ReadOptions = Pick<ListOptions, 'namespace' | 'labelSelector' | 'signal'>;

/** A live cluster as a reader: the types that can be listed and read, each in the version that the server prefers. */
export function liveReader(api: KubeApi): ResourceReader {
  return {
    source: api.server,
    async types(options) {
      const discovery = await api.discover({ signal: options?.signal });
      return discovery.preferred.filter(type => type.verbs.includes('list') && type.verbs.includes('get'));
    },
    read: (type, options) => readLive(api, type, options),
    get: (type, key, options) => api.get(type, key, options),
  };
}

async function* readLive(
  api: KubeApi,
  type: ResourceType,
  options: ReadOptions | undefined,
): AsyncGenerator<KubeObject> {
  try {
    yield* api.list(type, options);
  } catch (thrown) {
    // A list of a type that is served answers 200 even for a namespace that does not exist.
    if (!isHozonError(thrown, 'kube.not-found')) throw thrown;
  }
}
