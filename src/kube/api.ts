import type { Duplex } from 'node:stream';
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
  /**
   * Changes as they happen, until the signal aborts (which rejects, as everywhere). Without a resourceVersion it begins with an
   * ADDED for each object there is and a BOOKMARK; when the server has lost its place (410) it lists again and
   * yields what changed meanwhile, a DELETED then carrying only apiVersion, kind and the metadata that names the object.
   * With a resourceVersion a 410 rejects with `kube.gone`. Broken connections and servers that are away are waited for.
   */
  watch(type: ResourceType, options?: WatchOptions): AsyncIterable<WatchEvent>;
  /** Runs a command in a container; resolves with its exit code whatever it is. */
  exec(pod: PodKey, options: ExecOptions): Promise<ExecResult>;
  /** A container's log, as bytes. With `follow` it goes on until the container ends or the signal aborts. */
  logs(pod: PodKey, options?: LogOptions): AsyncIterable<Uint8Array>;
  /**
   * A connection to a port inside a pod. Ending its writable side does not tell the pod (the protocol has no half
   * close); destroying it closes the connection. What goes wrong later is its `error`: `kube.port-forward-failed`.
   */
  portForward(pod: PodKey, port: number, options?: RequestOptions): Promise<Duplex>;
}

/** Where a pod is. */
export type PodKey = ObjectKey & { readonly namespace: string };

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
  /** Delete it only as it is at this version; `kube.conflict` where it has changed. */
  readonly resourceVersion?: string | undefined;
}

export interface WatchOptions extends ListOptions {
  /** Where to go on from; absent: begin with what is there now. */
  readonly resourceVersion?: string | undefined;
  /** Told of each fault that the watch gets over: a broken connection, a server that is away. */
  readonly onInterruption?: ((thrown: unknown) => void) | undefined;
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
  /** The collected output is not whole: more than 1 MiB came on one of the two. */
  readonly truncated?: boolean;
}

export interface LogOptions extends RequestOptions {
  readonly container?: string | undefined;
  readonly follow?: boolean | undefined;
  /** Only the last lines. */
  readonly tailLines?: number | undefined;
  /** The container's life before its last restart. */
  readonly previous?: boolean | undefined;
  /** Each line begins with its time (RFC 3339). */
  readonly timestamps?: boolean | undefined;
  readonly sinceSeconds?: number | undefined;
}
