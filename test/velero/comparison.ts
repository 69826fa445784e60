import type { KubeClient } from '#kube/client/client.ts';
import { listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import {
  compareObjects,
  explain,
  formatDifference,
  type Listed,
  type NewNames,
} from '#testbed/demo/compare.ts';
import { takeInventory } from '#testbed/demo/inventory.ts';
import { restoreReasons } from '#testbed/demo/reasons.ts';
import { typeNamed } from '#testbed/openshift/kinds.ts';
import { untilFurnished } from '#testbed/shared.ts';

/** What is in the namespaces once controllers have done their part, the namespaces themselves with it. */
export async function settledObjects(client: KubeClient, namespaces: readonly string[]): Promise<Listed[]> {
  for (const namespace of namespaces) {
    await untilFurnished(client, namespace);
    await settled(client, namespace);
  }
  const inventory = await takeInventory(client, namespaces);
  return inventory.filter(
    ({ type, object }) => object.metadata.namespace !== undefined || type.resource === 'namespaces',
  );
}

/** What differs and has no reason that a person would accept. */
export function unexplained(
  before: readonly Listed[],
  after: readonly Listed[],
  names: NewNames = {},
): string[] {
  return explain(compareObjects(before, after, names), restoreReasons, names).unexplained.map(
    formatDifference,
  );
}

/** The objects of one namespace, and itself. */
export function ofNamespace(objects: readonly Listed[], name: string): Listed[] {
  return objects.filter(({ object: { metadata } }) => (metadata.namespace ?? metadata.name) === name);
}

async function settled(client: KubeClient, namespace: string): Promise<void> {
  const deployments = await typeNamed(client, 'deployments.apps');
  const waiting = new Set<string>();
  for await (const { metadata } of client.list(deployments, { namespace })) waiting.add(metadata.name);
  const signal = AbortSignal.timeout(180_000);
  for await (const event of client.watch(deployments, { namespace, signal })) {
    if (event.type !== 'BOOKMARK' && isSettled(event.object)) waiting.delete(event.object.metadata.name);
    if (waiting.size === 0) break;
  }
}

function isSettled(deployment: KubeObject): boolean {
  const conditions = listAt(deployment, 'status', 'conditions').map(condition => textAt(condition, 'type'));
  const revision = textAt(deployment, 'metadata', 'annotations', 'deployment.kubernetes.io/revision');
  return revision !== undefined && conditions.includes('Available') && conditions.includes('Progressing');
}
