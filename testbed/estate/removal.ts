import type { KubeApi } from '#kube/api.ts';
import { keyOf, type ObjectKey, type ResourceType } from '#kube/objects.ts';
import { typeNamed } from '../openshift/kinds.ts';
import { type StandIn, type StandInOptions, startReconciler } from '../openshift/reconciler.ts';

/** The finalizer of the estate's OrderBooks: their controller takes it off once the book is closed. */
export const settleFinalizer = 'estate.example.com/settle';

/**
 * Plays the controller behind the estate's OrderBook type: takes its finalizer off every book that is being deleted.
 * Without it a project that holds such a book stays Terminating for ever.
 */
export async function startOrderBookController(
  client: KubeApi,
  options: StandInOptions = {},
): Promise<StandIn> {
  const type = await typeNamed(client, 'orderbooks.estate.example.com', options.signal);
  return startReconciler(client, {
    ...options,
    sources: [{ type, keys: ({ metadata }) => [{ namespace: metadata.namespace, name: metadata.name }] }],
    reconcile: async (key, signal) => {
      const book = await client.get(type, key, { signal });
      const { deletionTimestamp, finalizers = [], resourceVersion } = book?.metadata ?? {};
      if (deletionTimestamp === undefined || !finalizers.includes(settleFinalizer)) return;
      const others = finalizers.filter(each => each !== settleFinalizer);
      const body = { metadata: { finalizers: others, resourceVersion } };
      await client.patch(type, key, { type: 'merge', body }, { signal });
    },
  });
}

/**
 * Deletes projects of the sample estate and waits until they are gone, OrderBooks and all. What has finalizers goes first:
 * the namespace controller looks again only after many seconds where it finds some.
 */
export async function removeProjects(
  client: KubeApi,
  names: readonly string[],
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const covers = (namespace: string): boolean => names.includes(namespace);
  await using _books = await startOrderBookController(client, { ...options, covers });
  for (const resource of ['orderbooks.estate.example.com', 'statefulsets.apps', 'persistentvolumeclaims']) {
    const type = await typeNamed(client, resource, options.signal);
    for (const namespace of names)
      for await (const object of client.list(type, { namespace, signal: options.signal }))
        await client.delete(type, keyOf(object), options);
  }
  const namespaces = await typeNamed(client, 'namespaces', options.signal);
  await Promise.all(names.map(name => deleteAndWait(client, namespaces, { name }, options)));
}

/** Deletes an object and waits until it is gone; at once where there is none. */
export async function deleteAndWait(
  client: KubeApi,
  type: ResourceType,
  key: ObjectKey,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const before = await client.get(type, key, options);
  if (before === undefined) return;
  await client.delete(type, key, options);
  const { uid, resourceVersion } = before.metadata;
  const watched = client.watch(type, {
    namespace: key.namespace,
    fieldSelector: `metadata.name=${key.name}`,
    resourceVersion,
    signal: options.signal,
  });
  for await (const event of watched)
    if (event.type === 'DELETED' && event.object.metadata.uid === uid) return;
}
