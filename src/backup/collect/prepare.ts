import type { RunReport } from '#archive/run-report.ts';
import type { KubeApi } from '#kube/api.ts';
import type { Discovery } from '#kube/discovery.ts';
import { groupResource, type ResourceType } from '#kube/objects.ts';
import { raise } from '../errors.ts';
import { type ResourceFilter, resourceFilter } from '../filters/resources.ts';
import * as finding from '../findings.ts';
import { compileHooks, type HookRules } from '../hooks/rules.ts';
import type { BackupRequest } from '../request.ts';
import { type KnownNamespaces, readNamespaces } from './namespaces.ts';
import { readOrdered } from './ordered.ts';
import { type Lane, planCollection } from './plan.ts';
import { chooseTypes } from './types.ts';

/** What a backup will do, found out without touching anything. */
export interface Preparation {
  readonly discovery: Discovery;
  readonly resources: ResourceFilter;
  readonly namespaces: KnownNamespaces;
  readonly hooks: HookRules;
  readonly lanes: readonly Lane[];
}

/**
 * Asks the cluster for its types and namespaces and plans what is listed. Throws `backup.invalid` for names that mean
 * nothing there; what else is odd goes into the report.
 */
export async function prepare(
  request: BackupRequest,
  context: { api: KubeApi; report: RunReport; signal?: AbortSignal | undefined },
): Promise<Preparation> {
  const { api, report, signal } = context;
  const discovery = await api.discover({ refresh: true, signal });
  const { filter: resources, ...filters } = resourceFilter(
    request.spec,
    discovery,
    request.namespaces.everything,
  );
  const ordered = readOrdered(request.spec, discovery);
  const compiled = compileHooks(request.spec.hooks?.resources, discovery);
  const problems = [...filters.problems, ...ordered.problems, ...compiled.problems];
  if (problems.length > 0) throw raise.invalid({ name: request.name, problems });
  for (const warning of [...filters.warnings, ...compiled.warnings]) report.warning(warning);
  reportUnavailable(discovery, resources, report);
  const { types, unfit } = chooseTypes(discovery, resources);
  for (const { type, reason } of unfit) {
    report.warning(finding.unfitType(reason), { resource: groupResource(type) });
  }
  const namespaces = await readNamespaces(request, typeOf(discovery, 'namespaces'), context);
  const lanes = planCollection({
    types,
    namespaces: namespaces.targets,
    selectors: request.selectors,
    ordered: ordered.keys,
  });
  return { discovery, resources, namespaces, hooks: compiled.rules, lanes };
}

/** Metrics are readings, not objects: nobody backs them up, and their servers are often away. */
const readings = /^(custom\.|external\.)?metrics\.k8s\.io\//;

/** A group that does not answer may hold objects that are wanted, unless only named types are. */
function reportUnavailable(discovery: Discovery, resources: ResourceFilter, report: RunReport): void {
  for (const { groupVersion, reason } of discovery.unavailable) {
    if (resources.open && !readings.test(groupVersion))
      report.error(finding.groupUnavailable(groupVersion, reason));
    else report.info(`API group ${groupVersion} does not answer: ${reason}`);
  }
}

/** A type that every API server has. */
export function typeOf(discovery: Discovery, name: string): ResourceType {
  const type = discovery.byName(name);
  if (type === undefined) throw new Error(`the API server does not serve ${name}`);
  return type;
}
