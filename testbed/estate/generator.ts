import { forEachConcurrent } from '#foundation/concurrency.ts';
import { noProgress, type Progress } from '#foundation/progress.ts';
import type { KubeApi, WriteOptions } from '#kube/api.ts';
import { formatKey, type KubeObject, keyOf, parseApiVersion, type ResourceType } from '#kube/objects.ts';
import { installDefinitions, testbedManager, typeNamed } from '../openshift/kinds.ts';
import {
  clusterObjects,
  generatedDefinitions,
  generatedLabel,
  namespacedObjects,
  widgetFinalizer,
} from './generated-objects.ts';
import { deleteAndWait } from './removal.ts';
import { type EstateShape, sizeOf } from './shape.ts';

export interface GeneratorOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress;
  /** How many requests are under way at once; 20 unless told. */
  readonly connections?: number;
}

/** Creates a generated estate; what it has created is told by `progress` in the phase `generate`. */
export async function generateEstate(
  client: KubeApi,
  shape: EstateShape,
  options: GeneratorOptions = {},
): Promise<void> {
  const { signal, progress = noProgress, connections = 20 } = options;
  const custom = shape.perNamespace.Widget !== undefined || shape.perNamespace.Part !== undefined;
  if (custom) await installDefinitions(client, generatedDefinitions(), { signal });
  const owners = new Map<string, string>();
  const total = sizeOf(shape);
  const write = { fieldManager: testbedManager, signal };
  let done = 0;
  const create = async (object: KubeObject): Promise<void> => {
    await createOne(client, object, { owners, write });
    progress({ phase: 'generate', done: ++done, total, unit: 'items', current: formatKey(keyOf(object)) });
  };
  await forEachConcurrent(clusterObjects(shape), connections, create);
  const [free, owned] = byOwnership(shape);
  await forEachConcurrent(free, connections, create);
  await forEachConcurrent(owned, connections, create);
}

/** Those without an owner, and those whose owner must be there (and its uid known) first. */
function byOwnership(shape: EstateShape): [KubeObject[], KubeObject[]] {
  const groups = Map.groupBy(
    namespacedObjects(shape),
    object => object.metadata.ownerReferences !== undefined,
  );
  return [groups.get(false) ?? [], groups.get(true) ?? []];
}

interface Creating {
  readonly owners: Map<string, string>;
  readonly write: WriteOptions;
}

async function createOne(client: KubeApi, object: KubeObject, { owners, write }: Creating): Promise<void> {
  const type = await typeOf(client, object, write.signal);
  const { ownerReferences, namespace } = object.metadata;
  if (ownerReferences !== undefined)
    object.metadata.ownerReferences = ownerReferences.map(reference => ({
      ...reference,
      uid: owners.get(`${namespace}/${reference.name}`) ?? '',
    }));
  const created = await client.create(type, object, write);
  if (object.kind === 'Widget')
    owners.set(`${namespace}/${object.metadata.name}`, created.metadata.uid ?? '');
}

async function typeOf(
  client: KubeApi,
  object: KubeObject,
  signal: AbortSignal | undefined,
): Promise<ResourceType> {
  const { group, version } = parseApiVersion(object.apiVersion);
  const type = (await client.discover({ signal })).byKind(group, version, object.kind);
  if (type === undefined) throw new Error(`the API server has no ${object.kind} in ${object.apiVersion}`);
  return type;
}

/** Removes every generated estate of that name and waits until its namespaces are gone. The generated types stay. */
export async function removeGenerated(
  client: KubeApi,
  name: string,
  options: GeneratorOptions = {},
): Promise<void> {
  const { signal, progress = noProgress, connections = 20 } = options;
  const labelSelector = `${generatedLabel}=${name}`;
  await releaseWidgets(client, labelSelector, options);
  for (const kind of ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']) {
    const type = await typeNamed(client, `${kind}.admissionregistration.k8s.io`, signal);
    for await (const object of client.list(type, { labelSelector, signal }))
      await client.delete(type, keyOf(object), { signal });
  }
  const namespaces = await typeNamed(client, 'namespaces', signal);
  const going: KubeObject[] = [];
  for await (const object of client.list(namespaces, { labelSelector, signal })) going.push(object);
  let done = 0;
  await forEachConcurrent(going, connections, async object => {
    await deleteAndWait(client, namespaces, keyOf(object), { signal });
    const current = object.metadata.name;
    progress({ phase: 'remove', done: ++done, total: going.length, unit: 'items', current });
  });
}

async function releaseWidgets(
  client: KubeApi,
  labelSelector: string,
  { signal, connections = 20 }: GeneratorOptions,
): Promise<void> {
  const type = (await client.discover({ signal })).byName('widgets.estate.example.com');
  if (type === undefined) return;
  await forEachConcurrent(client.list(type, { labelSelector, signal }), connections, async widget => {
    const { finalizers = [] } = widget.metadata;
    if (!finalizers.includes(widgetFinalizer)) return;
    const body = { metadata: { finalizers: finalizers.filter(each => each !== widgetFinalizer) } };
    await client.patch(type, keyOf(widget), { type: 'merge', body }, { signal });
  });
}
