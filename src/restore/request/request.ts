import { isObjectName } from '#api/velero/names.ts';
import type { Restore, RestoreSpec } from '#api/velero/restore.ts';
import { isHozonError } from '#foundation/errors.ts';
import { type Message, message } from '#foundation/language.ts';
import { fromLabelSelector, type Selector, type LabelSelector as SelectorJson } from '#kube/selectors.ts';
import { raise } from '../errors.ts';
import { includesEverything, type NameLists, nameProblems } from './names.ts';
import { neverRestoredBy } from './never-restored.ts';
import { problems, type Unsupported } from './problems.ts';

/** What a Restore asks for, checked and with its defaults. Plain data. */
export interface RestoreRequest {
  readonly name: string;
  readonly backupName: string;
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
}

/** Reads a Restore. Throws `restore.invalid` with everything that is wrong with it. Pure. */
export function readRequest(wanted: Restore): RestoreRequest {
  const { name } = wanted.metadata;
  const { spec } = wanted;
  const namespaces = { included: spec.includedNamespaces ?? [], excluded: spec.excludedNamespaces ?? [] };
  const resources = { included: spec.includedResources ?? [], excluded: spec.excludedResources ?? [] };
  const selection = readSelectors(spec);
  const found = [
    ...(isObjectName(name) ? [] : [problems.name(name)]),
    ...backupProblems(spec),
    ...nameProblems(namespaces, 'Namespaces'),
    ...nameProblems(resources, 'Resources'),
    ...neverRestoredProblems(resources.included),
    ...selection.problems,
    ...policyProblems(spec.existingResourcePolicy),
    ...mappingProblems(spec.namespaceMapping ?? {}),
    ...unsupported(spec).map(problems.unsupported),
  ];
  if (found.length > 0) throw raise.invalid({ name, problems: found });
  return {
    name,
    backupName: spec.backupName ?? '',
    namespaces,
    resources,
    selectors: selection.selectors,
    clusterScoped: clusterScope(spec.includeClusterResources ?? undefined, namespaces),
    namespaceMapping: new Map(Object.entries(spec.namespaceMapping ?? {})),
    existing: spec.existingResourcePolicy === 'update' ? 'update' : 'none',
    preserveNodePorts: spec.preserveNodePorts === true,
  };
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

function unsupported(spec: RestoreSpec): Unsupported[] {
  const status = spec.restoreStatus;
  const asked: Readonly<Record<Unsupported, boolean>> = {
    'spec.scheduleName': Boolean(spec.scheduleName),
    'spec.hooks': (spec.hooks?.resources ?? []).length > 0,
    'spec.resourceModifier': Boolean(spec.resourceModifier),
    'spec.restoreStatus': Boolean(status?.includedResources?.length ?? status?.excludedResources?.length),
  };
  return (Object.keys(asked) as Unsupported[]).filter(field => asked[field]);
}

/** As Velero: what is asked for decides; otherwise a restore of everything has all, and any other what it needs. */
function clusterScope(asked: boolean | undefined, namespaces: NameLists): RestoreRequest['clusterScoped'] {
  if (asked !== undefined) return asked ? 'all' : 'none';
  return includesEverything(namespaces) ? 'all' : 'needed';
}

function readSelectors(spec: RestoreSpec): { selectors: Selector[]; problems: Message[] } {
  const single = spec.labelSelector ?? undefined;
  const any = spec.orLabelSelectors ?? [];
  const found: Message[] = single !== undefined && any.length > 0 ? [problems.twoSelectors] : [];
  const named: [string, object][] = any.map((each, index) => [`spec.orLabelSelectors[${index}]`, each]);
  if (single !== undefined) named.unshift(['spec.labelSelector', single]);
  const selectors = named.flatMap(([field, json]) => {
    try {
      return [fromLabelSelector(withoutNulls(json))];
    } catch (thrown) {
      if (!isHozonError(thrown, 'kube.selector-invalid')) throw thrown;
      const reason = message({ en: () => thrown.explain('en'), ja: () => thrown.explain('ja') });
      found.push(problems.selector(field, reason));
      return [];
    }
  });
  return { selectors, problems: found };
}

/** Go writes an empty map or list as null. */
function withoutNulls(json: object): SelectorJson {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
}
