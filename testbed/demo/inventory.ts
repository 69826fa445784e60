import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import { fieldsAt, textAt } from '#kube/fields.ts';
import { groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import type { Listed } from './compare.ts';

/**
 * Every object of these namespaces and every cluster-scoped one that is not about other namespaces, as the API server
 * has it now, in the order of types. What the cluster only notes about itself (events, nodes, leases of its parts) is
 * left out.
 */
export async function takeInventory(
  client: KubeApi,
  namespaces: readonly string[],
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Listed[]> {
  const { signal } = options;
  const discovery = await client.discover({ refresh: true, signal });
  const types = discovery.preferred.filter(type => type.verbs.includes('list') && !isNoise(type));
  const lists = types.map(type => listed(client, type, { namespaces, signal }));
  return (await Promise.all(lists)).flat();
}

/** Types of which an API server lets people create objects inside a namespace. */
export async function creatableTypes(
  client: KubeApi,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<ResourceType[]> {
  const discovery = await client.discover({ refresh: true, signal: options.signal });
  return discovery.preferred.filter(
    type => type.namespaced && type.verbs.includes('list') && type.verbs.includes('create') && !isNoise(type),
  );
}

/** `events` are about what happened, the others about the machine that the cluster runs on. */
const noise = new Set([
  'events',
  'events.events.k8s.io',
  'nodes',
  'csinodes.storage.k8s.io',
  'componentstatuses',
  'volumeattachments.storage.k8s.io',
]);

function isNoise(type: ResourceType): boolean {
  return noise.has(groupResource(type));
}

interface Wanted {
  readonly namespaces: readonly string[];
  readonly signal: AbortSignal | undefined;
}

async function listed(client: KubeApi, type: ResourceType, wanted: Wanted): Promise<Listed[]> {
  const { namespaces, signal } = wanted;
  if (!type.namespaced) {
    const objects = await everyOne(client, type, { signal });
    return objects.filter(object => concerns(type, object, namespaces)).map(object => ({ type, object }));
  }
  const lists = namespaces.map(namespace => everyOne(client, type, { namespace, signal }));
  return (await Promise.all(lists)).flat().map(object => ({ type, object }));
}

/** None of a type that is no longer served: others may have deleted its definition meanwhile. */
async function everyOne(
  client: KubeApi,
  type: ResourceType,
  options: { namespace?: string; signal: AbortSignal | undefined },
): Promise<KubeObject[]> {
  try {
    return await Array.fromAsync(client.list(type, options));
  } catch (thrown) {
    if (isHozonError(thrown, 'kube.not-found')) return [];
    throw thrown;
  }
}

/** Whether a cluster-scoped object is about these namespaces, or about none. */
function concerns(type: ResourceType, object: KubeObject, namespaces: readonly string[]): boolean {
  if (groupResource(type) === 'namespaces') return namespaces.includes(object.metadata.name);
  if (groupResource(type) !== 'persistentvolumes') return true;
  return namespaces.includes(textAt(fieldsAt(object, 'spec', 'claimRef'), 'namespace') ?? '');
}
