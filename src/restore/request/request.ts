import { isObjectName } from '#api/velero/names.ts';
import type { Restore, RestoreSpec } from '#api/velero/restore.ts';
import type { Message } from '#foundation/language.ts';
import type { Selector } from '#kube/selectors.ts';
import { raise } from '../errors.ts';
import type { HookRules } from '../hooks/hook.ts';
import { readHooks } from './hooks.ts';
import { includesEverything, type NameLists, nameProblems } from './names.ts';
import { neverRestoredBy } from './never-restored.ts';
import { problems, type Unsupported } from './problems.ts';
import { readSelectors } from './selectors.ts';

/** What a Restore asks for, checked and with its defaults. Plain data. */
export interface RestoreRequest {
  readonly name: string;
  /** Empty where `scheduleName` has to be looked up first. */
  readonly backupName: string;
  /** The backup is this schedule's newest. */
  readonly scheduleName: string | undefined;
  /** As they are called in the backup. */
  readonly namespaces: NameLists;
  readonly resources: NameLists;
  /** An object has to match one of them; none at all lets every object through. */
  readonly selectors: readonly Selector[];
  /** Cluster-scoped objects: every one, none, or those that the restored objects cannot do without. */
  readonly clusterScoped: 'all' | 'needed' | 'none';
  readonly namespaceMapping: ReadonlyMap<string, string>;
  readonly existing: 'none' | 'update';
  readonly preserveNodePorts: boolean;
  /** Objects of these types get their status back; absent: none do. */
  readonly statuses: NameLists | undefined;
  /** The ConfigMap with the rules by which objects are changed. */
  readonly modifiers: string | undefined;
  readonly hooks: HookRules;
}

/** Reads a Restore. Throws `restore.invalid` with everything that is wrong with it. Pure. */
export function readRequest(wanted: Restore): RestoreRequest {
  const { name } = wanted.metadata;
  const { spec } = wanted;
  const selection = selectorsOf(spec);
  const hooks = readHooks(spec.hooks?.resources);
  const found = [
    ...(isObjectName(name) ? [] : [problems.name(name)]),
    ...backupProblems(spec),
    ...listProblems(spec),
    ...selection.problems,
    ...policyProblems(spec.existingResourcePolicy),
    ...mappingProblems(spec.namespaceMapping ?? {}),
    ...referenceProblems(spec.resourceModifier),
    ...hooks.problems,
    ...unsupported(spec).map(problems.unsupported),
  ];
  if (found.length > 0) throw raise.invalid({ name, problems: found });
  return {
    ...sourceOf(spec),
    ...listsOf(spec),
    name,
    selectors: selection.selectors,
    clusterScoped: clusterScope(spec.includeClusterResources ?? undefined, listsOf(spec).namespaces),
    namespaceMapping: new Map(Object.entries(spec.namespaceMapping ?? {})),
    existing: spec.existingResourcePolicy === 'update' ? 'update' : 'none',
    preserveNodePorts: spec.preserveNodePorts === true,
    modifiers: spec.resourceModifier?.name,
    hooks: hooks.rules,
  };
}

function sourceOf({
  backupName = '',
  scheduleName,
}: RestoreSpec): Pick<RestoreRequest, 'backupName' | 'scheduleName'> {
  return { backupName, scheduleName: scheduleName === '' ? undefined : scheduleName };
}

function listsOf(spec: RestoreSpec): Pick<RestoreRequest, 'namespaces' | 'resources' | 'statuses'> {
  return {
    namespaces: { included: spec.includedNamespaces ?? [], excluded: spec.excludedNamespaces ?? [] },
    resources: resourcesOf(spec),
    statuses: spec.restoreStatus ? resourcesOf(spec.restoreStatus) : undefined,
  };
}

function resourcesOf(lists: Pick<RestoreSpec, 'includedResources' | 'excludedResources'>): NameLists {
  return { included: lists.includedResources ?? [], excluded: lists.excludedResources ?? [] };
}

function listProblems(spec: RestoreSpec): Message[] {
  const { namespaces, resources, statuses } = listsOf(spec);
  return [
    ...nameProblems(namespaces, 'Namespaces'),
    ...nameProblems(resources, 'Resources'),
    ...neverRestoredProblems(resources.included),
    ...(statuses === undefined ? [] : nameProblems(statuses, 'Resources', 'spec.restoreStatus')),
  ];
}

/**
 * The same, once it is known which namespaces of the backup are restored: two of them must not land in one
 * namespace, where their objects would mix. Throws `restore.invalid`.
 */
export function checkTargets(request: RestoreRequest, restored: Iterable<string>): void {
  const byTarget = Map.groupBy(restored, source => targetNamespace(request, source));
  const found = [...byTarget]
    .filter(([, sources]) => sources.length > 1)
    .map(([target, sources]) => problems.mappedTogether(sources, target));
  if (found.length > 0) throw raise.invalid({ name: request.name, problems: found });
}

/** Where the objects of a namespace of the backup go. */
export function targetNamespace(request: Pick<RestoreRequest, 'namespaceMapping'>, source: string): string {
  return request.namespaceMapping.get(source) ?? source;
}

function backupProblems({ backupName, scheduleName }: RestoreSpec): Message[] {
  if (backupName === undefined || backupName === '') return scheduleName ? [] : [problems.noBackup];
  if (scheduleName) return [problems.twoSources];
  return isObjectName(backupName) ? [] : [problems.backupName(backupName)];
}

function neverRestoredProblems(included: readonly string[]): Message[] {
  return included.flatMap(name => {
    const resource = neverRestoredBy(name);
    return resource === undefined ? [] : [problems.neverRestored(resource)];
  });
}

/** A policy can be any text where the Restore was read from a cluster or a file. */
function policyProblems(policy: string | null | undefined): Message[] {
  return policy === undefined || policy === null || ['', 'none', 'update'].includes(policy)
    ? []
    : [problems.policy(policy)];
}

function mappingProblems(mapping: Readonly<Record<string, string>>): Message[] {
  const names = new Set(Object.entries(mapping).flat());
  const bad = [...names].filter(name => !isNamespaceName(name)).map(problems.mappingName);
  const together = [...Map.groupBy(Object.entries(mapping), ([, target]) => target)]
    .filter(([, entries]) => entries.length > 1)
    .map(([target, entries]) =>
      problems.mappedTogether(
        entries.map(([source]) => source),
        target,
      ),
    );
  return [...bad, ...together];
}

function isNamespaceName(name: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);
}

function referenceProblems(reference: RestoreSpec['resourceModifier']): Message[] {
  if (!reference || reference.kind.toLowerCase() === 'configmap') return [];
  return [problems.referenceKind('spec.resourceModifier', reference.kind)];
}

function unsupported(spec: RestoreSpec): Unsupported[] {
  return spec.resourcePolicy ? ['spec.resourcePolicy'] : [];
}

/** As Velero: what is asked for decides; otherwise a restore of everything has all, and any other what it needs. */
function clusterScope(asked: boolean | undefined, namespaces: NameLists): RestoreRequest['clusterScoped'] {
  if (asked !== undefined) return asked ? 'all' : 'none';
  return includesEverything(namespaces) ? 'all' : 'needed';
}

function selectorsOf(spec: RestoreSpec): { selectors: Selector[]; problems: Message[] } {
  const single = spec.labelSelector ?? undefined;
  const any = spec.orLabelSelectors ?? [];
  const named: [string, object][] = any.map((each, index) => [`spec.orLabelSelectors[${index}]`, each]);
  if (single !== undefined) named.unshift(['spec.labelSelector', single]);
  const { selectors, problems: found } = readSelectors(named);
  const both = single !== undefined && any.length > 0 ? [problems.twoSelectors] : [];
  return { selectors, problems: [...both, ...found] };
}
