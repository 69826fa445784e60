import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { KubeClient } from '#kube/client/client.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import type { Cluster } from '#testbed/cluster/cluster.ts';
import { busyboxImage } from '#testbed/cluster/images.ts';
import { runOk } from '#testbed/processes.ts';

export interface Pod extends KubeObject {
  readonly status?: {
    readonly podIP?: string;
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** A namespace of a cluster, and what a test does in it again and again. */
export class Scene {
  readonly #cluster: Cluster;
  readonly #client: KubeClient;
  readonly #namespace: string;

  constructor(cluster: Cluster, client: KubeClient, namespace: string) {
    this.#cluster = cluster;
    this.#client = client;
    this.#namespace = namespace;
  }

  async typeNamed(name: string): Promise<ResourceType> {
    const found = (await this.#client.discover()).byName(name);
    assert.ok(found, name);
    return found;
  }

  /** The object as soon as it is as wanted. */
  async until(
    type: ResourceType,
    name: string,
    wanted: (object: KubeObject) => boolean,
  ): Promise<KubeObject> {
    const at = type.namespaced ? { namespace: this.#namespace } : {};
    for await (const event of this.#client.watch(type, { ...at, fieldSelector: `metadata.name=${name}` })) {
      if (event.type !== 'BOOKMARK' && event.type !== 'DELETED' && wanted(event.object)) return event.object;
    }
    throw new Error('the watch ended');
  }

  async untilDeleted(type: ResourceType, name: string): Promise<void> {
    for await (const event of this.#client.watch(type, { fieldSelector: `metadata.name=${name}` })) {
      if (event.type === 'DELETED') return;
    }
  }

  pod(name: string, container: object, more: object = {}): KubeObject {
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: this.#namespace },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: busyboxImage, imagePullPolicy: 'Never', ...container }],
        ...more,
      },
    };
  }

  /** Creates a pod and waits until it is Ready. */
  async runPod(object: KubeObject): Promise<Pod> {
    const pods = await this.typeNamed('pods');
    await this.#client.create(pods, object);
    const ready = (found: Pod): boolean =>
      found.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
    return this.until(pods, object.metadata.name, ready);
  }

  kubectl(...args: string[]): Promise<string> {
    const { kubectl, kubeconfig } = this.#cluster;
    return runOk([kubectl, '--kubeconfig', kubeconfig, '--namespace', this.#namespace, ...args]);
  }
}

/** The body of a plain HTTP answer. */
export async function get(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request(url, { agent: false }, response => {
    text(response).then(resolve, reject);
  })
    .on('error', reject)
    .end();
  return promise;
}
