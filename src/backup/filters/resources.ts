import type { BackupSpec } from '#api/velero/backup.ts';
import type { Message } from '#foundation/language.ts';
import type { Discovery } from '#kube/discovery.ts';
import { type GroupResource, groupResource, type ResourceType } from '#kube/objects.ts';
import { twinOf } from './cohabiting.ts';
import { type NamesField, type ResourceNames, resolveNames } from './names.ts';
import { isSnapshotType, snapshotTypes } from './snapshot-types.ts';

/**
 * How much of a type a Backup takes: `all` objects that the other filters let through, only those that stored
 * objects bring along (a claim's volume), or `none`.
 */
export type Scope = 'all' | 'related' | 'none';

/** What a filter asks of a type. */
type FilteredType = Pick<ResourceType, 'group' | 'resource' | 'namespaced'>;

export interface ResourceFilter {
  scope(type: FilteredType): Scope;
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

/** The lists of the family that goes by scope. */
export const scopedLists = [
  'includedClusterScopedResources',
  'excludedClusterScopedResources',
  'includedNamespaceScopedResources',
  'excludedNamespaceScopedResources',
] as const;

export type ResourceLists = Readonly<Record<(typeof scopedLists)[number], readonly string[]>>;

/** Lists that a resource policy adds to those of the spec; `field` names one of them as a field of the Backup. */
export interface PolicyLists {
  readonly lists: ResourceLists;
  readonly field: (list: string) => string;
}

/**
 * The resource filters of a Backup; it uses one family of them, which has been checked. Rules: Velero 1.18
 * (`pkg/util/collections/includes_excludes.go`). `allNamespaces`: the lists of namespaces leave none out. Lists of a
 * policy go with the family that goes by scope only, which has been checked too.
 */
export function resourceFilter(
  spec: BackupSpec,
  discovery: Discovery,
  allNamespaces: boolean,
  policy?: PolicyLists,
): CompiledFilter {
  const lists = new Lists(discovery);
  const filter =
    oldFilters(spec).length > 0
      ? oldFamily(spec, lists, allNamespaces)
      : scopedFamily(scopesOf(spec, lists, policy), allNamespaces);
  return { filter, problems: lists.problems, warnings: lists.warnings };
}

/** The filters of the older family that a Backup uses. */
export function oldFilters(spec: BackupSpec): string[] {
  const { includedResources, excludedResources, includeClusterResources } = spec;
  return [
    ...((includedResources ?? []).length > 0 ? ['includedResources'] : []),
    ...((excludedResources ?? []).length > 0 ? ['excludedResources'] : []),
    ...(typeof includeClusterResources === 'boolean' ? ['includeClusterResources'] : []),
  ];
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

  /**
   * To exclude what every Backup excludes needs no such type, and leaves the list as empty as it was: Velero adds it to
   * the lists of what it records.
   */
  excluded(entries: Entries, field: NamesField): ResourceNames {
    const always = snapshotTypes.filter(name => entries?.includes(name));
    const others = entries?.filter(entry => !isSnapshotType(entry));
    const { named, ...names } = this.#resolve(others, field, this.warnings);
    return { ...names, named: new Set([...named, ...always]) };
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
  const ofClusterScoped = (type: FilteredType): Scope => {
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

/** What is included and what excluded of one scope. */
interface ScopeLists {
  readonly included: ResourceNames;
  readonly excluded: ResourceNames;
}

interface Scopes {
  readonly namespaced: ScopeLists;
  readonly cluster: ScopeLists;
}

function scopesOf(spec: BackupSpec, lists: Lists, policy: PolicyLists | undefined): Scopes {
  const read = (of: PolicyLists, scope: 'NamespaceScoped' | 'ClusterScoped'): ScopeLists => {
    const namespaced = scope === 'NamespaceScoped';
    const [included, excluded] = [`included${scope}Resources`, `excluded${scope}Resources`] as const;
    return {
      included: lists.included(of.lists[included], { field: of.field(included), namespaced }),
      excluded: lists.excluded(of.lists[excluded], { field: of.field(excluded), namespaced }),
    };
  };
  const own = { lists: listsOf(spec), field: (list: string) => list };
  const [namespaced, cluster] = [read(own, 'NamespaceScoped'), read(own, 'ClusterScoped')];
  if (policy === undefined) return { namespaced, cluster };
  return {
    namespaced: combined(namespaced, read(policy, 'NamespaceScoped')),
    cluster: combined(cluster, read(policy, 'ClusterScoped')),
  };
}

function listsOf(spec: BackupSpec): ResourceLists {
  return {
    includedClusterScopedResources: spec.includedClusterScopedResources ?? [],
    excludedClusterScopedResources: spec.excludedClusterScopedResources ?? [],
    includedNamespaceScopedResources: spec.includedNamespaceScopedResources ?? [],
    excludedNamespaceScopedResources: spec.excludedNamespaceScopedResources ?? [],
  };
}

/** A policy adds what the spec says nothing about; where it contradicts itself, what it excludes counts. */
function combined(spec: ScopeLists, policy: ScopeLists): ScopeLists {
  const isSaid = (name: GroupResource): boolean =>
    [spec.included, spec.excluded].some(({ star, named }) => star || named.has(name));
  const excluded = [...policy.excluded.named].filter(name => !isSaid(name));
  const included = [...policy.included.named].filter(name => !isSaid(name) && !excluded.includes(name));
  return { included: withNames(spec.included, included), excluded: withNames(spec.excluded, excluded) };
}

function withNames({ empty, star, named }: ResourceNames, more: readonly GroupResource[]): ResourceNames {
  return { empty: empty && more.length === 0, star, named: new Set([...named, ...more]) };
}

function scopedFamily({ namespaced, cluster }: Scopes, allNamespaces: boolean): ResourceFilter {
  const all = namespaced.included.empty || namespaced.included.star;
  const wholeNamespaces = all && namespaced.excluded.empty;
  const wholeCluster = cluster.included.empty && cluster.excluded.empty && allNamespaces && wholeNamespaces;
  return {
    names: type => [namespaced, cluster].some(({ included }) => included.named.has(groupResource(type))),
    open: all || cluster.included.star || wholeCluster,
    scope: type => {
      if (type.namespaced)
        return allOrNone(!has(namespaced.excluded, type) && lets(namespaced.included, type));
      if (has(cluster.excluded, type)) return 'none';
      return wholeCluster || has(cluster.included, type) || isNamespaces(type) ? 'all' : 'related';
    },
  };
}

function allOrNone(all: boolean): Scope {
  return all ? 'all' : 'none';
}

/** A list of what is included takes everything while it is empty. */
function lets(names: ResourceNames, type: FilteredType): boolean {
  return names.empty || has(names, type);
}

function has(names: ResourceNames, type: FilteredType): boolean {
  return names.star || names.named.has(groupResource(type));
}

const namespacesName: GroupResource = 'namespaces';

function isNamespaces(type: FilteredType): boolean {
  return groupResource(type) === namespacesName;
}
