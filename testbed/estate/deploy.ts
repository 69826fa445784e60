import { readFile } from 'node:fs/promises';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import { type KubeObject, keyOf, parseApiVersion, type ResourceType } from '#kube/objects.ts';
import { pushImage } from '../openshift/image-stream-controller.ts';
import {
  installDefinitions,
  installOpenShiftKinds,
  parseObjects,
  testbedManager,
} from '../openshift/kinds.ts';
import { type EstateImages, estateImages, type StreamImage, streamImages } from './images.ts';
import { untilReady } from './readiness.ts';

/** The names that the sample estate's two projects have unless told otherwise. */
export const estateNamespaces: EstateNamespaces = { web: 'myproject', orders: 'orders-prod' };

export interface EstateNamespaces {
  /** guestbook, hello-openshift and ruby-ex, as DeploymentConfigs. */
  readonly web: string;
  /** The database with its volume, and the order desk. */
  readonly orders: string;
}

export interface DeployOptions {
  /** What the images are called; as `estateImages` says unless told. */
  readonly images?: EstateImages;
  readonly namespaces?: EstateNamespaces;
  /** Whether to wait until every pod is Ready; true unless told. A cluster without kubelet has none. */
  readonly wait?: boolean;
  /** Created after the estate's own objects; their containers may name its images too. */
  readonly more?: readonly KubeObject[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Creates the sample estate, its types included, and waits until everything in it is Ready. What exists already is left as
 * it is. The stand-ins of `startOpenShift` must run for the DeploymentConfigs to roll out.
 */
export async function deployEstate(client: KubeApi, options: DeployOptions = {}): Promise<EstateNamespaces> {
  const { namespaces = estateNamespaces, more = [], signal } = options;
  const images = options.images ?? (await estateImages());
  await installOpenShiftKinds(client, { signal });
  await installDefinitions(client, await estateDefinitions(), { signal });
  const creation = new Creation(client, images, signal);
  for (const object of [...(await estateObjects(namespaces)), ...more]) await creation.add(object);
  for (const stream of streamImages)
    await pushImage(client, pushedBy(stream, namespaces, images), { signal });
  if (options.wait !== false) await untilReady(client, Object.values(namespaces) as string[], { signal });
  return namespaces;
}

/** The CustomResourceDefinitions of the estate's own types. */
export async function estateDefinitions(): Promise<KubeObject[]> {
  return parseObjects(await manifest('definitions'));
}

/** The objects of the sample estate in the order in which they can be created, images still by their short names. */
export async function estateObjects(namespaces: EstateNamespaces = estateNamespaces): Promise<KubeObject[]> {
  const texts = [await manifest('myproject'), await manifest('orders-prod')];
  const renamed = texts.map(text =>
    text.replaceAll('orders-prod', namespaces.orders).replaceAll('myproject', namespaces.web),
  );
  return renamed.flatMap(parseObjects);
}

function manifest(name: string): Promise<string> {
  return readFile(new URL(`manifests/${name}.yaml`, import.meta.url), 'utf8');
}

function pushedBy(stream: StreamImage, namespaces: EstateNamespaces, images: EstateImages) {
  return { namespace: namespaces.web, stream, tag: 'latest', digest: images[stream].digest };
}

/** Creates objects one after the other, giving each what only the cluster knows: owners' uids, images, status. */
class Creation {
  readonly #client: KubeApi;
  readonly #images: EstateImages;
  readonly #signal: AbortSignal | undefined;

  constructor(client: KubeApi, images: EstateImages, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#images = images;
    this.#signal = signal;
  }

  async add(object: KubeObject): Promise<void> {
    const type = await this.#typeOf(object.apiVersion, object.kind);
    await this.#completeOwners(object);
    writeImages(object, this.#images);
    if (!(await this.#create(type, object))) return;
    if (object.kind === 'Namespace') await this.#defaultAccount(object.metadata.name);
    const { status } = object;
    if (status === undefined) return;
    const patch = { type: 'merge', body: { status } } as const;
    await this.#client.patch(type, keyOf(object), patch, {
      subresource: 'status',
      fieldManager: testbedManager,
      signal: this.#signal,
    });
  }

  async #create(type: ResourceType, object: KubeObject): Promise<boolean> {
    try {
      await this.#client.create(type, object, { fieldManager: testbedManager, signal: this.#signal });
      return true;
    } catch (thrown) {
      if (isHozonError(thrown, 'kube.already-exists')) return false;
      throw thrown;
    }
  }

  async #completeOwners(object: KubeObject): Promise<void> {
    const { ownerReferences, namespace } = object.metadata;
    if (ownerReferences === undefined) return;
    const complete = ownerReferences.map(async reference => {
      const type = await this.#typeOf(reference.apiVersion, reference.kind);
      const owner = await this.#client.get(
        type,
        { namespace, name: reference.name },
        { signal: this.#signal },
      );
      if (owner === undefined) throw new Error(`there is no ${reference.kind} ${reference.name}`);
      return { ...reference, uid: owner.metadata.uid ?? '' };
    });
    object.metadata.ownerReferences = await Promise.all(complete);
  }

  /** Until the controller manager has made it, a namespace refuses pods. */
  async #defaultAccount(namespace: string): Promise<void> {
    const type = await this.#typeOf('v1', 'ServiceAccount');
    const watched = this.#client.watch(type, { namespace, signal: this.#signal });
    for await (const event of watched)
      if (event.type === 'ADDED' && event.object.metadata.name === 'default') return;
  }

  async #typeOf(apiVersion: string, kind: string): Promise<ResourceType> {
    const { group, version } = parseApiVersion(apiVersion);
    const discovery = await this.#client.discover({ signal: this.#signal });
    const type = discovery.byKind(group, version, kind);
    if (type === undefined) throw new Error(`the API server has no ${kind} in ${apiVersion}`);
    return type;
  }
}

/** Replaces the image of every container that is named after one of the estate's images, wherever it lies. */
function writeImages(node: unknown, images: EstateImages): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [field, value] of Object.entries(node)) {
    if (field === 'image' && typeof value === 'string' && Object.hasOwn(images, value))
      (node as { image: string }).image = images[value as keyof EstateImages].reference;
    else writeImages(value, images);
  }
}
