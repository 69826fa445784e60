import type { BackupSpec } from '#api/velero/backup.ts';
import type { Message } from '#foundation/language.ts';
import type { KubeApi } from '#kube/api.ts';
import type { Discovery } from '#kube/discovery.ts';
import { formatKey } from '#kube/objects.ts';
import { oldFilters } from '../filters/resources.ts';
import { type DocumentRead, noPolicies, type PolicyDocument, readPolicies } from './document.ts';
import * as problem from './problems.ts';

export interface LoadContext {
  readonly api: Pick<KubeApi, 'get'>;
  readonly discovery: Discovery;
  readonly veleroNamespace: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the ConfigMap that `spec.resourcePolicy` names in Velero's namespace. One that is not there or not right is a
 * problem of the Backup; one that may not be read rejects.
 */
export async function loadPolicies(
  spec: BackupSpec,
  { api, discovery, veleroNamespace, signal }: LoadContext,
): Promise<DocumentRead> {
  if (spec.resourcePolicy === undefined || spec.resourcePolicy === null) {
    return { document: noPolicies, problems: [] };
  }
  const key = { namespace: veleroNamespace, name: spec.resourcePolicy.name };
  const type = discovery.byName('configmaps');
  const configMap = type && (await api.get(type, key, { signal }));
  if (configMap === undefined) {
    const field = `resourcePolicy: ConfigMap ${formatKey(key)}`;
    return { document: noPolicies, problems: [problem.notThere(field)] };
  }
  const { document, problems } = readPolicies(configMap);
  return { document, problems: [...problems, ...familyProblems(spec, document)] };
}

/** The sections that filter objects go with the newer family of lists only. */
function familyProblems(spec: BackupSpec, document: PolicyDocument): Message[] {
  const old = oldFilters(spec);
  const sections = {
    includeExcludePolicy: document.includeExclude !== undefined,
    clusterScopedFilterPolicy: document.cluster !== undefined,
    namespacedFilterPolicies: document.namespaced.length > 0,
  };
  return Object.entries(sections)
    .filter(([, isThere]) => isThere && old.length > 0)
    .map(([name]) => problem.notWithOldFilters(old)(document.field(name)));
}
