import type { KubeApi } from '#kube/api.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';

/** An object that a restore will send, as it will be. */
export interface Write {
  readonly type: ResourceType;
  readonly object: KubeObject;
  readonly action: 'create' | 'update';
  /** Of the namespace that it is in; `undefined` for cluster-scoped objects. */
  readonly namespaceLabels?: Readonly<Record<string, string>> | undefined;
}

export interface PreflightOptions {
  readonly api: Pick<KubeApi, 'discover' | 'get' | 'list'>;
  readonly signal?: AbortSignal | undefined;
}
