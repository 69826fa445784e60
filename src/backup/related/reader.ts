import type { KubeApi } from '#kube/api.ts';
import type { ObjectKey } from '#kube/objects.ts';

/** A cluster role binding, by what it joins. */
export interface Grant {
  readonly binding: string;
  readonly clusterRole: string;
}

/** What the relations ask of the live cluster. One is made for each run: it remembers what it has listed. */
export interface RelatedReader {
  /** The ClusterRoleBindings that name a service account, ordered by name. */
  grantsTo(account: ObjectKey): Promise<readonly Grant[]>;
}

export function liveRelatedReader(
  api: KubeApi,
  options: { signal?: AbortSignal | undefined },
): RelatedReader {
  void api;
  void options;
  throw new Error('not written yet');
}
