import type { RunReport } from '#archive/runs/run-report.ts';
import type { KubeApi } from '#kube/api.ts';
import type { Discovery } from '#kube/discovery.ts';
import { groupResource, type ResourceType } from '#kube/objects.ts';
import { raise } from '../errors.ts';
import { type ResourceFilter, resourceFilter } from '../filters/resources.ts';
import type { Selection } from '../filters/selection.ts';
import * as finding from '../findings.ts';
import { compileHooks, type HookRules } from '../hooks/rules.ts';
import { loadPolicies } from '../policies/load.ts';
import { policySelection } from '../policies/selection.ts';
import type { VolumePolicy } from '../policies/volume-policies.ts';
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
  readonly selection: Selection;
  readonly volumePolicies: readonly VolumePolicy[];
  /** Absent: no commands are run. */
  readonly hooks: HookRules | undefined;
  readonly lanes: readonly Lane[];
}

export interface PrepareContext {
  readonly api: KubeApi;
  readonly report: RunReport;
  /** Where the ConfigMap of a resource policy is. */
  readonly veleroNamespace: string;
  /** Run no commands: there are no containers to run them in. */
  readonly withoutHooks?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the cluster for its types, its namespaces and the resource policy, and plans what is listed. Throws
 * `backup.invalid` for names that mean nothing there and for policies that are not right; what else is odd goes into the
 * report.
 */
export async function prepare(request: BackupRequest, context: PrepareContext): Promise<Preparation> {
  const { api, report, signal } = context;
  const discovery = await api.discover({ refresh: true, signal });
  const { document: policies, ...loaded } = await loadPolicies(request.spec, { ...context, discovery });
  const { filter: resources, ...filters } = resourceFilter(
    request.spec,
    discovery,
    request.namespaces.everything,
    policies.includeExclude,
  );
  const { selectors } = request;
  const { selection, ...chosen } = policySelection(policies, { selectors, discovery, resources });
  const ordered = readOrdered(request.spec, discovery);
  const compiled = compileHooks(request.spec.hooks?.resources, discovery);
  const parts = [loaded, filters, chosen, ordered, compiled];
  const problems = parts.flatMap(part => part.problems);
  if (problems.length > 0) throw raise.invalid({ name: request.name, problems });
  for (const { warnings } of [filters, chosen, compiled]) warnings.forEach(each => report.warning(each));
  reportUnavailable(discovery, resources, report);
  const { types, unfit } = chooseTypes(discovery, resources);
  for (const { type, reason } of unfit) {
    report.warning(finding.unfitType(reason), { resource: groupResource(type) });
  }
  const namespaces = await readNamespaces(request, typeOf(discovery, 'namespaces'), context);
  const lanes = planCollection({ types, namespaces: namespaces.targets, selection, ordered: ordered.keys });
  const { volumes: volumePolicies } = policies;
  const hooks = context.withoutHooks === true ? undefined : compiled.rules;
  return { discovery, resources, namespaces, selection, volumePolicies, hooks, lanes };
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
