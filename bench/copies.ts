import { forEachConcurrent } from '#foundation/concurrency.ts';
import type { KubeClient } from '#kube/client/client.ts';
import { formatKey, type KubeObject, keyOf, type ResourceType } from '#kube/objects.ts';
import { generatedLabel, namespacesOf } from '#testbed/estate/generated-objects.ts';
import type { EstateShape } from '#testbed/estate/shape.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';

/** The names under which an estate's namespaces are restored, so that the estate itself stays for the next round. */
export function mappingOf(shape: EstateShape, prefix: string): Record<string, string> {
  return Object.fromEntries(namespacesOf(shape).map(name => [name, `${prefix}-${name}`]));
}

/** How many objects of the shape are in namespaces of that prefix, the namespaces counted as well. */
export async function countCopies(client: KubeClient, shape: EstateShape, prefix: string): Promise<number> {
  const labelSelector = `${generatedLabel}=${shape.name}`;
  let count = 0;
  for (const type of await estateTypes(client, shape)) {
    for await (const { metadata } of client.list(type, { labelSelector })) {
      if ((metadata.namespace ?? metadata.name).startsWith(`${prefix}-`)) count++;
    }
  }
  return count;
}

async function estateTypes(client: KubeClient, shape: EstateShape): Promise<ResourceType[]> {
  const { preferred } = await client.discover();
  const kinds = new Set([...Object.keys(shape.perNamespace), 'Namespace']);
  return preferred.filter(type => kinds.has(type.kind));
}

/** Waits until the controllers have done what the new Deployments ask of them, which would disturb what comes next. */
export async function untilSettled(client: KubeClient): Promise<void> {
  const type = await typeNamed(client, 'deployments.apps');
  const waiting = new Set<string>();
  let listed = false;
  for await (const event of client.watch(type)) {
    if (event.type === 'BOOKMARK') listed = true;
    else if (isAwaited(event.object) && event.type !== 'DELETED') waiting.add(formatKey(keyOf(event.object)));
    else waiting.delete(formatKey(keyOf(event.object)));
    if (listed && waiting.size === 0) return;
  }
}

function isAwaited({ metadata, ...deployment }: KubeObject): boolean {
  const { observedGeneration } = (deployment['status'] ?? {}) as { observedGeneration?: number };
  return observedGeneration !== metadata['generation'];
}

/** Deletes the namespaces of that prefix and waits until they are gone. */
export async function removeCopies(client: KubeClient, shape: EstateShape, prefix: string): Promise<void> {
  const type = await typeNamed(client, 'namespaces');
  const waiting = new Set(Object.values(mappingOf(shape, prefix)));
  await forEachConcurrent([...waiting], 20, async name => {
    if (!(await client.delete(type, { name }))) waiting.delete(name);
  });
  const there = new Set<string>();
  for await (const event of client.watch(type)) {
    if (event.type === 'ADDED') there.add(event.object.metadata.name);
    if (event.type === 'DELETED') there.delete(event.object.metadata.name);
    const listed = event.type === 'BOOKMARK' || event.type === 'DELETED';
    if (listed && ![...waiting].some(name => there.has(name))) return;
  }
}
