import type { Duplex } from 'node:stream';
import type {
  DeleteOptions,
  ExecOptions,
  ExecResult,
  KubeApi,
  ListOptions,
  LogOptions,
  Patch,
  PodKey,
  RequestOptions,
  ServerVersion,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '../api.ts';
import type { Discovery } from '../discovery.ts';
import { type KubeconfigOptions, loadKubeconfig } from '../kubeconfig/kubeconfig.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../objects.ts';
import { execInPod } from '../pods/exec.ts';
import { podLogs } from '../pods/logs.ts';
import { forwardPort } from '../pods/port-forward.ts';
import type { ClusterConnection } from './connection.ts';
import { discover } from './discover.ts';
import { listObjects } from './list.ts';
import { Transport, type TransportOptions, type TransportStats } from './transport.ts';
import { watchObjects } from './watch.ts';
import { createObject, deleteObject, patchObject, readObject, replaceObject } from './write.ts';

/** Finds the cluster as {@link loadKubeconfig} does and makes a client for it. Nothing is sent until the first request. */
export async function connect(options: KubeconfigOptions & TransportOptions = {}): Promise<KubeClient> {
  return new KubeClient(await loadKubeconfig(options), options);
}

/** A client of one API server; `close` (or `await using`) cuts its connections. See {@link KubeApi} for what each method promises. */
export class KubeClient implements KubeApi, AsyncDisposable {
  readonly server: string;
  /** How it is connected: context, default namespace, where that was found. */
  readonly connection: ClusterConnection;
  readonly #transport: Transport;
  #discovery: Promise<Discovery> | undefined;

  constructor(connection: ClusterConnection, options: TransportOptions = {}) {
    this.server = connection.server;
    this.connection = connection;
    this.#transport = new Transport(connection, options);
  }

  async version(signal?: AbortSignal): Promise<ServerVersion> {
    const { value } = await this.#transport.json({
      method: 'GET',
      path: '/version',
      what: 'GET /version',
      repeatable: true,
      signal,
    });
    return value as ServerVersion;
  }

  discover(options: { refresh?: boolean; signal?: AbortSignal | undefined } = {}): Promise<Discovery> {
    if (this.#discovery === undefined || options.refresh === true) {
      const found = discover(this.#transport, options.signal);
      this.#discovery = found;
      found.catch(() => {
        if (this.#discovery === found) this.#discovery = undefined;
      });
    }
    return this.#discovery;
  }

  list(type: ResourceType, options: ListOptions = {}): AsyncIterable<KubeObject> {
    return listObjects(this.#transport, type, options);
  }

  async get(
    type: ResourceType,
    key: ObjectKey,
    options: RequestOptions = {},
  ): Promise<KubeObject | undefined> {
    return (await readObject(this.#transport, type, key, options.signal))?.value as KubeObject | undefined;
  }

  create(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject> {
    return createObject(this.#transport, type, object, options);
  }

  replace(type: ResourceType, object: KubeObject, options?: WriteOptions): Promise<KubeObject> {
    return replaceObject(this.#transport, type, object, options);
  }

  patch(type: ResourceType, key: ObjectKey, patch: Patch, options?: WriteOptions): Promise<KubeObject> {
    return patchObject(this.#transport, { type, key }, patch, options);
  }

  delete(type: ResourceType, key: ObjectKey, options?: DeleteOptions): Promise<boolean> {
    return deleteObject(this.#transport, type, key, options);
  }

  watch(type: ResourceType, options?: WatchOptions): AsyncIterable<WatchEvent> {
    return watchObjects(this.#transport, type, options);
  }

  exec(pod: PodKey, options: ExecOptions): Promise<ExecResult> {
    return execInPod(this.#transport, pod, options);
  }

  logs(pod: PodKey, options?: LogOptions): AsyncIterable<Uint8Array> {
    return podLogs(this.#transport, pod, options);
  }

  portForward(pod: PodKey, port: number, options?: RequestOptions): Promise<Duplex> {
    return forwardPort(this.#transport, pod, port, options);
  }

  /** Counters of requests, repetitions, 429s and waits since the client was made. */
  stats(): TransportStats {
    return this.#transport.stats();
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
