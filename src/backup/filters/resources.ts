import type { BackupSpec } from '#api/velero/backup.ts';
import type { Message } from '#foundation/language.ts';
import type { Discovery } from '#kube/discovery.ts';
import { type GroupResource, groupResource, type ResourceType } from '#kube/objects.ts';
import { twinOf } from './cohabiting.ts';
import { type NamesField, type ResourceNames, resolveNames } from './names.ts';

/**
 * How much of a type a Backup takes: `all` objects that the other filters let through, only those that stored
 * objects bring along (a claim's volume), or `none`.
 */
export type Scope = 'all' | 'related' | 'none';

export interface ResourceFilter {
  scope(type: ResourceType): Scope;
  /** Whether a list of what is included names the type, so that whoever wrote it counts on it. */
  names(type: ResourceType): boolean;
  /** Whether types that no list names are taken: a type that discovery missed may then be missing in the backup. */
  readonly open: boolean;
}

export interface CompiledFilter {
  readonly filter: ResourceFilter;
  /** Of lists of what is included: the Backup is invalid. */
  readonly problems: readonly Message[];
  /** Of lists of what is excluded: leaving out what is not there needs no effort. */
  readonly warnings: readonly Message[];
}

/**
 * The resource filters of a Backup; it uses one family of them, which has been checked. Rules: Velero 1.18
 * (`pkg/util/collections/includes_excludes.go`). `allNamespaces`: the lists of namespaces leave none out.
 */
export function resourceFilter(
  spec: BackupSpec,
  discovery: Discovery,
  allNamespaces: boolean,
): CompiledFilter {
  const lists = new Lists(discovery);
  const filter = usesOldFamily(spec)
    ? oldFamily(spec, lists, allNamespaces)
    : scopedFamily(spec, lists, allNamespaces);
  return { filter, problems: lists.problems, warnings: lists.warnings };
}

/** Whether a Backup filters by includedResources, excludedResources or includeClusterResources. */
export function usesOldFamily(spec: BackupSpec): boolean {
  const { includedResources, excludedResources, includeClusterResources } = spec;
  return (
    typeof includeClusterResources === 'boolean' ||
    (includedResources ?? []).length > 0 ||
    (excludedResources ?? []).length > 0
  );
}

/** Resolves the lists of a spec and gathers what is wrong with them. An object that has two names is meant by either. */
class Lists {
  readonly problems: Message[] = [];
  readonly warnings: Message[] = [];
  readonly #discovery: Discovery;

  constructor(discovery: Discovery) {
    this.#discovery = discovery;
  }

  included(entries: Entries, field: NamesField): ResourceNames {
    return this.#resolve(entries, field, this.problems);
  }

  excluded(entries: Entries, field: NamesField): ResourceNames {
    return this.#resolve(entries, field, this.warnings);
  }

  #resolve(entries: Entries, field: NamesField, complaints: Message[]): ResourceNames {
    const { names, problems } = resolveNames(entries ?? [], field, this.#discovery);
    complaints.push(...problems);
    const twins = [...names.named].map(twinOf).filter(twin => twin !== undefined);
    return { ...names, named: new Set([...names.named, ...twins]) };
  }
}

type Entries = readonly string[] | null | undefined;

function oldFamily(spec: BackupSpec, lists: Lists, allNamespaces: boolean): ResourceFilter {
  const included = lists.included(spec.includedResources, { field: 'includedResources' });
  const excluded = lists.excluded(spec.excludedResources, { field: 'excludedResources' });
  const clusterWide = spec.includeClusterResources ?? undefined;
  const ofClusterScoped = (type: ResourceType): Scope => {
    if (clusterWide === false) return 'none';
    const listed = lets(included, type);
    if (clusterWide === true) return listed ? 'all' : 'related';
    if (!listed) return 'none';
    return allNamespaces || isNamespaces(type) ? 'all' : 'related';
  };
  return {
    open: included.empty || included.star,
    names: type => included.named.has(groupResource(type)),
    scope: type => {
      if (has(excluded, type)) return 'none';
      return type.namespaced ? allOrNone(lets(included, type)) : ofClusterScoped(type);
    },
  };
}

function scopedFamily(spec: BackupSpec, lists: Lists, allNamespaces: boolean): ResourceFilter {
  const namespaced = { namespaced: true };
  const cluster = { namespaced: false };
  const inNamespaces = lists.included(spec.includedNamespaceScopedResources, {
    field: 'includedNamespaceScopedResources',
    ...namespaced,
  });
  const notInNamespaces = lists.excluded(spec.excludedNamespaceScopedResources, {
    field: 'excludedNamespaceScopedResources',
    ...namespaced,
  });
  const inCluster = lists.included(spec.includedClusterScopedResources, {
    field: 'includedClusterScopedResources',
    ...cluster,
  });
  const notInCluster = lists.excluded(spec.excludedClusterScopedResources, {
    field: 'excludedClusterScopedResources',
    ...cluster,
  });
  const wholeNamespaces = (inNamespaces.empty || inNamespaces.star) && notInNamespaces.empty;
  const wholeCluster = inCluster.empty && notInCluster.empty && allNamespaces && wholeNamespaces;
  return {
    names: type => [inNamespaces, inCluster].some(list => list.named.has(groupResource(type))),
    open: inNamespaces.empty || inNamespaces.star || inCluster.star || wholeCluster,
    scope: type => {
      if (type.namespaced)
        return allOrNone(!has(notInNamespaces, type) && (inNamespaces.empty || has(inNamespaces, type)));
      if (has(notInCluster, type)) return 'none';
      return wholeCluster || has(inCluster, type) || isNamespaces(type) ? 'all' : 'related';
    },
  };
}

function allOrNone(all: boolean): Scope {
  return all ? 'all' : 'none';
}

/** A list of what is included takes everything while it is empty. */
function lets(names: ResourceNames, type: ResourceType): boolean {
  return names.empty || has(names, type);
}

function has(names: ResourceNames, type: ResourceType): boolean {
  return names.star || names.named.has(groupResource(type));
}

const namespacesName: GroupResource = 'namespaces';

function isNamespaces(type: ResourceType): boolean {
  return groupResource(type) === namespacesName;
}
