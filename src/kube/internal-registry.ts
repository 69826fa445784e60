import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from './api.ts';
import type { Discovery } from './discovery.ts';
import { listAt, textAt, valueAt } from './fields.ts';
import type { KubeObject, ObjectKey } from './objects.ts';

/** The annotation by which OpenShift's Velero plugin says where the internal registry was at the time of the backup. */
export const backupRegistryAnnotation = 'openshift.io/backup-registry-hostname';

/** The namespace in which OpenShift keeps the image streams that every project may use. */
export const sharedImages = 'openshift';

/** The services of the internal registry: in OpenShift 4, and in OpenShift 3. */
export const registryServices = [
  { namespace: 'openshift-image-registry', name: 'image-registry' },
  { namespace: 'default', name: 'docker-registry' },
] as const;

/** Where something is looked up about the registry. */
export const registryNamespaces: readonly string[] = [
  sharedImages,
  ...registryServices.map(({ namespace }) => namespace),
];

export interface RegistryReadOptions {
  readonly api: Pick<KubeApi, 'discover' | 'get' | 'list'>;
  readonly signal?: AbortSignal | undefined;
}

/** What a cluster says of its own image registry. */
export interface InternalRegistry {
  /** Host and port, as image references have them. */
  readonly host: string;
  /** The digests of the images that every project may use; `undefined` where they may not be read. */
  readonly shared: ReadonlySet<string> | undefined;
}

/**
 * The registry inside an OpenShift cluster, as its image configuration says, or the status of its image streams, or
 * its service; `undefined` where there is none, or all of that may not be read.
 */
export async function readInternalRegistry(
  options: RegistryReadOptions,
): Promise<InternalRegistry | undefined> {
  const streams: KubeObject[] = [];
  const listed = await listStreams(options, stream => streams.push(stream));
  const [stream] = streams.flatMap(each => registryOf(each) ?? []);
  const host = (await configured(options)) ?? stream ?? (await served(options));
  if (host === undefined) return undefined;
  return { host, shared: listed ? new Set(streams.flatMap(digestsOf)) : undefined };
}

/** The host of {@link readInternalRegistry}, at less expense. */
export async function readRegistryHost(options: RegistryReadOptions): Promise<string | undefined> {
  const host = await configured(options);
  if (host !== undefined) return host;
  let found: string | undefined;
  await listStreams(options, stream => {
    found ??= registryOf(stream);
  });
  return found ?? (await served(options));
}

/** The host of the registry in which an ImageStream's images lie, as its status says. */
export function registryOf(stream: KubeObject): string | undefined {
  const [host] = (textAt(stream, 'status', 'dockerImageRepository') ?? '').split('/');
  return host === '' ? undefined : host;
}

function digestsOf(stream: KubeObject): string[] {
  const items = listAt(stream, 'status', 'tags').flatMap(tag => listAt(tag, 'items'));
  return items.flatMap(item => textAt(item, 'image') ?? []);
}

/** False where they may not be listed. */
async function listStreams(
  { api, signal }: RegistryReadOptions,
  take: (stream: KubeObject) => void,
): Promise<boolean> {
  const type = (await api.discover({ signal })).byName('imagestreams.image.openshift.io');
  if (type === undefined) return false;
  const read = await allowed(async () => {
    for await (const stream of api.list(type, { namespace: sharedImages, signal })) take(stream);
    return true;
  });
  return read === true;
}

async function configured(options: RegistryReadOptions): Promise<string | undefined> {
  const config = await read('images.config.openshift.io', { name: 'cluster' }, options);
  return textAt(config, 'status', 'internalRegistryHostname') || undefined;
}

/** OpenShift 4 names its registry by its service, OpenShift 3 by the service's address. */
async function served(options: RegistryReadOptions): Promise<string | undefined> {
  if (!isOpenShift(await options.api.discover({ signal: options.signal }))) return undefined;
  const [inFour, inThree] = registryServices;
  const four = await read('services', inFour, options);
  if (four !== undefined) return `${inFour.name}.${inFour.namespace}.svc:${portOf(four)}`;
  const three = await read('services', inThree, options);
  const address = textAt(three, 'spec', 'clusterIP');
  return three === undefined || address === undefined ? undefined : `${address}:${portOf(three)}`;
}

function isOpenShift(discovery: Discovery): boolean {
  return discovery.byName('imagestreams.image.openshift.io') !== undefined;
}

function portOf(service: KubeObject): number {
  const port = valueAt(listAt(service, 'spec', 'ports')[0], 'port');
  return typeof port === 'number' ? port : 5000;
}

async function read(
  resource: string,
  key: ObjectKey,
  { api, signal }: RegistryReadOptions,
): Promise<KubeObject | undefined> {
  const type = (await api.discover({ signal })).byName(resource);
  return type === undefined ? undefined : allowed(() => api.get(type, key, { signal }));
}

async function allowed<T>(asking: () => Promise<T>): Promise<T | undefined> {
  try {
    return await asking();
  } catch (thrown) {
    if (isHozonError(thrown, 'kube.forbidden')) return undefined;
    throw thrown;
  }
}
