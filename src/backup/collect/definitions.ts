import type { RunReport } from '#archive/runs/run-report.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import { groupResource, type ResourceType } from '#kube/objects.ts';
import * as finding from '../findings.ts';
import type { ItemSink } from './items.ts';

/** A CustomResourceDefinition is named after the resource that it defines. */
export const definitions = 'customresourcedefinitions.apiextensions.k8s.io';

export interface DefinitionContext {
  readonly api: KubeApi;
  readonly sink: ItemSink;
  readonly report: RunReport;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Stores the definition of each type of which objects are stored, where it is a custom one. Without the right to read
 * definitions nobody can tell which types are; they are then named in one warning.
 */
export async function takeDefinitions(type: ResourceType, context: DefinitionContext): Promise<void> {
  const { report, signal } = context;
  const candidates = context.sink.inventory.types.filter(({ group }) => isPerhapsCustom(group));
  for (const [index, candidate] of candidates.entries()) {
    try {
      await takeDefinition(type, groupResource(candidate), context);
    } catch (thrown) {
      signal?.throwIfAborted();
      if (!isHozonError(thrown) || !thrown.code.startsWith('kube.')) throw thrown;
      const rest = candidates.slice(index).map(groupResource);
      const forbidden = thrown.code === 'kube.forbidden';
      const subject = { resource: groupResource(type) };
      if (forbidden) return report.warning(finding.definitionsForbidden(rest, thrown), subject);
      report.error(finding.notRead(thrown), { ...subject, name: groupResource(candidate) });
    }
  }
}

async function takeDefinition(
  type: ResourceType,
  name: string,
  { api, sink, signal }: DefinitionContext,
): Promise<void> {
  if (sink.inventory.knows(type, { name })) return;
  const object = await api.get(type, { name }, { signal });
  if (object !== undefined) await sink.take([{ type, object }]);
}

/** Custom groups have a dot, as some of the API server itself do. */
function isPerhapsCustom(group: string): boolean {
  return group.includes('.') && !builtIn.has(group);
}

const builtIn: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
]);
