import type { Discovery } from './discovery.ts';
import type { KubeObject, ObjectKey, ResourceType } from './objects.ts';

/**
 * What Hozon asks of an API server. The one implementation is `KubeClient`; callers take this interface so that
 * decorators (impersonation, read-only, counting) can stand in front of it.
 *
 * Every method rejects with a `kube.*` HozonError (see `errors.ts`); `kube.cancelled` never: an abort rejects
 * with the signal's own reason. Requests that are safe to repeat are retried on connection faults, 429 and 5xx,
 * honouring Retry-After; a create that may or may not have arrived is reported as such, not repeated blindly.
 */
export interface KubeApi {
  /** The server's address, for messages. */
  readonly server: string;
  version(signal?: AbortSignal): Promise<ServerVersion>;
  /** Every type of every group that answers; groups that do not are named in the result. Cached until `refresh`. */
  discover(options?: { refresh?: boolean; signal?: AbortSignal | undefined }): Promise<Discovery>;
  /**
   * Every object of a type, cluster-wide or in one namespace, in pages, as they arrive. A 410 in the middle of a
   * list is continued where the server allows it and otherwise begun again; an object is yielded once either way.
   */
  list(type: ResourceType, options?: ListOptions): AsyncIterable<KubeObject>;
  /** `undefined` where there is no such object. */
  get(type: ResourceType, key: ObjectKey, options?: RequestOptions): Promise<KubeObject | undefined>;
  create(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** Replaces the object, guarded by its resourceVersion where it carries one. */
  replace(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  patch(type: ResourceType, key: ObjectKey, patch: Patch, options?: WriteOptions): Promise<KubeObject>;
  /** Resolves to false where there was nothing to delete. */
  delete(type: ResourceType, key: ObjectKey, options?: DeleteOptions): Promise<boolean>;
  watch(type: ResourceType, options?: WatchOptions): AsyncIterable<WatchEvent>;
  /** Runs a command in a container; resolves with its exit code whatever it is. */
  exec(pod: ObjectKey & { namespace: string }, options: ExecOptions): Promise<ExecResult>;
}

export interface ServerVersion {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
  readonly platform: string;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ListOptions extends RequestOptions {
  /** Absent or empty: all namespaces. */
  readonly namespace?: string | undefined;
  /** As kubectl writes it: `app=web,tier in (a,b)`. */
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects a page; 500 unless told. */
  readonly pageSize?: number | undefined;
}

export interface WriteOptions extends RequestOptions {
  readonly subresource?: 'status' | 'scale' | undefined;
  readonly fieldManager?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

export type Patch =
  | { readonly type: 'json'; readonly body: readonly unknown[] }
  | { readonly type: 'merge' | 'strategic'; readonly body: unknown }
  /** Server-side apply; `fieldManager` is required with it. */
  | { readonly type: 'apply'; readonly body: unknown; readonly force?: boolean };

export interface DeleteOptions extends RequestOptions {
  readonly propagation?: 'Foreground' | 'Background' | 'Orphan' | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  /** Delete only the object with this uid. */
  readonly uid?: string | undefined;
}

export interface WatchOptions extends ListOptions {
  /** Where to go on from; absent: begin with what is there now. */
  readonly resourceVersion?: string | undefined;
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  /** The state up to here has been seen; only carries a resourceVersion. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface ExecOptions extends RequestOptions {
  readonly container?: string | undefined;
  readonly command: readonly string[];
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  /** Where output goes as it arrives; without them it is collected, up to 1 MiB each, into the result. */
  readonly stdout?: ((chunk: Uint8Array) => void | Promise<void>) | undefined;
  readonly stderr?: ((chunk: Uint8Array) => void | Promise<void>) | undefined;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}
